/**
 * The event log of a run: one JSON object a line in `events.jsonl`, append-only. Reports are made
 * from these lines alone. Accuracies, shares and rates are fractions 0..1; times are seconds since
 * the run began, unless said otherwise.
 *
 * Each event is declared once, as the schema that checks it; its type is inferred. Unknown fields are
 * dropped, not refused: a later version may add fields without raising the schema version.
 *
 * @module
 */

import { z } from "zod";
import type { DeepReadonly } from "../text/readonly.ts";

export type { RunConfig } from "./config_schema.ts";
export { EVENT_SCHEMA_VERSION } from "./schema_check.ts";

const count = z.int().nonnegative();
const seconds = z.number().nonnegative();
/** A fraction 0..1; a mean of fractions may miss the bounds by its rounding. */
const fraction = z.number().min(-1e-9).max(1 + 1e-9);
const batchNorm = z.enum(["batch", "moving", "recalibrated"]);

/** How batch normalisation was evaluated for a score: see docs on batch-norm modes. */
export type BatchNormMode = z.infer<typeof batchNorm>;

const runStarted = z.object({
  type: z.literal("run_started"),
  schemaVersion: z.int().positive(),
  /** Name of the run's folder. */
  run: z.string(),
  /** ISO 8601, UTC. */
  time: z.iso.datetime(),
});
/** First line of every log. */
export type RunStarted = DeepReadonly<z.infer<typeof runStarted>>;

const childStep = z.object({
  type: z.literal("child_step"),
  /** 1-based. */
  epoch: count,
  /** Steps since the run began, 1-based. */
  step: count,
  /** Mean cross-entropy of the minibatch, without the L2 term, in nats. */
  loss: z.number(),
  /** Top-1 accuracy on the minibatch. */
  accuracy: fraction,
  learningRate: z.number(),
  /** Global L2 norm of the gradient over the weights of the sampled path, before clipping. */
  gradientNorm: z.number().nonnegative(),
  seconds,
});
/** One training step of the shared weights on one sampled arc (logged every few steps). */
export type ChildStep = DeepReadonly<z.infer<typeof childStep>>;

const diverged = z.object({
  type: z.literal("diverged"),
  /** Which weights trained: the shared ones, or those of the arc that is trained from scratch. */
  weights: z.enum(["shared", "scratch"]),
  /** 1-based. */
  epoch: count,
  /** Steps since these weights began to train, 1-based. */
  step: count,
  arc: z.string(),
  /** Numbers of the batch's images in the pool of training and validation images. */
  batch: z.array(count),
  /** As text, for JSON has no NaN and no Infinity. */
  loss: z.string(),
  /** As text. */
  gradientNorm: z.string(),
  seconds,
});
/** A training step whose loss or gradient norm was not finite. It changed no weight. */
export type Diverged = DeepReadonly<z.infer<typeof diverged>>;

const controllerStep = z.object({
  type: z.literal("controller_step"),
  epoch: count,
  /** Updates since the run began, 1-based. */
  step: count,
  arcs: count,
  /** Mean reward of the sampled arcs (accuracy on a validation minibatch plus entropy bonus). */
  reward: z.number(),
  /** Mean validation-minibatch accuracy, without the bonus. */
  accuracy: fraction,
  /** Moving baseline after the update. */
  baseline: z.number(),
  /** Mean policy entropy of one arc, in nats. */
  entropy: z.number(),
  /** Mean share of skip bits set; null in the micro space, which has none. */
  skipRate: fraction.nullable(),
  /** REINFORCE loss, mean over arcs; 0 for a sampler that does not learn. */
  loss: z.number(),
  seconds,
});
/** One update of the controller: `arcs` sampled children, one optimiser step. */
export type ControllerStep = DeepReadonly<z.infer<typeof controllerStep>>;

const arcScored = z.object({
  type: z.literal("arc_scored"),
  epoch: count,
  /** 0-based within the epoch. */
  index: count,
  /** Flat text form of the arc: `op skip… op skip…`, or `input op … | input op …` of both cells. */
  arc: z.string(),
  /** Accuracy under shared weights, or after a training of its own; 0 where it could not be judged. */
  estimate: fraction,
  /** Number of validation images the estimate is measured on. */
  images: count,
  batchNorm,
  /** Why it could not be judged; left out where it was. */
  failure: z.exactOptional(z.string()),
});
/**
 * An arc whose estimate is known: one of those scored at the end of an epoch or, where estimates are
 * final, one that was judged for the strategy, in the order in which it was told.
 */
export type ArcScored = DeepReadonly<z.infer<typeof arcScored>>;

const epochFinished = z.object({
  type: z.literal("epoch_finished"),
  epoch: count,
  /** Means over the epoch's training steps; null where the shared weights were frozen. */
  trainLoss: z.number().nullable(),
  trainAccuracy: fraction.nullable(),
  /** 0 where the shared weights were frozen. */
  learningRate: z.number(),
  /** Mean and maximum over the arcs scored at the end of this epoch. */
  meanEstimate: fraction,
  bestEstimate: fraction,
  /** Share of each op among layers or operands of all arcs sampled in this epoch, by op id. */
  opShares: z.array(fraction),
  /** Null in the micro space. */
  skipRate: fraction.nullable(),
  // Logs of the first version have none.
  /**
   * Accuracy on the whole validation split, with new architectures from the policy for its batches
   * or one for all (`search.evaluation`); null where none was asked for.
   */
  policyAccuracy: fraction.nullable().default(null),
  /** Means over the epoch's controller updates; null where the sampler has none. */
  reward: z.number().nullable(),
  baseline: z.number().nullable(),
  entropy: z.number().nullable(),
  seconds,
});
/** Summary of one epoch. */
export type EpochFinished = DeepReadonly<z.infer<typeof epochFinished>>;

const bestArc = z.object({
  type: z.literal("best_arc"),
  arc: z.string(),
  epoch: count,
  estimate: fraction,
  images: count,
  batchNorm,
  seconds,
});
/** The arc chosen by the search, re-scored on the whole validation split. */
export type BestArc = DeepReadonly<z.infer<typeof bestArc>>;

const arcDecision = z.object({
  /** `op`: which operation; `skip`: whether a skip bit is set; `input`: which earlier tensor. */
  kind: z.enum(["op", "skip", "input"]),
  /** Cell that the decision belongs to; null in a space without cells. */
  cell: z.string().nullable(),
  /** Layer (macro) or node of the cell (micro), 0-based. */
  place: count,
  /** Number of the skip bit, or operand 0 or 1 of a node; null for the op of a macro layer. */
  slot: count.nullable(),
  /** Probability of each value under the policy, given the decisions before; sums to 1. */
  probabilities: z.array(fraction).min(1),
  /** The value that the arc has: an index into `probabilities`. */
  chosen: count,
}).refine(
  ({ probabilities, chosen }) => chosen < probabilities.length,
  "Invalid input: expected chosen to be one of the probabilities",
);
/** One decision that a sampler takes on its way to an arc. */
export type ArcDecision = DeepReadonly<z.infer<typeof arcDecision>>;

const arcTraced = z.object({
  type: z.literal("arc_traced"),
  arc: z.string(),
  /** In the order in which the sampler takes them. */
  decisions: z.array(arcDecision),
  parameters: z.array(z.object({ name: z.string(), shape: z.array(count) })),
  seconds,
});
/**
 * How the sampler would draw the chosen arc, under its policy at the end of the search. Follows
 * `best_arc`; logs of earlier versions have none.
 */
export type ArcTraced = DeepReadonly<z.infer<typeof arcTraced>>;

const trainEpoch = z.object({
  type: z.literal("train_epoch"),
  epoch: count,
  loss: z.number(),
  trainAccuracy: fraction,
  /** Null where the validation images train too. */
  validationAccuracy: fraction.nullable(),
  learningRate: z.number(),
  seconds,
});
/** One epoch of training the chosen arc from scratch. */
export type TrainEpoch = DeepReadonly<z.infer<typeof trainEpoch>>;

const trained = z.object({
  type: z.literal("trained"),
  arc: z.string(),
  // What logs of the first version lack.
  /** `faithful`: the searched graph; `official`: the released code's retrain network. */
  graph: z.enum(["faithful", "official"]).default("faithful"),
  /** After the last epoch; null where the validation images train too. */
  validationAccuracy: fraction.nullable(),
  /** Highest of all epochs, and the first epoch that had it. Nothing is chosen by it. */
  bestValidationAccuracy: fraction.nullable().default(null),
  bestEpoch: count.nullable().default(null),
  /** Of the weights after the last epoch. */
  testAccuracy: fraction,
  testImages: count,
  /** Trainable parameters of this arc. */
  parameters: count,
  /** Floating-point operations of one forward pass of one image (2 per multiply-add). */
  flops: count,
  seconds,
});
/** The end of training from scratch; the test split is read once, here. */
export type Trained = DeepReadonly<z.infer<typeof trained>>;

const runFinished = z.object({
  type: z.literal("run_finished"),
  status: z.enum(["completed", "interrupted", "failed"]),
  /** What went wrong, for `failed`. */
  message: z.exactOptional(z.string()),
  seconds,
});
/** Last line of a log that ended in an orderly way. */
export type RunFinished = DeepReadonly<z.infer<typeof runFinished>>;

/** Schema of any line of `events.jsonl`. */
export const runEventSchema = z.discriminatedUnion("type", [
  runStarted,
  childStep,
  diverged,
  controllerStep,
  arcScored,
  epochFinished,
  bestArc,
  arcTraced,
  trainEpoch,
  trained,
  runFinished,
]);

/** Any line of `events.jsonl`. */
export type RunEvent = DeepReadonly<z.infer<typeof runEventSchema>>;
