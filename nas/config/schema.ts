/**
 * Every hyper-parameter of a search in one place: what it does, its unit, and where it comes from.
 * Flags are those of melodyguan/enas @ 4bcfd73; sections are those of enas-spec.md.
 *
 * @module
 */

import { z } from "zod";
import { choice, flag, fraction, group, integer, number, positive, text } from "./fields.ts";

const NEITHER_END = { zero: false, one: false };
const ZERO_ONLY = { zero: true, one: false };
const ONE_ONLY = { zero: false, one: true };

/** Settings of training weights by stochastic gradient descent: shared ones, or from scratch. */
const weightTraining = {
  filters: integer({ min: 1 }, {
    about: "Channels of every layer; even from 3 layers on, where reductions halve them",
    unit: "channels",
    source: "--child_out_filters; section A.2",
  }),
  batchSize: integer({ min: 2 }, {
    about: "Images of one training step",
    unit: "images",
    source: "--batch_size; section F",
  }),
  stepsPerEpoch: integer({ min: 0 }, {
    about: "Training steps of one epoch; 0 is one pass over the training split",
    unit: "steps",
    source: "section D.1: 352, one pass",
  }),
  keepProbability: fraction(ONE_ONLY, {
    about: "Probability that dropout before the head keeps a value; 1 switches dropout off",
    unit: "probability",
    source: "--child_keep_prob; section A.2",
  }),
  l2: number({ min: 0 }, {
    about: "Weight of the sum of all squared parameters in the loss; its gradient is 2·l2·θ",
    unit: "loss per squared weight",
    source: "--child_l2_reg; section D.2",
  }),
  learningRateMax: positive({
    about: "Learning rate at the start of a cosine cycle",
    unit: "weight change per unit of gradient",
    source: "--child_lr_max; section D.3",
  }),
  learningRateMin: number({ min: 0 }, {
    about: "Learning rate at the end of a cosine cycle",
    unit: "weight change per unit of gradient",
    source: "--child_lr_min; section D.3",
  }),
  restartPeriod: integer({ min: 1 }, {
    about: "Length T_0 of the first cosine cycle",
    unit: "epochs",
    source: "--child_lr_T_0; section D.3",
  }),
  restartFactor: integer({ min: 1 }, {
    about: "Factor T_mul by which each cosine cycle is longer than the one before",
    unit: "times",
    source: "--child_lr_T_mul; section D.3",
  }),
  momentum: fraction(ZERO_ONLY, {
    about: "Nesterov momentum; 0 is plain gradient descent",
    unit: "share kept per step",
    source: "constant 0.9 of the released code; section D.2",
  }),
  gradientClip: number({ min: 0 }, {
    about: "Largest global L2 norm of the gradient, which is scaled down to it; 0 is no clipping",
    unit: "gradient norm",
    source: "--child_grad_bound, whose result the released code throws away; section D.2",
  }),
  batchNormDecay: fraction(ZERO_ONLY, {
    about: "Decay of the moving mean and variance of batch normalisation",
    unit: "share kept per step",
    source: "constant 0.9 of the released code; section D.4",
  }),
};

const dataset = group({
  name: text(/^[a-z0-9][a-z0-9_-]*$/, "the name of a dataset in small letters, such as mnist", {
    about: "Which images to learn",
    unit: "name known to nas/data",
    source: "--data_path; section D.1",
  }),
  images: integer({ min: 0 }, {
    about: "Images of the training pool to use, training and validation together; 0 uses all",
    unit: "images",
    source: "section D.1: all 50,000",
  }),
  imageSize: integer({ min: 0 }, {
    about: "Side to which images are resized; 0 keeps their own size",
    unit: "pixels",
    source: "section D.1: own size, 32",
  }),
  validationShare: fraction(NEITHER_END, {
    about: "Share of the used images that the rewards are measured on and no weight ever sees",
    unit: "share",
    source: "section D.1: 5,000 of 50,000",
  }),
  augment: group({
    pad: integer({ min: 0 }, {
      about: "Zeros added on each side before the random crop",
      unit: "pixels",
      source: "section D.1: 4",
    }),
    crop: flag({
      about: "Crop padded training images at random to their old size",
      unit: "yes or no",
      source: "section D.1: yes",
    }),
    flip: flag({
      about: "Mirror half of the training images left to right",
      unit: "yes or no",
      source: "section D.1: yes",
    }),
  }),
});

const child = group({
  layers: integer({ min: 1 }, {
    about: "Layers of the child model",
    unit: "layers",
    source: "--child_num_layers; section F",
  }),
  ...weightTraining,
});

const controller = group({
  sampler: choice(["controller", "random"], {
    about: "What proposes architectures: the trained LSTM controller, or uniform chance",
    unit: "name",
    source: "section G.2: the random arm that the thesis lacks",
  }),
  hiddenSize: integer({ min: 1 }, {
    about: "Size of the LSTM's state",
    unit: "units",
    source: "constant 64 of the released code; the thesis says 100; section C.1",
  }),
  learningRate: positive({
    about: "Learning rate of the controller's Adam",
    unit: "weight change per step",
    source: "--controller_lr; section C.4",
  }),
  beta1: fraction(ZERO_ONLY, {
    about: "Adam's decay of the mean gradient",
    unit: "share kept per update",
    source: "constant 0 of the released code; section C.4",
  }),
  beta2: fraction(ZERO_ONLY, {
    about: "Adam's decay of the mean squared gradient",
    unit: "share kept per update",
    source: "constant 0.999 of the released code; section C.4",
  }),
  epsilon: positive({
    about: "Adam's addend to the root of the mean squared gradient",
    unit: "gradient",
    source: "constant 1e-3 of the released code; section C.4",
  }),
  tanhConstant: positive({
    about: "Bound of the logits: tanhConstant · tanh(logit)",
    unit: "nats",
    source: "--controller_tanh_constant; section C.2",
  }),
  temperature: z.number({ error: "null or a number greater than 0" })
    .gt(0, { error: "null or a number greater than 0" }).nullable().describe(
      "Divisor of the logits before tanh; null leaves them alone [times]. " +
        "Source: --controller_temperature, set by none of the scripts; section C.1",
    ),
  entropyWeight: number({ min: 0 }, {
    about: "Weight of the entropy bonus in the reward",
    unit: "accuracy per nat",
    source: "--controller_entropy_weight; section C.4",
  }),
  baselineDecay: fraction(ZERO_ONLY, {
    about: "Decay of the moving baseline, applied once a sampled architecture",
    unit: "share kept per architecture",
    source: "--controller_bl_dec; section C.4",
  }),
  baselineInit: choice(["zero", "first-reward"], {
    about: "Where the baseline begins",
    unit: "name",
    source: "section C.4: 0 in the released code, which rewards every early decision",
  }),
  skipTarget: fraction(NEITHER_END, {
    about: "Skip probability towards which the penalty pulls",
    unit: "probability",
    source: "--controller_skip_target; section C.2",
  }),
  skipWeight: number({ min: 0 }, {
    about: "Weight of the skip penalty in the controller's loss; 0 is none",
    unit: "loss per nat",
    source: "--controller_skip_weight; section C.4",
  }),
  updatesPerEpoch: integer({ min: 1 }, {
    about: "Updates of the controller after each epoch of the shared weights",
    unit: "updates",
    source: "--controller_train_steps; section C.4",
  }),
  arcsPerUpdate: integer({ min: 1 }, {
    about: "Sampled architectures whose gradients are averaged into one update",
    unit: "architectures",
    source: "--controller_num_aggregate; section C.4",
  }),
  batchSize: integer({ min: 2 }, {
    about: "Validation images on which the reward of one architecture is measured",
    unit: "images",
    source: "--batch_size; section C.4",
  }),
  rewardBatchNorm: choice(["moving", "batch"], {
    about: "Batch-norm statistics when an architecture is scored: moving averages shared by all " +
      "architectures, or those of the scored minibatch",
    unit: "name",
    source: "section D.4: moving in the released macro search",
  }),
});

const search = group({
  epochs: integer({ min: 1 }, {
    about: "Epochs of the search",
    unit: "epochs",
    source: "--num_epochs; section D.5",
  }),
  scoredArcs: integer({ min: 1 }, {
    about: "Architectures sampled and scored at the end of each epoch",
    unit: "architectures",
    source: "constant 10 of the released code; section D.5",
  }),
  scoreImages: integer({ min: 0 }, {
    about: "Validation images on which each of them is scored; 0 is the whole validation split",
    unit: "images",
    source: "section D.5: one minibatch of 128",
  }),
});

const finalTraining = group({
  epochs: integer({ min: 1 }, {
    about: "Epochs of training the chosen architecture from scratch",
    unit: "epochs",
    source: "--num_epochs of the final scripts; section E",
  }),
  ...weightTraining,
});

/** The schema of a search's configuration; see {@link parseSearchConfig} for rules across fields. */
export const searchConfigSchema = group({
  space: choice(["macro"], {
    about: "Search space",
    unit: "name",
    source: "--search_for; sections A and B",
  }),
  dataset,
  child,
  controller,
  search,
  finalTraining,
  seed: integer({ min: 0, max: 2 ** 32 - 1 }, {
    about: "Seed from which every random stream of the run is forked",
    unit: "integer",
    source: "section H.3: the released code sets none",
  }),
  device: choice(["gpu", "cpu"], {
    about: "Where children are computed: WebGPU, or the slow f64 reference",
    unit: "name",
    source: "enaslab's own",
  }),
});
