/**
 * From flags to a configuration, and from faults of a configuration back to flags.
 *
 * @module
 */
import {
  ConfigError,
  type ConfigValue,
  configValue,
  type DeepPartial,
  getPreset,
  listConfigFields,
  mergeConfig,
  PRESETS,
  type SearchConfig,
} from "../nas/config/mod.ts";
import { datasetNames } from "../nas/data/mod.ts";
import { DATASET_SIZES } from "../nas/forecast.ts";
import { UsageError } from "./errors.ts";

/** A flag that sets fields of the configuration. */
export interface SettingFlag {
  /** Without dashes. */
  readonly name: string;
  /** What the help calls its value. */
  readonly value: string;
  /** Fields that it sets; the first one describes it. */
  readonly paths: readonly string[];
  /** Said in the help behind the description. */
  readonly remark?: string;
}

/** All flags that set fields. */
export const SETTING_FLAGS: readonly SettingFlag[] = [
  {
    name: "dataset",
    value: "NAME",
    paths: ["dataset.name"],
    remark: `one of ${datasetNames().join(", ")}`,
  },
  { name: "space", value: "NAME", paths: ["space"], remark: "macro is the only one so far" },
  { name: "layers", value: "N", paths: ["child.layers"] },
  { name: "filters", value: "N", paths: ["child.filters", "finalTraining.filters"] },
  {
    name: "epochs",
    value: "N",
    paths: ["search.epochs"],
    remark: "the learning rate's cycles are fitted to end with the last one",
  },
  {
    name: "batch",
    value: "N",
    paths: ["child.batchSize", "finalTraining.batchSize", "controller.batchSize"],
    remark: "also of a reward",
  },
  { name: "images", value: "N", paths: ["dataset.images"] },
  { name: "image-size", value: "N", paths: ["dataset.imageSize"] },
  { name: "sampler", value: "NAME", paths: ["controller.sampler"], remark: "controller or random" },
  { name: "reward-batch-norm", value: "NAME", paths: ["controller.rewardBatchNorm"] },
  { name: "final-epochs", value: "N", paths: ["finalTraining.epochs"] },
  { name: "seed", value: "N", paths: ["seed"] },
  { name: "device", value: "NAME", paths: ["device"], remark: "gpu or cpu" },
];

/** A configuration, and how to speak about it to the caller. */
export interface BuiltConfig {
  readonly config: SearchConfig;
  /** Turns faults of the configuration, which name paths, into faults of flags. */
  readonly toUsage: (error: ConfigError) => UsageError;
}

/**
 * Puts a configuration together: the preset, then flags, then `--set`, then what follows from them.
 *
 * @param preset value of `--preset`
 * @param flags values of {@link SETTING_FLAGS} by name, as typed
 * @param sets values of `--set`, as typed
 * @throws {UsageError} naming flags
 */
export function buildConfig(
  preset: string,
  flags: Readonly<Record<string, string | undefined>>,
  sets: readonly string[],
): BuiltConfig {
  const names = new Map<string, string>();
  const toUsage = (error: ConfigError) => toUsageError(error, names);
  try {
    if (flags.space === "micro") {
      throw new UsageError(
        `Expected --space to be macro, the only space so far, but found micro; the micro space ` +
          `is not available yet`,
      );
    }
    const base = getPreset(preset).config;
    const values = new Map<string, ConfigValue>();
    for (const { name, paths } of SETTING_FLAGS) {
      const text = flags[name];
      if (text === undefined) continue;
      for (const path of paths) {
        values.set(path, toValue(text, configValue(base, path)));
        names.set(path, `--${name}`);
      }
    }
    for (const set of sets) {
      const path = pathOf(set);
      values.set(path, toValue(set.slice(path.length + 1), configValue(base, path)));
      names.set(path, `--set ${path}`);
    }
    const config = mergeConfig(base, nested(withDerived(base, values)));
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

/** Description of a flag or field for the help: what it sets, its unit, its value in `quick`. */
export function describeSetting(path: string): string {
  const field = listConfigFields().find((candidate) => candidate.path === path)!;
  const value = configValue(PRESETS.quick.config, path);
  return `${field.description.replace(/\. Source: .*$/s, "")} (quick: ${value})`;
}

/** The path in front of the `=` of a `--set`. */
function pathOf(set: string): string {
  const [path] = set.split("=", 1);
  const paths = listConfigFields().map((field) => field.path);
  if (path === set) {
    throw new UsageError(
      `Expected --set to be path=value, such as child.l2=0.0001, but found ${JSON.stringify(set)}`,
    );
  }
  if (paths.includes(path)) return path;
  const last = path.split(".").at(-1)!.toLowerCase();
  const close = paths.filter((known) => known.toLowerCase().split(".").at(-1)!.includes(last));
  const advice = close.length > 0 && last !== ""
    ? `did you mean ${close.join(" or ")}?`
    : "--settings lists them";
  throw new UsageError(`Expected --set to name a setting but found ${path}; ${advice}`);
}

/** A value as typed; texts stay texts where the field is one. */
function toValue(text: string, example: ConfigValue): ConfigValue {
  if (typeof example === "string") return text;
  if (text === "true" || text === "false") return text === "true";
  if (text === "null") return null;
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** Validation images where the caller names a data set or a number of images. */
const VALIDATION_IMAGES = 1000;
/** Most of few images that validate. */
const MOST_VALIDATION_SHARE = 0.25;

/**
 * Adds what follows from the caller's values where the caller did not say otherwise: cosine cycles
 * that end with the last epoch, a validation split of a useful size, and batches that fit into fewer
 * images.
 */
function withDerived(
  base: SearchConfig,
  given: ReadonlyMap<string, ConfigValue>,
): Map<string, ConfigValue> {
  const values = new Map(given);
  const number = (path: string) => Number(values.get(path) ?? configValue(base, path));
  const derive = (path: string, value: number) => given.has(path) || values.set(path, value);
  for (const [epochs, group] of [["search.epochs", "child"], ["finalTraining.epochs", ""]]) {
    const period = `${group || "finalTraining"}.restartPeriod`;
    const factor = number(`${group || "finalTraining"}.restartFactor`);
    if (!given.has(epochs) || !(number(epochs) >= 1 && factor >= 1)) continue;
    const usual = Number(configValue(base, epochs)) / Number(configValue(base, period));
    derive(period, fittingPeriod(number(epochs), factor, usual));
  }
  const name = String(values.get("dataset.name") ?? base.dataset.name);
  const available = DATASET_SIZES[name]?.train ?? Infinity;
  if (number("dataset.images") > available) derive("dataset.images", available);
  const images = number("dataset.images") || available;
  if ((given.has("dataset.images") || given.has("dataset.name")) && Number.isFinite(images)) {
    derive("dataset.validationShare", Math.min(MOST_VALIDATION_SHARE, VALIDATION_IMAGES / images));
    const validation = Math.round(images * number("dataset.validationShare"));
    const sizes: [path: string, size: number][] = [
      ["child.batchSize", images - validation],
      ["finalTraining.batchSize", images - validation],
      ["controller.batchSize", validation],
      ["search.scoreImages", validation],
    ];
    for (const [path, size] of sizes) if (number(path) > size && size >= 2) derive(path, size);
  }
  return values;
}

/**
 * Length of the first of as many cosine cycles as end exactly with the last epoch; together they
 * last at most `usual` times as long as the first.
 */
function fittingPeriod(epochs: number, factor: number, usual: number): number {
  let period = epochs;
  for (let sum = 1, length = 1; sum <= usual; length *= factor, sum += length) {
    if (epochs % sum === 0) period = epochs / sum;
  }
  return period;
}

/** `{ "child.layers": 4 }` as `{ child: { layers: 4 } }`. */
function nested(values: ReadonlyMap<string, ConfigValue>): DeepPartial<SearchConfig> {
  const root: Record<string, unknown> = {};
  for (const [path, value] of values) {
    const keys = path.split(".");
    const last = keys.pop()!;
    let group = root;
    for (const key of keys) group = (group[key] ??= {}) as Record<string, unknown>;
    group[last] = value;
  }
  return root as DeepPartial<SearchConfig>;
}

/** Puts the caller's words in place of paths. */
function toUsageError(error: ConfigError, names: ReadonlyMap<string, string>): UsageError {
  const flagOf = (path: string) => {
    const flag = SETTING_FLAGS.find(({ paths }) => paths.includes(path));
    return path === "preset" ? "--preset" : flag && `--${flag.name}`;
  };
  const nameOf = (path: string) => names.get(path) ?? flagOf(path) ?? `--set ${path}`;
  const paths = listConfigFields().map(({ path }) => path)
    .filter((path) => path.includes(".")).sort((a, b) => b.length - a.length);
  const anyPath = new RegExp(`(${paths.join("|").replaceAll(".", "\\.")})(?![\\w.])`, "g");
  const sentences = error.issues.map(({ path, message }) =>
    message.replace(new RegExp(`^Expected (the )?${path} `), `Expected ${nameOf(path)} `)
      // The subject is said; other settings are named by their flag where they have one.
      .replace(anyPath, (other) => other === path ? other : flagOf(other) ?? other)
  );
  return new UsageError([...new Set(sentences)].join("\n"), { cause: error });
}
