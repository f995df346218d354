/**
 * Fields that descriptions of networks have in common, whichever their space.
 *
 * @module
 */
import { z } from "zod";
import { MAX_LAYERS } from "../config/mod.ts";

/**
 * A size in a description; whether all of them fit the file is counted before anything is made.
 *
 * @param max largest value
 */
export function sizeField(max: number): z.ZodInt {
  return z.int().min(1).max(max);
}

/** Depth and widths of any network. */
export const widthFields = {
  layers: sizeField(MAX_LAYERS),
  filters: sizeField(2 ** 16),
  inputChannels: sizeField(2 ** 10),
  classes: sizeField(2 ** 16),
  batchNormDecay: z.number().min(0).max(1),
} as const;
