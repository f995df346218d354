/**
 * Who judges architectures, and at what cost.
 *
 * @module
 */
import type { Backend } from "../../engine/backend.ts";
import type { Random } from "../../engine/random.ts";
import type { SearchConfig } from "../config/mod.ts";
import type { EpochSteps } from "../child/epoch_steps.ts";
import type { NetworkSpec } from "../child/create_network.ts";
import type { ChildNetwork } from "../child/network.ts";
import type { ChildData } from "../data/resident.ts";
import type { BatchNormMode, RunEvent } from "../run/events.ts";
import type { Checkpoints, Snapshot } from "../run/snapshot.ts";
import type { Arc } from "../space/arc.ts";
import type { Outcome, Proposal } from "../strategy/strategy.ts";

/** What the work of a search is counted in. */
export type WorkKind = "child_step" | "reward" | "evaluation_step" | "score" | "train_step";

/** Proposals that are judged together. */
export interface Judging {
  readonly proposals: readonly Proposal[];
  /** How many of them are judged already, the first ones: a search that was resumed goes on behind. */
  readonly judged: number;
  /** Number of the first proposal among all of the run; names random streams. */
  readonly first: number;
  /** 1-based. */
  readonly epoch: number;
  /** Seconds since the run began. */
  readonly clock: () => number;
  /** Ends the batch after the present unit of work. */
  readonly signal: AbortSignal | undefined;
  /** Asked between units of work whether the run shall be stored; everything yielded is kept then. */
  readonly checkpoints: Checkpoints | undefined;
  /** Called after every unit of work. */
  readonly onWork: (kind: WorkKind) => void;
}

/** Weights that all architectures share, which train along with the search. */
export interface SharedTraining {
  readonly network: ChildNetwork;
  /** What {@link SharedTraining.network} is made of. */
  readonly spec: NetworkSpec;
  /** Training steps of an epoch. */
  readonly stepsPerEpoch: number;
  /** Images on which {@link SharedTraining.scores} are measured. */
  readonly scoreImages: number;
  /** Trains the weights, an architecture at a step. */
  train<Event>(steps: Omit<EpochSteps<Event>, "trainer">): AsyncGenerator<Event>;
  /** Estimates for the log and for choosing the best; `onScore` is called after each. */
  scores(arcs: readonly Arc[], onScore: () => void): Promise<number[]>;
  /** Estimate on the whole validation split. */
  validation(arc: Arc): Promise<number>;
  /** Estimate of what the strategy now proposes on the whole split; null where none is wanted. */
  policy(sample: (count: number) => readonly Arc[]): Promise<number | null>;
}

/**
 * Judges architectures for a strategy. Made for one search; its state can be stored and restored, and
 * what it finds depends on its settings, its seed and the order of its work alone.
 */
export interface Evaluator {
  /** How many images an estimate is measured on, for the log. */
  readonly images: number;
  /** With which batch-norm statistics, for the log. */
  readonly batchNorm: BatchNormMode;
  /**
   * What trains along between evaluations. Its estimates are noisy and change with the weights, so a
   * search scores anew at the end of each epoch. Null where an estimate is final: then what a strategy
   * was told is all there is to choose from.
   */
  readonly shared: SharedTraining | null;
  /** Units of work of one full evaluation. */
  readonly work: { readonly kind: WorkKind; readonly units: number };
  /** Units of work of an evaluation that is under way. */
  readonly done: number;
  /** Compiles what it will use, so that nothing waits for a compiler later. */
  compile(): Promise<void>;
  /**
   * Judges the rest of a batch. Yields the outcome of each proposal, in order, and what is to be
   * logged of the work. Ends early where the signal says so.
   */
  evaluate(batch: Judging): AsyncGenerator<RunEvent | Outcome>;
  /** Writes all that it takes to go on, while no work is in flight. */
  save(snapshot: Snapshot): Promise<void>;
  /** Goes on from what {@link Evaluator.save} wrote. */
  load(snapshot: Snapshot): void;
  /** Gives the device's memory back. */
  dispose(): void;
}

/** What an evaluator is made of. */
export interface EvaluatorContext {
  readonly backend: Backend;
  readonly data: ChildData;
  readonly config: SearchConfig;
  /** Of the run; an evaluator forks its streams of it. */
  readonly random: Random;
}

/** Name of an evaluator: the value of `evaluator.name`. */
export type EvaluatorName = SearchConfig["evaluator"]["name"];

/** One evaluator in the registry. */
export interface EvaluatorEntry {
  readonly name: EvaluatorName;
  /** Its name in a sentence, without an article. */
  readonly label: string;
  /** What it does; a phrase. */
  readonly summary: string;
  /** Who had the idea. */
  readonly source: string;
  /** Whether it has shared weights that train along. */
  readonly sharesWeights: boolean;
  /** Makes one; throws `ConfigError` where settings and data do not fit. */
  create(context: EvaluatorContext): Evaluator;
}
