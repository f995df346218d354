/**
 * What a search is given, and what its progress is counted in.
 *
 * @module
 */
import type { Backend } from "../../engine/backend.ts";
import { spaceOf } from "../space/registry.ts";
import { ConfigError, type SearchConfig } from "../config/mod.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Position } from "./position.ts";
import type { Checkpoints, Snapshot } from "../run/snapshot.ts";
import { learningRateOf } from "../child/training_options.ts";

/** What a `Search` needs. */
export interface SearchOptions {
  readonly backend: Backend;
  readonly dataset: Dataset;
  readonly config: SearchConfig;
  /** Ends the search after the present step. */
  readonly signal?: AbortSignal;
  /** Called after every unit of work that `Search.work` counts, for progress. */
  readonly onWork?: (kind: WorkKind) => void;
  /** Where the search goes on; left out, it begins. Its seconds come from there too. */
  readonly resume?: Snapshot;
  /** Asked between units of work whether the search shall be stored. */
  readonly checkpoints?: Checkpoints;
}

/** Kinds of work: a step of shared weights, a scored arc, a step of the last training. */
export type WorkKind = "child_step" | "reward" | "score" | "train_step";

/** Amounts of work by kind. */
export type Work = Record<WorkKind, number>;

/** Epochs, from the first one on, in which the shared weights train. */
export function trainedEpochs(
  { search: { epochs }, child: { frozenAfter } }: SearchConfig,
): number {
  return frozenAfter > 0 ? Math.min(frozenAfter, epochs) : epochs;
}

/** Training steps of the shared weights in an epoch: `stepsPerEpoch`, or 0 where they are frozen. */
export function stepsInEpoch(config: SearchConfig, stepsPerEpoch: number, epoch: number): number {
  return epoch <= trainedEpochs(config) ? stepsPerEpoch : 0;
}

/** Learning rate of the shared weights in an epoch; 0 where they are frozen. */
export function learningRateIn(config: SearchConfig, epoch: number): number {
  return epoch <= trainedEpochs(config) ? learningRateOf(config.child, epoch) : 0;
}

/** Whether the sampler learns in an epoch. */
export function samplerLearns({ controller }: SearchConfig, epoch: number): boolean {
  const { sampler, trainEvery, updatesPerEpoch } = controller;
  return sampler === "controller" && epoch % trainEvery === 0 && updatesPerEpoch > 0;
}

/**
 * All work of a complete search.
 *
 * @param stepsPerEpoch training steps of the shared weights in an epoch in which they train
 * @param finalStepsPerEpoch training steps from scratch in an epoch
 */
export function totalWork(
  config: SearchConfig,
  stepsPerEpoch: number,
  finalStepsPerEpoch: number,
): Work {
  const { search, controller, finalTraining } = config;
  const learns = controller.sampler === "controller";
  const phases = learns ? Math.floor(search.epochs / controller.trainEvery) : 0;
  return {
    child_step: trainedEpochs(config) * stepsPerEpoch,
    reward: phases * controller.updatesPerEpoch * controller.arcsPerUpdate,
    score: search.epochs * search.scoredArcs + 1,
    train_step: finalTraining.epochs * finalStepsPerEpoch,
  };
}

/** The work done at a position; `finalSteps` are the steps of training from scratch so far. */
export function doneWork(
  { search, controller }: SearchConfig,
  { phase, epoch, steps, updates }: Position,
  finalSteps: number,
): Work {
  const learning = Math.floor((epoch - 1) / controller.trainEvery) * controller.updatesPerEpoch;
  return {
    child_step: steps,
    reward: controller.sampler === "controller"
      ? (learning + updates.length) * controller.arcsPerUpdate
      : 0,
    score: (epoch - 1) * search.scoredArcs + Number(phase === "final" || phase === "done"),
    train_step: finalSteps,
  };
}

/** Refuses settings with which the best arc could turn out to be untrainable, after the search. */
export function requireTrainable(config: SearchConfig): void {
  if (spaceOf(config).refusedOps(config).length === 0) return;
  throw new ConfigError([{
    path: "finalTraining.poolOps",
    message: "Expected finalTraining.poolOps to be pre-activation in a search, whose best " +
      "architecture may hold pools, but found refuse; use it with train",
  }]);
}
