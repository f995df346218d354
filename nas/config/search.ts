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
import { currentPath, migrateSettings } from "./migrate.ts";
import { valueAt, withValues } from "./paths.ts";
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
  /** Strategy or evaluator that has it; null for a field of every configuration of the space. */
  readonly of: string | null;
  /** What it sets, its unit and its source. */
  readonly description: string;
}

/** One field in which a configuration differs from a preset. */
export interface ConfigDifference {
  readonly path: string;
  readonly value: ConfigValue;
  /** Null too where the preset has another strategy or evaluator, without this setting. */
  readonly presetValue: ConfigValue;
}

/**
 * Checks a value of unknown origin; settings of earlier versions are brought into today's form.
 *
 * @param given Anything, for example the hyper-parameters of a run's `config.json`.
 * @returns A fresh configuration.
 * @throws {ConfigError} Naming each field that is missing, unknown or out of range; or else each
 * combination that cannot be.
 */
export function parseSearchConfig(given: unknown): SearchConfig {
  const value = migrateSettings(given);
  const result = configSchemas[spaceNamed(value)].safeParse(value);
  if (!result.success) {
    throw new ConfigError(result.error.issues.flatMap((issue) => toIssues(issue, value)));
  }
  const issues = checkRules(result.data);
  if (issues.length > 0) throw new ConfigError(issues);
  return result.data;
}

/**
 * A preset with some fields replaced; the space stays. Where another strategy or evaluator is named,
 * the settings of the one before go with it, and those that are not given are the usual ones.
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
  const base: Record<string, unknown> = { ...preset };
  for (const group of ["strategy", "evaluator"] as const) {
    const name = overrides[group]?.name;
    // Nothing of the one before is a setting of another one.
    if (name !== undefined && name !== preset[group].name) base[group] = {};
  }
  return parseSearchConfig(merge(base, overrides)) as Config;
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
  return listConfigFields(config)
    .map(({ path }) => ({
      path,
      value: configValue(config, path),
      presetValue: hasSetting(preset, path) ? configValue(preset, path) : null,
    }))
    .filter(({ value, presetValue }) => value !== presetValue);
}

/**
 * Every field with its description, for help texts and documentation.
 *
 * @param of Search space whose settings are listed, those of every strategy and evaluator; or a
 * configuration, for the settings that it has.
 * @returns The fields in the order of the schema.
 */
export function listConfigFields(of: SpaceName | SearchConfig): ConfigField[] {
  if (typeof of === "string") return listFields(configSchemas[of], [], null);
  return listFields(configSchemas[of.space], [], null).filter(({ path }) => hasSetting(of, path));
}

/** How shared weights judge; fields of `evaluator`. */
export type SharedWeightsSettings = Extract<
  SearchConfig["evaluator"],
  { readonly name: "shared-weights" }
>;

/**
 * How the shared weights of a search judge.
 *
 * @throws {ConfigError} If the search has none.
 */
export function sharedWeightsOf({ evaluator }: SearchConfig): SharedWeightsSettings {
  if (evaluator.name === "shared-weights") return evaluator;
  throw new ConfigError([{
    path: "evaluator.name",
    message: `Expected evaluator.name to be "shared-weights" but found "${evaluator.name}", with ` +
      "which there are no shared weights",
  }]);
}

/** Whether a configuration has a setting, given by its path. */
export function hasSetting(config: SearchConfig, path: string): boolean {
  const value = valueAt(config, currentPath(path));
  return value !== undefined && !isRecord(value);
}

/**
 * A configuration with values at some paths, as {@link mergeConfig} puts them there.
 *
 * @param config A valid configuration.
 * @param values By path, such as `child.layers`; paths of earlier versions count as today's.
 * @throws {ConfigError} If the result is not valid, or has no such setting.
 */
export function withSettings<Config extends SearchConfig>(
  config: Config,
  values: Iterable<readonly [path: string, value: ConfigValue]>,
): Config {
  const current = Array.from(values, ([path, value]) => [currentPath(path), value] as const);
  const overrides = withValues({}, current) as DeepPartial<SearchConfig>;
  return mergeConfig<SearchConfig>(config, overrides) as Config;
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
  const value = valueAt(config, currentPath(path));
  if (value === undefined || (typeof value === "object" && value !== null)) {
    const message = `Expected the path of a setting, such as child.layers, but found ` +
      showValue(path);
    throw new ConfigError([{ path, message }]);
  }
  return value as ConfigValue;
}

function listFields(
  schema: z.ZodObject,
  prefix: readonly string[],
  of: string | null,
): ConfigField[] {
  return Object.entries(schema.shape).flatMap(([name, field]): ConfigField[] => {
    const path = [...prefix, name];
    if (field instanceof z.ZodObject) return listFields(field, path, of);
    if (field instanceof z.ZodDiscriminatedUnion) return listVariants(field, path);
    return [{ path: path.join("."), of, description: (field as z.ZodType).description ?? "" }];
  });
}

/** The fields of all groups of a union; `name`, which all have, once. */
function listVariants(union: z.ZodDiscriminatedUnion, path: readonly string[]): ConfigField[] {
  const fields = union.options.flatMap((option) => {
    const { name, ...own } = (option as z.ZodObject).shape;
    const [of] = (name as z.ZodEnum).options;
    return [
      ...listFields(z.object({ name }), path, null),
      ...listFields(z.object(own), path, `${of}`),
    ];
  });
  const name = `${path.join(".")}.name`;
  return fields.filter((field, i) =>
    field.path !== name || fields.findIndex((other) => other.path === name) === i
  );
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
