/**
 * The preset `official-code`: the four released scripts (melodyguan/enas @ 4bcfd73), with the
 * released program's behaviour in every switch (enas-spec.md sections D, F and K).
 *
 * @module
 */

import type { MacroTable, MicroTable, PresetEntry } from "./sourced.ts";

const dataset: MacroTable["dataset"] = {
  name: ["cifar10", "--data_path=data/cifar10"],
  images: [0, "section D.1: all 50,000"],
  imageSize: [0, "section D.1: 32x32, their own size"],
  validationShare: [0.1, "section D.1: 5,000 of 50,000"],
  validationSplit: ["last", "section D.1: the last 5,000 in file order"],
  augment: {
    pad: [4, "section D.1"],
    crop: [true, "section D.1"],
    flip: [true, "section D.1"],
  },
};

/** What the scripts of both spaces share in training weights. */
const weights = {
  stepsPerEpoch: [0, "section D.1: one pass"],
  l2Mode: ["released", "section D.2"],
  learningRateMax: [0.05, "--child_lr_max"],
  restartPeriod: [10, "--child_lr_T_0"],
  restartFactor: [2, "--child_lr_T_mul"],
  momentum: [0.9, "section D.2"],
  gradientClip: [0, "section D.2: --child_grad_bound=5 has no effect"],
  gradientClipMode: ["global", "without effect, nothing is clipped"],
  cutout: [0, "section D.1: --child_cutout_size is not set"],
  batchNormDecay: [0.9, "section D.4"],
} as const;

/** What the scripts of both spaces share in the controller. */
const strategy = {
  name: ["controller", "--controller_training"],
  hiddenSize: [64, "section C.1"],
  beta1: [0, "section C.4"],
  beta2: [0.999, "section C.4"],
  epsilon: [1e-3, "section C.4"],
  temperature: [null, "section C.1: set by none of the scripts"],
  entropyWeight: [1e-4, "--controller_entropy_weight"],
  baselineDecay: [0.99, "--controller_bl_dec, its default"],
  baselineInit: ["zero", "section C.4"],
} as const;

const evaluator = {
  name: ["shared-weights", "the released search"],
  recalibrationBatches: [4, "without effect unless rewardBatchNorm is recalibrated"],
} as const;

const search: Omit<
  MacroTable["search"],
  "epochs" | "scoreImages" | "updatesPerEpoch" | "arcsPerUpdate"
> = {
  trainEvery: [1, "--controller_train_every"],
  scoredArcs: [10, "section D.5"],
  scoreOn: ["own", "section D.5"],
  evaluation: ["new-arc-per-batch", "section D.5; the released code also reads the test images"],
};

const run: Pick<MacroTable, "seed" | "device"> = {
  seed: [1, "section H.3: the original sets none"],
  device: ["gpu", "needed at this size"],
};

const macro: MacroTable = {
  space: ["macro", "--search_for=macro"],
  dataset,
  child: {
    ...weights,
    layers: [12, "--child_num_layers of the macro search"],
    filters: [36, "--child_out_filters of the macro search"],
    batchSize: [128, "--batch_size of the macro search"],
    keepProbability: [0.9, "--child_keep_prob of the macro search"],
    l2: [2.5e-4, "--child_l2_reg of the macro search"],
    learningRateMin: [0.0005, "--child_lr_min of the macro search"],
    weightUpdates: ["all", "section D.2"],
    opMode: ["released", "section A.6: max pooling runs whatever was sampled"],
    skipIndex: ["stem-first", "section A.1"],
  },
  strategy: {
    ...strategy,
    learningRate: [0.001, "--controller_lr of the macro search"],
    tanhConstant: [1.5, "--controller_tanh_constant of the macro search"],
    entropy: ["sampled", "section C.2"],
    skipTarget: [0.4, "--controller_skip_target of the macro search"],
    skipWeight: [0.8, "--controller_skip_weight of the macro search"],
    skipPenaltySlope: [1, "section C.2"],
  },
  evaluator: {
    ...evaluator,
    batchSize: [128, "--batch_size of the macro search"],
    rewardBatchNorm: ["moving", "section D.4"],
    rewardDropout: [false, "section D.4"],
  },
  search: {
    ...search,
    updatesPerEpoch: [50, "--controller_train_steps of the macro search"],
    arcsPerUpdate: [20, "--controller_num_aggregate of the macro search"],
    epochs: [310, "--num_epochs of the macro search"],
    scoreImages: [128, "section D.5: one minibatch"],
  },
  finalTraining: {
    ...weights,
    epochs: [310, "--num_epochs of the macro final script"],
    graph: ["official", "section A.5"],
    trainOn: ["all", "section D.1"],
    filters: [96, "--child_out_filters of the macro final script"],
    batchSize: [100, "--batch_size of the macro final script"],
    keepProbability: [0.5, "--child_keep_prob of the macro final script"],
    l2: [2e-4, "--child_l2_reg of the macro final script"],
    learningRateMin: [0.001, "--child_lr_min of the macro final script"],
    separableOps: ["full", "section A.5"],
    poolOps: ["pre-activation", "section A.5: the released code crashes here, which ends no run"],
  },
  ...run,
};

const micro: MicroTable = {
  space: ["micro", "--search_for=micro"],
  dataset,
  child: {
    ...weights,
    layers: [6, "--child_num_layers of the micro search"],
    filters: [20, "--child_out_filters of the micro search"],
    batchSize: [160, "--batch_size of the micro search"],
    keepProbability: [0.9, "--child_keep_prob of the micro search"],
    l2: [1e-4, "--child_l2_reg of the micro search"],
    learningRateMin: [0.0005, "--child_lr_min of the micro search"],
    weightUpdates: ["all", "section D.2"],
    nodes: [5, "--child_num_cells"],
    auxiliaryHead: [true, "--child_use_aux_heads"],
    auxiliaryWeight: [0.4, "section B.5"],
    auxiliaryTrainable: [false, "section B.5"],
    reductionPrev: ["reduced", "section B.4"],
  },
  strategy: {
    ...strategy,
    learningRate: [0.0035, "--controller_lr of the micro search"],
    tanhConstant: [1.1, "--controller_tanh_constant of the micro search"],
    entropy: ["full", "section C.3"],
    opTanhReduce: [2.5, "--controller_op_tanh_reduce"],
    opBias: [0.25, "section C.3"],
    convBias: [10, "section C.3"],
  },
  evaluator: {
    ...evaluator,
    batchSize: [160, "--batch_size of the micro search"],
    rewardBatchNorm: ["batch", "section D.4"],
    rewardDropout: [true, "section D.4"],
  },
  search: {
    ...search,
    updatesPerEpoch: [30, "--controller_train_steps of the micro search"],
    arcsPerUpdate: [10, "--controller_num_aggregate of the micro search"],
    epochs: [150, "--num_epochs of the micro search"],
    scoreImages: [160, "section D.5: one minibatch"],
  },
  finalTraining: {
    ...weights,
    epochs: [630, "--num_epochs of the micro final script"],
    graph: ["official", "section B.6"],
    trainOn: ["all", "section D.1"],
    layers: [15, "--child_num_layers of the micro final script"],
    filters: [36, "--child_out_filters of the micro final script"],
    batchSize: [144, "--batch_size of the micro final script"],
    keepProbability: [0.8, "--child_keep_prob of the micro final script"],
    l2: [2e-4, "--child_l2_reg of the micro final script"],
    learningRateMin: [0.0001, "--child_lr_min of the micro final script"],
    auxiliaryHead: [true, "--child_use_aux_heads of the micro final script"],
    auxiliaryWeight: [0.4, "section B.5"],
    auxiliaryTrainable: [false, "section B.5"],
    dropPathKeep: [0.6, "--child_drop_path_keep_prob of the micro final script"],
  },
  ...run,
};

/** See the module's text. */
export const officialCode: PresetEntry = {
  summary: "The released scripts with the released program's behaviour, closure bug included",
  macro,
  micro,
};
