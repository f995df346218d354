/**
 * Named configurations: one entry for each name and both spaces; the tables are in presets/.
 *
 * @module
 */

import { ConfigError, showValue } from "./errors.ts";
import { officialCode } from "./presets/official_code.ts";
import { paper } from "./presets/paper.ts";
import { quick } from "./presets/quick.ts";
import type { MacroTable, MicroTable, PresetEntry } from "./presets/sourced.ts";
import { thesis } from "./presets/thesis.ts";
import { DEFAULT_SPACE, type SpaceName } from "../space/registry.ts";
import type { MacroSearchConfig, MicroSearchConfig, SearchConfig } from "./schema.ts";
import { listConfigFields, parseSearchConfig } from "./search.ts";

const TABLE = {
  "quick": quick,
  "paper": paper,
  "official-code": officialCode,
  "thesis": thesis,
} as const satisfies Readonly<Record<string, PresetEntry>>;

/** Name of a preset. */
export type PresetName = keyof typeof TABLE;

/** The names of all presets. */
export const PRESET_NAMES: readonly PresetName[] = Object.keys(TABLE) as PresetName[];

/** A named configuration with the reason of every value. */
export interface Preset<Config extends SearchConfig = SearchConfig> {
  readonly name: PresetName;
  /** What it is for; one sentence without a final period. */
  readonly summary: string;
  readonly config: Config;
  /** Reason or source of every value by path, such as `child.layers`. */
  readonly sources: Readonly<Record<string, string>>;
}

/**
 * Finds a preset by a name of unknown origin.
 *
 * @param name For example the value of `--preset`.
 * @param space The search space; macro by default.
 * @returns The preset.
 * @throws {ConfigError} If there is no such preset.
 */
export function getPreset(name: string, space?: "macro"): Preset<MacroSearchConfig>;
export function getPreset(name: string, space: "micro"): Preset<MicroSearchConfig>;
export function getPreset(name: string, space: SpaceName): Preset;
export function getPreset(name: string, space: SpaceName = DEFAULT_SPACE): Preset {
  if (Object.hasOwn(TABLE, name)) {
    const { summary, [space]: table } = TABLE[name as PresetName];
    return { name: name as PresetName, summary, ...takeApart(table) };
  }
  throw new ConfigError([{
    path: "preset",
    message: `Expected the preset to be one of ${PRESET_NAMES.join(", ")} but found ` +
      showValue(name),
  }]);
}

/** Takes values and sources apart. */
function takeApart(table: MacroTable | MicroTable): Pick<Preset, "config" | "sources"> {
  const sources: Record<string, string> = {};
  const split = (node: unknown, path: string): unknown => {
    if (Array.isArray(node)) {
      sources[path] = node[1];
      return node[0];
    }
    return Object.fromEntries(
      Object.entries(node as Record<string, unknown>).map(([key, value]) => [
        key,
        split(value, path === "" ? key : `${path}.${key}`),
      ]),
    );
  };
  const config = parseSearchConfig(split(table, ""));
  // A value that the table does not name is its field's default, for the field's reason.
  for (const { path, description } of listConfigFields(config)) {
    sources[path] ??= description.replace(/^.*\. Source: /s, "");
  }
  return { config, sources };
}
