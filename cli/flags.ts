/**
 * Flags that set fields of the configuration, for the commands `search`, `plan` and `train`.
 *
 * @module
 */
import { Option } from "@commander-js/extra-typings";
import {
  configValue,
  getPreset,
  listConfigFields,
  SPACE_NAMES,
  type SpaceName,
} from "../nas/config/mod.ts";
import { datasetNames } from "../nas/data/mod.ts";
import { EVALUATOR_NAMES } from "../nas/evaluator/registry.ts";
import { STRATEGY_NAMES } from "../nas/strategy/registry.ts";

/** A flag that sets fields of the configuration. */
export interface SettingFlag {
  /** Without dashes. */
  readonly name: string;
  /** What the help calls its value. */
  readonly value: string;
  /** Fields that it sets, as far as the space has them; the first one describes it. */
  readonly paths: readonly string[];
  /** Said in the help behind the description. */
  readonly remark?: string;
}

const DATASET: readonly SettingFlag[] = [
  {
    name: "dataset",
    value: "NAME",
    paths: ["dataset.name"],
    remark: `one of ${datasetNames().join(", ")}; folder and idx with --from`,
  },
  {
    name: "images",
    value: "N",
    paths: ["dataset.images"],
    remark: "1,000 of them or a quarter validate, or the preset's share where that is more",
  },
  { name: "image-size", value: "N", paths: ["dataset.imageSize"] },
];

const RUN: readonly SettingFlag[] = [
  { name: "seed", value: "N", paths: ["seed"] },
  { name: "device", value: "NAME", paths: ["device"], remark: "gpu or cpu" },
];

const GRAPH: readonly SettingFlag[] = [
  {
    name: "graph",
    value: "NAME",
    paths: ["finalTraining.graph"],
    remark: "faithful or official, which trains at the released learning rate of 0.05",
  },
  {
    name: "train-on",
    value: "NAME",
    paths: ["finalTraining.trainOn"],
    remark: "train or all",
  },
];

/** Flags of `search` and `plan`. */
export const SEARCH_FLAGS: readonly SettingFlag[] = [
  ...DATASET,
  { name: "layers", value: "N", paths: ["child.layers", "finalTraining.layers"] },
  { name: "nodes", value: "N", paths: ["child.nodes"] },
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
    paths: ["child.batchSize", "finalTraining.batchSize", "evaluator.batchSize"],
    remark: "also of a reward",
  },
  {
    name: "strategy",
    value: "NAME",
    paths: ["strategy.name"],
    remark: STRATEGY_NAMES.join(" or "),
  },
  {
    name: "sampler",
    value: "NAME",
    paths: ["strategy.name"],
    remark: "another name of --strategy",
  },
  {
    name: "evaluator",
    value: "NAME",
    paths: ["evaluator.name"],
    remark: EVALUATOR_NAMES.join(" or "),
  },
  {
    name: "reward-batch-norm",
    value: "NAME",
    paths: ["evaluator.rewardBatchNorm"],
    remark: "moving, batch or recalibrated",
  },
  {
    name: "op-mode",
    value: "NAME",
    paths: ["child.opMode"],
    remark: "correct or released",
  },
  { name: "final-epochs", value: "N", paths: ["finalTraining.epochs"] },
  ...GRAPH,
  ...RUN,
];

/** Flags of `train`. */
export const TRAIN_FLAGS: readonly SettingFlag[] = [
  ...DATASET,
  { name: "layers", value: "N", paths: ["finalTraining.layers"] },
  { name: "filters", value: "N", paths: ["finalTraining.filters"] },
  {
    name: "epochs",
    value: "N",
    paths: ["finalTraining.epochs"],
    remark: "the learning rate's cycles are fitted to end with the last one",
  },
  { name: "batch", value: "N", paths: ["finalTraining.batchSize"] },
  { name: "cutout", value: "N", paths: ["finalTraining.cutout"] },
  { name: "drop-path-keep", value: "P", paths: ["finalTraining.dropPathKeep"] },
  ...GRAPH,
  ...RUN,
];

/** The flags that mean something in `space`, with the fields that it has. */
export function flagsOf(flags: readonly SettingFlag[], space: SpaceName): SettingFlag[] {
  const known = new Set(listConfigFields(space).map(({ path }) => path));
  return flags.map((flag) => ({ ...flag, paths: flag.paths.filter((path) => known.has(path)) }))
    .filter(({ paths }) => paths.length > 0);
}

/** The spaces in which some of the flags mean something. */
export function spacesOf(flags: readonly SettingFlag[]): SpaceName[] {
  return SPACE_NAMES.filter((space) => flagsOf(flags, space).length > 0);
}

/** Commander's options for flags, each described by what it sets, its unit, its value in `quick`. */
export function settingOptions(flags: readonly SettingFlag[]): Option[] {
  const names = [...new Set(flags.map(({ name }) => name))];
  return names.map((name) => {
    const same = flags.filter((flag) => flag.name === name);
    const [{ value, paths, remark }] = same;
    const spaces = spacesOf(same);
    const only = spaces.length < SPACE_NAMES.length ? `${spaces.join(" and ")} only` : "";
    const remarks = [remark ?? "", only].filter((text) => text !== "").map((text) => `; ${text}`);
    return new Option(
      `--${name} <${value}>`,
      describeSetting(paths[0], spaces).replace(/ \(quick:/, `${remarks.join("")}$&`),
    );
  });
}

/** What a setting is, its unit, its value in `quick`, in the first of the spaces that has it. */
function describeSetting(path: string, spaces: readonly SpaceName[]): string {
  for (const space of spaces) {
    const field = listConfigFields(space).find((candidate) => candidate.path === path);
    if (field === undefined) continue;
    const value = configValue(getPreset("quick", space).config, path);
    return `${field.description.replace(/\. Source: .*$/s, "")} (quick: ${value})`;
  }
  throw new RangeError(`Expected a setting of ${spaces.join(" or ")} but found ${path}`);
}
