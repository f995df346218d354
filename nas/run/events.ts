/**
 * The event log of a run: one JSON object a line in `events.jsonl`, append-only. Reports are made
 * from these lines alone. Accuracies, shares and rates are fractions 0..1; times are seconds since
 * the run began, unless said otherwise.
 *
 * @module
 */

/** Version of the event schema; raised whenever a field changes its meaning or goes away. */
export const EVENT_SCHEMA_VERSION = 1;

/** How batch normalisation was evaluated for a score: see docs on batch-norm modes. */
export type BatchNormMode = "batch" | "moving" | "recalibrated";

/** First line of every log. */
export interface RunStarted {
  readonly type: "run_started";
  readonly schemaVersion: number;
  /** Name of the run's folder. */
  readonly run: string;
  /** ISO 8601, UTC. */
  readonly time: string;
}

/** One training step of the shared weights on one sampled arc (logged every few steps). */
export interface ChildStep {
  readonly type: "child_step";
  /** 1-based. */
  readonly epoch: number;
  /** Steps since the run began, 1-based. */
  readonly step: number;
  /** Mean cross-entropy of the minibatch, without the L2 term, in nats. */
  readonly loss: number;
  /** Top-1 accuracy on the minibatch. */
  readonly accuracy: number;
  readonly learningRate: number;
  /** Global L2 norm of the gradient over the weights of the sampled path, before clipping. */
  readonly gradientNorm: number;
  readonly seconds: number;
}

/** A training step whose loss or gradient norm was not finite. It changed no weight. */
export interface Diverged {
  readonly type: "diverged";
  /** Which weights trained: the shared ones, or those of the arc that is trained from scratch. */
  readonly weights: "shared" | "scratch";
  /** 1-based. */
  readonly epoch: number;
  /** Steps since these weights began to train, 1-based. */
  readonly step: number;
  readonly arc: string;
  /** Numbers of the batch's images in the pool of training and validation images. */
  readonly batch: readonly number[];
  /** As text, for JSON has no NaN and no Infinity. */
  readonly loss: string;
  /** As text. */
  readonly gradientNorm: string;
  readonly seconds: number;
}

/** One update of the controller: `arcs` sampled children, one optimiser step. */
export interface ControllerStep {
  readonly type: "controller_step";
  readonly epoch: number;
  /** Updates since the run began, 1-based. */
  readonly step: number;
  readonly arcs: number;
  /** Mean reward of the sampled arcs (accuracy on a validation minibatch plus entropy bonus). */
  readonly reward: number;
  /** Mean validation-minibatch accuracy, without the bonus. */
  readonly accuracy: number;
  /** Moving baseline after the update. */
  readonly baseline: number;
  /** Mean policy entropy of one arc, in nats. */
  readonly entropy: number;
  /** Mean share of skip bits set; null in the micro space, which has none. */
  readonly skipRate: number | null;
  /** REINFORCE loss, mean over arcs; 0 for a sampler that does not learn. */
  readonly loss: number;
  readonly seconds: number;
}

/** One of the arcs sampled and scored at the end of an epoch. */
export interface ArcScored {
  readonly type: "arc_scored";
  readonly epoch: number;
  /** 0-based within the epoch. */
  readonly index: number;
  /** Flat text form of the arc: `op skip… op skip…`, or `input op … | input op …` of both cells. */
  readonly arc: string;
  /** Accuracy under shared weights. */
  readonly estimate: number;
  /** Number of validation images the estimate is measured on. */
  readonly images: number;
  readonly batchNorm: BatchNormMode;
}

/** Summary of one epoch. */
export interface EpochFinished {
  readonly type: "epoch_finished";
  readonly epoch: number;
  /** Means over the epoch's training steps; null where the shared weights were frozen. */
  readonly trainLoss: number | null;
  readonly trainAccuracy: number | null;
  /** 0 where the shared weights were frozen. */
  readonly learningRate: number;
  /** Mean and maximum over the arcs scored at the end of this epoch. */
  readonly meanEstimate: number;
  readonly bestEstimate: number;
  /** Share of each op among layers or operands of all arcs sampled in this epoch, by op id. */
  readonly opShares: readonly number[];
  /** Null in the micro space. */
  readonly skipRate: number | null;
  /**
   * Accuracy on the whole validation split, with new architectures from the policy for its batches
   * or one for all (`search.evaluation`); null where none was asked for.
   */
  readonly policyAccuracy: number | null;
  /** Means over the epoch's controller updates; null where the sampler has none. */
  readonly reward: number | null;
  readonly baseline: number | null;
  readonly entropy: number | null;
  readonly seconds: number;
}

/** The arc chosen by the search, re-scored on the whole validation split. */
export interface BestArc {
  readonly type: "best_arc";
  readonly arc: string;
  readonly epoch: number;
  readonly estimate: number;
  readonly images: number;
  readonly batchNorm: BatchNormMode;
  readonly seconds: number;
}

/** One decision that a sampler takes on its way to an arc. */
export interface ArcDecision {
  /** `op`: which operation; `skip`: whether a skip bit is set; `input`: which earlier tensor. */
  readonly kind: "op" | "skip" | "input";
  /** Cell that the decision belongs to; null in the macro space. */
  readonly cell: "normal" | "reduction" | null;
  /** Layer (macro) or node of the cell (micro), 0-based. */
  readonly place: number;
  /** Number of the skip bit, or operand 0 or 1 of a node; null for the op of a macro layer. */
  readonly slot: number | null;
  /** Probability of each value under the policy, given the decisions before; sums to 1. */
  readonly probabilities: readonly number[];
  /** The value that the arc has: an index into `probabilities`. */
  readonly chosen: number;
}

/**
 * How the sampler would draw the chosen arc, under its policy at the end of the search. Follows
 * `best_arc`; logs of earlier versions have none.
 */
export interface ArcTraced {
  readonly type: "arc_traced";
  readonly arc: string;
  /** In the order in which the sampler takes them. */
  readonly decisions: readonly ArcDecision[];
  /** What the sampler has learned, by name; empty for one that does not learn. */
  readonly parameters: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly seconds: number;
}

/** One epoch of training the chosen arc from scratch. */
export interface TrainEpoch {
  readonly type: "train_epoch";
  readonly epoch: number;
  readonly loss: number;
  readonly trainAccuracy: number;
  /** Null where the validation images train too. */
  readonly validationAccuracy: number | null;
  readonly learningRate: number;
  readonly seconds: number;
}

/** The end of training from scratch; the test split is read once, here. */
export interface Trained {
  readonly type: "trained";
  readonly arc: string;
  /** `faithful`: the searched graph; `official`: the released code's retrain network. */
  readonly graph: "faithful" | "official";
  /** After the last epoch; null where the validation images train too. */
  readonly validationAccuracy: number | null;
  /** Highest of all epochs, and the first epoch that had it. Nothing is chosen by it. */
  readonly bestValidationAccuracy: number | null;
  readonly bestEpoch: number | null;
  /** Of the weights after the last epoch. */
  readonly testAccuracy: number;
  readonly testImages: number;
  /** Trainable parameters of this arc. */
  readonly parameters: number;
  /** Floating-point operations of one forward pass of one image (2 per multiply-add). */
  readonly flops: number;
  readonly seconds: number;
}

/** Last line of a log that ended in an orderly way. */
export interface RunFinished {
  readonly type: "run_finished";
  readonly status: "completed" | "interrupted" | "failed";
  /** What went wrong, for `failed`. */
  readonly message?: string;
  readonly seconds: number;
}

/** Any line of `events.jsonl`. */
export type RunEvent =
  | RunStarted
  | ChildStep
  | Diverged
  | ControllerStep
  | ArcScored
  | EpochFinished
  | BestArc
  | ArcTraced
  | TrainEpoch
  | Trained
  | RunFinished;

/** Contents of `config.json`: everything needed to repeat the run and to label its report. */
export interface RunConfig {
  readonly schemaVersion: number;
  readonly run: string;
  readonly command: "search" | "train";
  /** ISO 8601, UTC. */
  readonly created: string;
  readonly versions: { readonly enaslab: string; readonly deno: string; readonly v8: string };
  /** What the device said of itself; `cpu` for the f64 reference backend. */
  readonly adapter: {
    readonly description: string;
    readonly vendor: string;
    readonly fallback: boolean;
  };
  readonly dataset: {
    readonly name: string;
    readonly classes: number;
    readonly classNames: readonly string[];
    /** `[height, width, channels]` as trained on. */
    readonly shape: readonly [number, number, number];
    readonly train: number;
    readonly validation: number;
    readonly test: number;
    /** Where the user's own images came from, and a fingerprint of them. */
    readonly source?: string;
  };
  /** The arc that a `train` run was given, in flat text form. */
  readonly arc?: string;
  /** Folder of the run whose controller a search began with, and a fingerprint of that controller. */
  readonly controllerFrom?: string;
  readonly preset: string;
  /** Every hyper-parameter, nested by group. */
  readonly hyperparameters: Readonly<Record<string, unknown>>;
}
