/**
 * What commands have in common: their type, whatever their arguments and options, and the values of
 * options that are added from a list, which commander cannot type.
 *
 * @module
 */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { z } from "zod";

/** A command with any arguments and options. */
export type AnyCommand = CommandUnknownOpts;

/** An option with a value, as typed. */
export const textOption = z.exactOptional(z.string());

/** An option without a value. */
export const switchOption = z.exactOptional(z.literal(true));
