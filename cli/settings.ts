/**
 * From flags to a configuration, and from faults of a configuration back to flags.
 *
 * @module
 */
import {
  type Arc,
  type ArcReading,
  DEFAULT_SPACE,
  isSpaceName,
  SPACE_NAMES,
  type SpaceName,
  spaceOf,
} from "../nas/space/mod.ts";
import {
  ConfigError,
  type ConfigValue,
  configValue,
  currentPath,
  getPreset,
  hasSetting,
  type KnownImages,
  listConfigFields,
  type SearchConfig,
  withDerived,
  withMethod,
  withSettings,
} from "../nas/config/mod.ts";
import { datasetNames, DATASETS } from "../nas/data/mod.ts";
import { DATASET_SIZES } from "../nas/data/facts.ts";
import { UsageError } from "./errors.ts";
import { flagsOf, type SettingFlag, spacesOf } from "./flags.ts";

/** A configuration, and how to speak about it to the caller. */
export interface BuiltConfig {
  readonly config: SearchConfig;
  /** Turns faults of the configuration, which name paths, into faults of flags. */
  readonly toUsage: (error: ConfigError) => UsageError;
}

/** What a caller asked for. */
export interface ConfigRequest {
  /** Value of `--preset`. */
  readonly preset: string;
  /** Value of `--space`, as typed. */
  readonly space?: string | undefined;
  /** Value of `--method`, as typed. */
  readonly method?: string | undefined;
  /** The flags that the command knows. */
  readonly known: readonly SettingFlag[];
  /** Their values by name, as typed. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  /** Values of `--set`, as typed. */
  readonly sets: readonly string[];
  /** The architecture to train, which decides space and depth. */
  readonly arc?: Arc;
  /**
   * Settings to begin with in place of the preset's: those of `--config`, or of the run that the
   * architecture is of.
   */
  readonly base?: SearchConfig | undefined;
  /** How it is read, where its file or run says so. */
  readonly reading?: ArcReading;
  /** What the user's own data set holds; left out where it was not looked at. */
  readonly available?: OwnImages;
}

/** Images of the user's own data set. */
export interface OwnImages {
  /** Training and validation images together. */
  readonly train: number;
  /** Those of them that their owner keeps for validation; 0 where there is no such folder. */
  readonly validation: number;
}

/** The settings that flags change; of a run's none about its images where the caller names others. */
function baseOf({ preset, base, flags }: ConfigRequest, space: SpaceName): SearchConfig {
  const { config } = getPreset(preset, space);
  if (base === undefined) return config;
  const { name } = base.dataset;
  return (flags.dataset ?? name) === name ? base : { ...base, dataset: config.dataset };
}

/**
 * Puts a configuration together: the preset, the method, then flags, then `--set`, then what follows
 * from them.
 *
 * @throws {UsageError} naming flags
 */
export function buildConfig(request: ConfigRequest): BuiltConfig {
  const { method, known, flags, sets, arc, reading } = request;
  const space = nameOfSpace(request);
  const usable = flagsOf(known, space);
  const names = new Map<string, string>();
  const toUsage = (error: ConfigError) => toUsageError(error, { space, known: usable, names });
  try {
    const usual = baseOf(request, space);
    const chosen = method === undefined ? usual : withMethod(usual, method);
    const named = namesOf(request, usable);
    for (const { path, said } of named) names.set(path, said);
    const base = withSettings(chosen, named.map(({ path, value }) => [path, value]));
    const values = new Map<string, ConfigValue>(arc === undefined ? [] : sizesOf(arc));
    for (const [name, value] of Object.entries(reading ?? {})) values.set(`child.${name}`, value);
    for (const [name, text] of Object.entries(flags)) {
      if (text === undefined) continue;
      const flag = usable.find((candidate) => candidate.name === name);
      if (flag === undefined) throw foreignFlag(name, request, space);
      const paths = flag.paths.filter((path) => hasSetting(base, path));
      if (paths.length === 0) throw missingSetting(`--${name}`, flag.paths[0], space);
      for (const path of paths) {
        values.set(path, toValue(text, configValue(base, path)));
        names.set(path, `--${name}`);
      }
    }
    for (const set of sets) {
      const given = pathOf(set, space);
      const path = currentPath(given);
      if (!hasSetting(base, path)) throw missingSetting(`--set ${given}`, path, space);
      values.set(path, toValue(set.slice(given.length + 1), configValue(base, path)));
      names.set(path, `--set ${given}`);
    }
    for (const [path, size] of arc === undefined ? [] : sizesOf(arc)) {
      if (values.get(path) === size) continue;
      throw new UsageError(
        `Expected ${names.get(path)} to be ${size}, as --arc says, but found ${
          values.get(path)
        }; ` +
          "leave it out",
      );
    }
    const all = withDerived(base, values, knownImages(request, base, values));
    const config = withSettings(base, all);
    if (!datasetNames().includes(config.dataset.name)) {
      const found = JSON.stringify(config.dataset.name);
      throw new UsageError(
        `Expected --dataset to be one of ${datasetNames().join(", ")} but found ${found}`,
      );
    }
    return { config, toUsage };
  } catch (error) {
    throw error instanceof ConfigError ? toUsage(error) : error;
  }
}

/**
 * What is known of the images that the values name. Settings to begin with say themselves how their
 * images are split.
 */
function knownImages(
  { available: found, base: given }: ConfigRequest,
  base: SearchConfig,
  values: ReadonlyMap<string, ConfigValue>,
): KnownImages {
  const name = String(values.get("dataset.name") ?? base.dataset.name);
  const own = Object.hasOwn(DATASETS, name) && DATASETS[name].own;
  return {
    available: found?.train ?? DATASET_SIZES[name]?.train ?? Infinity,
    own: own && (given === undefined || values.has("dataset.name"))
      ? { validation: found?.validation ?? 0 }
      : null,
  };
}

/** The strategy and the evaluator that the caller names; which other settings there are follows. */
function namesOf(
  { flags, sets }: ConfigRequest,
  usable: readonly SettingFlag[],
): { readonly path: string; readonly value: string; readonly said: string }[] {
  const given = Object.entries(flags).flatMap(([name, value]) => {
    const flag = usable.find((candidate) => candidate.name === name);
    if (value === undefined || flag === undefined) return [];
    return [{ path: flag.paths[0], value, said: `--${name}` }];
  });
  for (const set of sets) {
    const [path] = set.split("=", 1);
    const value = set.slice(path.length + 1);
    if (path !== set) given.push({ path: currentPath(path), value, said: `--set ${path}` });
  }
  return given.filter(({ path }) => path === "strategy.name" || path === "evaluator.name");
}

/** A setting that only another strategy or evaluator has. */
function missingSetting(name: string, path: string, space: SpaceName): UsageError {
  const [group] = path.split(".");
  const owners = listConfigFields(space).filter((field) => field.path === path)
    .map(({ of }) => of);
  return new UsageError(
    `Expected ${name} only with --${group} ${
      owners.join(" or ")
    } but found it with another; leave ` +
      "one of them out",
  );
}

/** The space of an architecture, or the one that the caller named. */
function nameOfSpace({ space, arc, base }: ConfigRequest): SpaceName {
  if (space === undefined) return arc?.space ?? base?.space ?? DEFAULT_SPACE;
  if (!isSpaceName(space)) {
    throw new UsageError(
      `Expected --space to be one of ${SPACE_NAMES.join(", ")} but found ${JSON.stringify(space)}`,
    );
  }
  if (arc !== undefined && space !== arc.space) {
    throw new UsageError(
      `Expected --arc to be of the ${space} space, as --space says, but found an architecture of ` +
        `the ${arc.space} space; leave --space out`,
    );
  }
  return space;
}

/** Settings that follow from an architecture. */
function sizesOf(arc: Arc): [path: string, value: number][] {
  const space = spaceOf(arc);
  return [[`child.${space.size.setting}`, space.sizeOf(arc)]];
}

function foreignFlag(name: string, { known, arc }: ConfigRequest, space: SpaceName): UsageError {
  const other = spacesOf(known.filter((flag) => flag.name === name)).join(" or the ");
  const advice = arc === undefined ? `set --space ${other}, or leave it out` : "leave it out";
  return new UsageError(
    `Expected --${name} only in the ${other} space but found it in the ${space} space; ${advice}`,
  );
}

/** The path in front of the `=` of a `--set`. */
function pathOf(set: string, space: SpaceName): string {
  const [path] = set.split("=", 1);
  const paths = listConfigFields(space).map((field) => field.path);
  if (path === set || path === "") {
    throw new UsageError(
      `Expected --set to be path=value, such as child.l2=0.0001, but found ${JSON.stringify(set)}`,
    );
  }
  if (path === "space") {
    throw new UsageError(
      `Expected the space to be given with --space but found --set ${set}; use --space`,
    );
  }
  if (paths.includes(currentPath(path))) return path;
  const last = path.split(".").at(-1)!.toLowerCase();
  const names = paths.map((known) => ({ known, name: known.toLowerCase().split(".").at(-1)! }));
  const same = names.filter(({ name }) => name === last);
  const close = same.length > 0 ? same : names.filter(({ name }) => name.includes(last));
  const advice = close.length > 0 && last !== ""
    ? `did you mean ${close.map(({ known }) => known).join(" or ")}?`
    : "--settings lists them";
  throw new UsageError(
    `Expected --set to name a setting of the ${space} space but found ${path}; ${advice}`,
  );
}

/** A value as typed; texts stay texts where the field is one. */
function toValue(text: string, example: ConfigValue): ConfigValue {
  if (typeof example === "string") return text;
  if (text === "true" || text === "false") return text === "true";
  if (text === "null") return null;
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** How the caller said things. */
interface Words {
  readonly space: SpaceName;
  /** Flags that could have been used. */
  readonly known: readonly SettingFlag[];
  /** Flag or `--set` by the path that it set. */
  readonly names: ReadonlyMap<string, string>;
}

/** Puts the caller's words in place of paths. */
function toUsageError(error: ConfigError, { space, known, names }: Words): UsageError {
  const flagOf = (path: string) => {
    const flag = known.find(({ paths }) => paths.includes(path));
    return path === "preset" || path === "method" ? `--${path}` : flag && `--${flag.name}`;
  };
  const nameOf = (path: string) => names.get(path) ?? flagOf(path) ?? `--set ${path}`;
  const paths = listConfigFields(space).map(({ path }) => path)
    .filter((path) => path.includes(".")).sort((a, b) => b.length - a.length);
  const anyPath = new RegExp(`(${paths.join("|").replaceAll(".", "\\.")})(?![\\w.])`, "g");
  const sentences = error.issues.map(({ path, message }) =>
    message.replace(new RegExp(`^Expected (the )?${path} `), `Expected ${nameOf(path)} `)
      // The subject is said; other settings are named by their flag where they have one.
      .replace(anyPath, (other) => other === path ? other : flagOf(other) ?? other)
  );
  return new UsageError([...new Set(sentences)].join("\n"), { cause: error });
}
