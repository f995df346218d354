/**
 * The form of a preset's table: every value stands beside its reason. Leaving one out does not compile,
 * unless its field has a default: a preset names such a setting only where it differs.
 *
 * @module
 */

import type { z } from "zod";
import type { DeepReadonly } from "../../text/readonly.ts";
import type { macroConfigSchema, microConfigSchema } from "../schema.ts";
import type { ConfigValue } from "../search.ts";

/** A configuration whose every value is a pair of the value and its reason or source. */
export type Sourced<T> = T extends ConfigValue ? readonly [value: T, source: string]
  : { readonly [K in keyof T]: Sourced<Exclude<T[K], undefined>> };

/** Table of a preset of the macro space. */
export type MacroTable = Sourced<DeepReadonly<z.input<typeof macroConfigSchema>>>;

/** Table of a preset of the micro space. */
export type MicroTable = Sourced<DeepReadonly<z.input<typeof microConfigSchema>>>;

/** One preset for both spaces. */
export interface PresetEntry {
  /** What it is for; one sentence without a final period. */
  readonly summary: string;
  readonly macro: MacroTable;
  readonly micro: MicroTable;
}
