/**
 * The form of a preset's table: every value stands beside its reason, and leaving one out does not
 * compile.
 *
 * @module
 */

import type { MacroSearchConfig, MicroSearchConfig } from "../schema.ts";
import type { ConfigValue } from "../search.ts";

/** A configuration whose every value is a pair of the value and its reason or source. */
export type Sourced<T> = T extends ConfigValue ? readonly [value: T, source: string]
  : { readonly [K in keyof T]: Sourced<T[K]> };

/** Table of a preset of the macro space. */
export type MacroTable = Sourced<MacroSearchConfig>;

/** Table of a preset of the micro space. */
export type MicroTable = Sourced<MicroSearchConfig>;

/** One preset for both spaces. */
export interface PresetEntry {
  /** What it is for; one sentence without a final period. */
  readonly summary: string;
  readonly macro: MacroTable;
  readonly micro: MicroTable;
}
