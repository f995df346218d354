/**
 * The searches of a study: the thesis's settings, or these scaled down with their ratios kept.
 *
 * @module
 */
import {
  type ConfigValue,
  differencesFromPreset,
  getPreset,
  type SearchConfig,
  type SpaceName,
  withSettings,
} from "../../nas/config/mod.ts";
import type { StudyReport } from "../../nas/stats/study_report.ts";
import type { StudyScale, StudySettings } from "../study.ts";

/** Epochs of the thesis's search, and those at which it drew the architectures that it compared. */
export const THESIS_EPOCHS = 310;
/** Epochs, of {@link THESIS_EPOCHS}, at which the thesis drew architectures. */
export const THESIS_MARKS = [1, 100, 155, 310] as const;

/** What distinguishes one search of a study from another. */
export interface SearchVariant {
  readonly space: SpaceName;
  readonly dataset: string;
  readonly seed: number;
  /** Settings by path, in place of the scale's and of `--set`. */
  readonly fixed?: Readonly<Record<string, ConfigValue>>;
}

/**
 * The configuration of one search, or of one training from scratch, of a study.
 *
 * @throws {ConfigError} If `--set` of the settings and the variant do not fit together.
 */
export function searchConfig(settings: StudySettings, variant: SearchVariant): SearchConfig {
  const { space, dataset, seed, fixed = {} } = variant;
  let configs = CONFIGS.get(settings);
  if (configs === undefined) CONFIGS.set(settings, configs = new Map());
  const key = JSON.stringify([space, dataset, seed, fixed]);
  let config = configs.get(key);
  if (config === undefined) {
    const values = { ...settings.overrides, ...fixed, "dataset.name": dataset, seed };
    config = withSettings(scaledConfig(settings.scale, space), Object.entries(values));
    configs.set(key, config);
  }
  return config;
}

/** Configurations of the settings in use: a study is planned anew after each of its trials. */
const CONFIGS = new WeakMap<StudySettings, Map<string, SearchConfig>>();

/** The settings of a scale, before anything else changes them. */
export function scaledConfig(scale: StudyScale, space: SpaceName): SearchConfig {
  if (scale === "thesis") return getPreset("thesis", space).config;
  const base = getPreset("quick", space).config;
  return withSettings(base, scaledSettings(SIZES[scale], space));
}

/** What a space has of its own in a scaled search. */
interface SpaceSizes {
  readonly layers: number;
  /** Steps of the shared weights, and updates of the controller, an epoch. */
  readonly steps: number;
  readonly updates: number;
  /** Steps of an epoch of training from scratch. */
  readonly finalSteps: number;
  /** Settings by path that other spaces have not. */
  readonly own: Readonly<Record<string, ConfigValue>>;
}

/** Sizes of a scaled search. */
interface Sizes {
  readonly images: number;
  readonly side: number;
  readonly validationShare: number;
  /** Test images, from the first one on; absent: all, which would take `tiny` longer than to train. */
  readonly testImages?: number;
  readonly epochs: number;
  readonly filters: number;
  readonly batch: number;
  /** Epochs of training from scratch. */
  readonly final: number;
  /** A step of a micro child costs several of a macro child. */
  readonly spaces: Readonly<Record<SpaceName, SpaceSizes>>;
}

/**
 * The scaled searches. 31 epochs are a tenth of the thesis's 310, and a first cosine cycle of one epoch
 * doubled at each restart ends cycles at 1, 3, 7, 15 and 31, which are the thesis's 10, 30, 70, 150 and
 * 310. `tiny` has 7 of them, which keep the ends of cycles alone.
 */
const SIZES: Readonly<Record<Exclude<StudyScale, "thesis">, Sizes>> = {
  tiny: {
    ...{ images: 900, side: 8, validationShare: 1 / 3, testImages: 500 },
    ...{ epochs: 7, filters: 8, batch: 32, final: 3 },
    spaces: {
      macro: { layers: 3, steps: 8, updates: 2, finalSteps: 10, own: {} },
      micro: {
        ...{ layers: 3, steps: 4, updates: 1, finalSteps: 6 },
        own: { "child.nodes": 2, "finalTraining.layers": 3 },
      },
    },
  },
  small: {
    ...{ images: 12_000, side: 10, validationShare: 1 / 12 },
    ...{ epochs: 31, filters: 8, batch: 32, final: 15 },
    spaces: {
      macro: { layers: 4, steps: 20, updates: 6, finalSteps: 24, own: {} },
      micro: {
        ...{ layers: 3, steps: 10, updates: 3, finalSteps: 12 },
        own: { "child.nodes": 2, "finalTraining.layers": 3 },
      },
    },
  },
  medium: {
    ...{ images: 24_000, side: 14, validationShare: 1 / 12 },
    ...{ epochs: 31, filters: 16, batch: 64, final: 20 },
    spaces: {
      macro: { layers: 6, steps: 40, updates: 10, finalSteps: 60, own: {} },
      micro: {
        ...{ layers: 4, steps: 20, updates: 5, finalSteps: 40 },
        own: { "child.nodes": 3, "finalTraining.layers": 4 },
      },
    },
  },
};

/**
 * Learning rate of the controller in the scaled searches. The thesis's 15,500 updates at 0.001 become 186,
 * so the rate is higher; at 0.1, though, a controller with shuffled rewards loses its entropy by chance.
 */
const CONTROLLER_RATE = 0.03;

/** How many of a data set's test images, from the first one on, a study reads. */
export function testImages(scale: StudyScale, available: number): number {
  const most = scale === "thesis" ? undefined : SIZES[scale].testImages;
  return Math.min(most ?? available, available);
}

/** Settings by path in place of those of the preset quick. */
function scaledSettings(sizes: Sizes, space: SpaceName): [path: string, value: ConfigValue][] {
  const { filters, batch, epochs, final } = sizes;
  const { layers, steps, updates, finalSteps, own } = sizes.spaces[space];
  return Object.entries({
    "dataset.images": sizes.images,
    "dataset.imageSize": sizes.side,
    "dataset.validationShare": sizes.validationShare,
    "child.layers": layers,
    "child.filters": filters,
    "child.batchSize": batch,
    "child.stepsPerEpoch": steps,
    "child.restartPeriod": 1,
    "child.restartFactor": 2,
    "search.updatesPerEpoch": updates,
    "search.arcsPerUpdate": 8,
    "evaluator.batchSize": 64,
    "strategy.learningRate": CONTROLLER_RATE,
    "search.epochs": epochs,
    "search.scoredArcs": 4,
    "search.scoreImages": 250,
    "finalTraining.filters": filters,
    "finalTraining.batchSize": batch,
    "finalTraining.epochs": final,
    "finalTraining.stepsPerEpoch": finalSteps,
    "finalTraining.restartPeriod": final,
    ...own,
  });
}

/** The thesis's epochs 1, 100, 155 and 310 in a search of `epochs`, as shares of its schedule. */
export function thesisMarks(epochs: number): number[] {
  return THESIS_MARKS.map((mark) => markAt(mark, epochs));
}

/**
 * One of the thesis's epochs in a search of `epochs`: the same share of the schedule, rounded up, so that
 * 155 of 310, which follows the restart at 150, becomes 16 of 31, which follows the restart at 15.
 */
export function markAt(thesisEpoch: number, epochs: number): number {
  return Math.max(1, Math.ceil(thesisEpoch * epochs / THESIS_EPOCHS));
}

/** Last epochs of the cosine cycles of a search: where its weights are calmest. */
export function cycleEnds(
  { child: { restartPeriod, restartFactor }, search: { epochs } }: SearchConfig,
): number[] {
  const ends: number[] = [];
  for (let end = restartPeriod, length = restartPeriod; end <= epochs; end += length) {
    ends.push(end);
    length *= restartFactor;
  }
  return ends;
}

/** What a study's pages say of its scale. */
export function scaleOf(
  settings: StudySettings,
  configs: readonly SearchConfig[],
): StudyReport["scale"] {
  if (settings.scale === "thesis" && Object.keys(settings.overrides).length === 0) {
    return { label: "the thesis's own settings", facts: [] };
  }
  const facts = configs.flatMap((config) => {
    const { space } = config;
    return differencesFromPreset(config, getPreset("thesis", space).config)
      .filter(({ path }) => SCALE_PATHS.some((prefix) => path.startsWith(prefix)))
      .map(({ path, value, presetValue }) => ({
        name: configs.length > 1 ? `${space}: ${path}` : path,
        thesis: String(presetValue),
        value: String(value),
      }));
  });
  const tests = testImages(settings.scale, Infinity);
  if (tests < Infinity) {
    facts.push({ name: "test images", thesis: "all", value: `the first ${tests}` });
  }
  return { label: `scaled down (${settings.scale}); ratios of the schedule kept`, facts };
}

/** Settings that make a search larger or smaller. */
const SCALE_PATHS = [
  "dataset.",
  "child.layers",
  "child.nodes",
  "child.filters",
  "child.batchSize",
  "child.stepsPerEpoch",
  "child.restartPeriod",
  "search.updatesPerEpoch",
  "search.arcsPerUpdate",
  "strategy.learningRate",
  "strategy.hiddenSize",
  "evaluator.rewardBatchNorm",
  "child.opMode",
  "search.epochs",
  "finalTraining.layers",
  "finalTraining.filters",
  "finalTraining.batchSize",
  "finalTraining.epochs",
  "finalTraining.stepsPerEpoch",
  "finalTraining.graph",
  "finalTraining.trainOn",
];
