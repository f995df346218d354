/**
 * Settings of the controller, its rewards and the search around it.
 * Flags are those of melodyguan/enas @ 4bcfd73; sections are those of enas-spec.md.
 *
 * @module
 */

import { z } from "zod";
import {
  added,
  choice,
  flag,
  fraction,
  group,
  integer,
  number,
  oneOf,
  positive,
} from "./fields.ts";

const NEITHER_END = { zero: false, one: false };
const ZERO_ONLY = { zero: true, one: false };

/** Settings of the controller in both spaces. */
export const controller = {
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
  entropy: choice(["sampled", "full"], {
    about: "Entropy of the bonus: −p·log p of the drawn values alone, or of whole distributions",
    unit: "name",
    source: "section K: sampled in the released macro space, full in the micro space",
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
  trainEvery: integer({ min: 1 }, {
    about: "Epochs of the shared weights between two trainings of the controller",
    unit: "epochs",
    source: "--controller_train_every; section F",
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
  rewardBatchNorm: choice(["moving", "batch", "recalibrated"], {
    about: "Batch-norm statistics when an architecture is scored: moving averages shared by all " +
      "architectures, those of the scored minibatch, or fresh averages over training batches",
    unit: "name",
    source: "section D.4: moving in the released macro search, batch in the micro search",
  }),
  recalibrationBatches: integer({ min: 1 }, {
    about: "Training batches from which each scored architecture gets fresh averages, with " +
      "rewardBatchNorm recalibrated",
    unit: "batches",
    source: "enaslab's own; docs/batch_norm_modes.md",
  }),
  rewards: added(
    choice(["own", "shuffled"], {
      about:
        "Which accuracy the controller is rewarded with for an architecture: its own, or, as a " +
        "control that can teach nothing, that of another one of the same update",
      unit: "name",
      source: "ours; the released code rewards each architecture with its own",
    }),
    "own",
  ),
  rewardDropout: flag({
    about: "Keep dropout on when an architecture is scored",
    unit: "yes or no",
    source: "section K: yes in the released micro search, no in the macro search",
  }),
};

/** Settings of the macro controller alone. */
export const macroController = {
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
  skipPenaltySlope: oneOf([1, 2], {
    about: "Slope k of the probability σ(k·z) that the skip penalty compares with the target; " +
      "bits are drawn with 2",
    unit: "times",
    source: "sections C.2 and K: 1",
  }),
};

/** Settings of the micro controller alone. */
export const microController = {
  opTanhReduce: positive({
    about: "Divisor of tanhConstant where ops are drawn",
    unit: "times",
    source: "--controller_op_tanh_reduce; section C.3",
  }),
  opBias: number({ min: 0 }, {
    about: "Constant added to the logits of both separable convolutions in the normal cell and " +
      "taken from those of the other ops",
    unit: "nats",
    source: "constant 0.25 of the released code; section C.3",
  }),
  convBias: number({ min: 0 }, {
    about: "Initial value of the learned bias of both separable convolutions",
    unit: "nats, before tanh",
    source: "constant 10 of the released code; section C.3",
  }),
};

/** Settings of the search around child and controller. */
export const search = group({
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
  scoreOn: choice(["common", "own"], {
    about: "Whether all architectures of an epoch are scored on the same validation images, or " +
      "each on a minibatch of its own",
    unit: "name",
    source: "sections D.5 and K: own",
  }),
  evaluation: choice(["none", "new-arc-per-batch", "one-arc"], {
    about: "Accuracy of the policy at the end of an epoch over the whole validation split: none, " +
      "with a new architecture for every batch of 100, or with one for all",
    unit: "name",
    source: "sections D.5 and K: new-arc-per-batch",
  }),
});
