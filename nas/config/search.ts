/**
 * The configuration of a search as a value: checking, merging and comparing. The fields themselves
 * are in schema.ts.
 *
 * @module
 */

import { z } from "zod";
import {
  DEFAULT_SPACE,
  isSpaceName,
  SPACE_NAMES,
  type SpaceName,
  spaceOf,
} from "../space/registry.ts";
import { isRecord } from "../space/values.ts";
import { ConfigError, type ConfigIssue, showValue } from "./errors.ts";
import { valueAt } from "./paths.ts";
import { checkRules } from "./rules.ts";
import { configSchemas, type SearchConfig } from "./schema.ts";

/** A part of a configuration; fields that are missing or undefined are left as they are. */
export type DeepPartial<T> = T extends object
  ? { readonly [K in keyof T]?: DeepPartial<T[K]> | undefined }
  : T;

/** A plain value of a configuration. */
export type ConfigValue = string | number | boolean | null;

/** One field of the configuration. */
export interface ConfigField {
  /** Path, such as `child.layers`. */
  readonly path: string;
  /** What it sets, its unit and its source. */
  readonly description: string;
}

/** One field in which a configuration differs from a preset. */
export interface ConfigDifference {
  readonly path: string;
  readonly value: ConfigValue;
  readonly presetValue: ConfigValue;
}

/**
 * Checks a value of unknown origin.
 *
 * @param value Anything, for example the hyper-parameters of a run's `config.json`.
 * @returns A fresh configuration.
 * @throws {ConfigError} Naming each field that is missing, unknown or out of range; or else each
 * combination that cannot be.
 */
export function parseSearchConfig(value: unknown): SearchConfig {
  const result = configSchemas[spaceNamed(value)].safeParse(value);
  if (!result.success) {
    throw new ConfigError(result.error.issues.flatMap((issue) => toIssues(issue, value)));
  }
  const issues = checkRules(result.data);
  if (issues.length > 0) throw new ConfigError(issues);
  return result.data;
}

/**
 * A preset with some fields replaced; the space stays.
 *
 * @param preset A valid configuration; it is not changed.
 * @param overrides The fields to replace, nested as in the configuration; undefined ones are
 * ignored, so that command-line flags can be passed as they are.
 * @returns The merged configuration.
 * @throws {ConfigError} If the result is not valid.
 */
export function mergeConfig<Config extends SearchConfig>(
  preset: Config,
  overrides: DeepPartial<NoInfer<Config>>,
): Config {
  return parseSearchConfig(merge(preset, overrides)) as Config;
}

/**
 * The fields in which a configuration differs from a preset, in the order of the schema.
 *
 * @param config A valid configuration.
 * @param preset The configuration to compare with, of the same space.
 * @returns Empty if all fields are equal.
 */
export function differencesFromPreset(
  config: SearchConfig,
  preset: SearchConfig,
): ConfigDifference[] {
  return listConfigFields(config.space)
    .map(({ path }) => ({
      path,
      value: configValue(config, path),
      presetValue: configValue(preset, path),
    }))
    .filter(({ value, presetValue }) => value !== presetValue);
}

/**
 * Every field with its description, for help texts and documentation.
 *
 * @param space Search space whose settings are listed.
 * @returns The fields in the order of the schema.
 */
export function listConfigFields(space: SpaceName): ConfigField[] {
  return listFields(configSchemas[space], []);
}

/**
 * The size of the arcs that a search proposes: what its space counts, such as layers.
 *
 * @param config A valid configuration.
 */
export function arcSize(config: SearchConfig): number {
  return spaceOf(config).sizeIn(config);
}

/** The space that a value names; the default one to check against where it names none. */
function spaceNamed(value: unknown): SpaceName {
  const name = valueAt(value, "space");
  if (name === undefined || !isRecord(value)) return DEFAULT_SPACE;
  if (isSpaceName(name)) return name;
  throw new ConfigError([{
    path: "space",
    message: `Expected space to be one of ${SPACE_NAMES.join(", ")} but found ${showValue(name)}`,
  }]);
}

/**
 * The value of one field.
 *
 * @param config A valid configuration.
 * @param path Its path, such as `child.layers`.
 * @returns The value.
 * @throws {ConfigError} If no field has this path.
 */
export function configValue(config: SearchConfig, path: string): ConfigValue {
  const value = valueAt(config, path);
  if (value === undefined || (typeof value === "object" && value !== null)) {
    const message = `Expected the path of a setting, such as child.layers, but found ` +
      showValue(path);
    throw new ConfigError([{ path, message }]);
  }
  return value as ConfigValue;
}

function listFields(schema: z.ZodObject, prefix: readonly string[]): ConfigField[] {
  return Object.entries(schema.shape).flatMap(([name, field]) => {
    const path = [...prefix, name];
    if (field instanceof z.ZodObject) return listFields(field, path);
    return [{ path: path.join("."), description: (field as z.ZodType).description ?? "" }];
  });
}

/** Turns an issue of zod into sentences; zod's message completes "Expected <path> to be …". */
function toIssues(issue: z.core.$ZodIssue, value: unknown): ConfigIssue[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    const known = `${path.length === 0 ? "the configuration" : path.join(".")} to hold only ` +
      issue.message.replace(/^an object with /, "");
    return issue.keys.map((key) => ({
      path: [...path, key].join("."),
      message: `Expected ${known} but found ${showValue(key)}`,
    }));
  }
  const name = path.length === 0 ? "the configuration" : path.join(".");
  const found = showValue(valueAt(value, path.join(".")));
  return [{
    path: path.join("."),
    message: `Expected ${name} to be ${issue.message} but found ${found}`,
  }];
}

function merge(base: unknown, over: unknown): unknown {
  if (over === undefined) return base;
  if (!isRecord(base) || !isRecord(over)) return over;
  const keys = new Set([...Object.keys(base), ...Object.keys(over)]);
  return Object.fromEntries(
    Array.from(keys, (key) => [key, merge(own(base, key), own(over, key))]),
  );
}

function own(group: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(group, key) ? group[key] : undefined;
}
