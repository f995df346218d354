/**
 * What the progress of a search is counted in.
 *
 * @module
 */
import type { SearchConfig } from "../config/mod.ts";
import { learningRateOf } from "../child/training_options.ts";
import type { WorkKind } from "../evaluator/evaluator.ts";
import type { Position } from "./position.ts";

/** Amounts of work by kind. */
export type Work = Record<WorkKind, number>;

/** What strategy and evaluator of a search decide about its work. */
export interface SearchKind {
  /** Whether the strategy learns. */
  readonly learns: boolean;
  /** Whether the evaluator has shared weights, which train along. */
  readonly shares: boolean;
  /** Training steps of the shared weights in an epoch in which they train; 0 without such weights. */
  readonly sharedSteps: number;
  /** Units of work of one evaluation. */
  readonly evaluation: { readonly kind: WorkKind; readonly units: number };
  /** Training steps from scratch in an epoch. */
  readonly finalStepsPerEpoch: number;
}

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

/**
 * Proposals of an epoch that are judged for the strategy. Shared weights need not judge for one that
 * does not learn: they score at the end of the epoch anyway. Other estimates are all that there is.
 */
export function judgedInEpoch(
  { search: { trainEvery, updatesPerEpoch, arcsPerUpdate } }: SearchConfig,
  { learns, shares }: Pick<SearchKind, "learns" | "shares">,
  epoch: number,
): number {
  if (shares && !(learns && epoch % trainEvery === 0)) return 0;
  return updatesPerEpoch * arcsPerUpdate;
}

/** Proposals that are judged for the strategy in the first `epochs` epochs. */
export function judgedIn(
  config: SearchConfig,
  kind: Pick<SearchKind, "learns" | "shares">,
  epochs: number,
): number {
  return Array.from({ length: epochs }, (_, i) => judgedInEpoch(config, kind, i + 1))
    .reduce((sum, count) => sum + count, 0);
}

/** All work of a complete search. */
export function totalWork(config: SearchConfig, kind: SearchKind): Work {
  const { search, finalTraining } = config;
  const { shares, sharedSteps, evaluation, finalStepsPerEpoch } = kind;
  return {
    ...NONE,
    child_step: trainedEpochs(config) * sharedSteps,
    score: shares ? search.epochs * search.scoredArcs + 1 : 0,
    train_step: finalTraining.epochs * finalStepsPerEpoch,
    [evaluation.kind]: judgedIn(config, kind, search.epochs) * evaluation.units,
  };
}

/**
 * The work done at a position.
 *
 * @param under Units done of an evaluation that is under way.
 * @param finalSteps Steps of training from scratch so far.
 */
export function doneWork(
  config: SearchConfig,
  kind: SearchKind,
  { phase, epoch, steps, judged }: Position,
  under: number,
  finalSteps: number,
): Work {
  const { shares, evaluation } = kind;
  const over = Number(phase === "final" || phase === "done");
  return {
    ...NONE,
    child_step: steps,
    score: shares ? (epoch - 1) * config.search.scoredArcs + over : 0,
    train_step: finalSteps,
    [evaluation.kind]: (judgedIn(config, kind, epoch - 1) + judged) * evaluation.units + under,
  };
}

const NONE: Work = { child_step: 0, reward: 0, evaluation_step: 0, score: 0, train_step: 0 };
