/**
 * Settings of the strategies: what proposes architectures. One entry of the union each.
 * Flags are those of melodyguan/enas @ 4bcfd73; sections are those of enas-spec.md.
 *
 * @module
 */

import { z } from "zod";
import {
  added,
  choice,
  either,
  fraction,
  group,
  integer,
  number,
  oneOf,
  positive,
} from "./fields.ts";

const NEITHER_END = { zero: false, one: false };
const ZERO_ONLY = { zero: true, one: false };

const NAME = {
  about: "What proposes architectures: the trained LSTM controller, or uniform chance",
  unit: "name",
  source: "section G.2: the random arm that the thesis lacks",
};

/** The controller, in both spaces. */
const controller = {
  name: choice(["controller"], NAME),
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
};

/** Of the macro controller alone. */
const macroController = {
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

/** Of the micro controller alone. */
const microController = {
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

/** Chance, in both spaces. */
const random = { name: choice(["random"], NAME) };

/** Chance in the macro space. */
const macroRandom = {
  skipProbability: added(
    fraction(NEITHER_END, {
      about: "Probability of each skip bit",
      unit: "probability",
      source: "ours: 0.5, uniform over the space; the ENAS paper's random baseline takes 0.4",
    }),
    0.5,
  ),
};

/** Settings of one strategy of the macro space. */
export const macroStrategy = either("a strategy", [
  group({ ...controller, ...macroController }),
  group({ ...random, ...macroRandom }),
]);

/** Settings of one strategy of the micro space. */
export const microStrategy = either("a strategy", [
  group({ ...controller, ...microController }),
  group(random),
]);
