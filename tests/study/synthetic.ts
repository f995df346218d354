/**
 * Made-up results of trials, with effects of known size: what an analysis must find, or must not.
 *
 * @module
 */
import type { Random } from "../../engine/random.ts";
import { arcOps } from "../../nas/space/arc.ts";
import type { SpaceName } from "../../nas/config/mod.ts";
import { type Mark, type SupernetResult } from "../../nas/trials/kinds/supernet.ts";
import { Results } from "../../nas/trials/results.ts";
import { type TrainResult } from "../../nas/trials/kinds/train.ts";
import type { Study, StudySettings } from "../../study/study.ts";
import { type FinishedTrial, type Json, type Trial } from "../../nas/trials/queue.ts";

/** A trial with its result, as a study's folder holds it. */
export function finished(trial: Trial, result: unknown, seconds = 1): FinishedTrial {
  return { trial, result: result as Json, seconds, attempts: 1 };
}

/**
 * Results of all trials that a study names, made up by `resultOf`; `keep` says which of them finish.
 */
export function madeUpResults(
  study: Pick<Study, "trials">,
  settings: StudySettings,
  resultOf: (trial: Trial) => unknown,
  keep: (trial: Trial) => boolean = () => true,
): Results {
  const done = new Map<string, FinishedTrial>();
  while (true) {
    const results = new Results([...done.values()]);
    const open = study.trials(settings, results)
      .filter((trial) => !done.has(trial.id) && keep(trial));
    if (open.length === 0) return results;
    for (const trial of open) done.set(trial.id, finished(trial, resultOf(trial)));
  }
}

/** A policy between chance (0) and certainty of one op (1). */
export function policyAt(space: SpaceName, certainty: number): Mark["policy"] {
  const kinds = arcOps(space).length;
  return {
    opShares: arcOps(space).map(({ id }) => (1 - certainty) / kinds + (id === 0 ? certainty : 0)),
    skipRate: space === "macro" ? 0.5 : null,
    entropy: 10 * (1 - certainty),
    uniformEntropy: 10,
    distinct: 1 - 0.8 * certainty,
    distance: 0.8 * (1 - certainty),
    successiveInformation: 0,
  };
}

/** What a made-up search came to. */
export interface SearchOptions {
  readonly space: SpaceName;
  readonly epochs: number;
  readonly marks: readonly number[];
  /** Arcs drawn at each mark. */
  readonly arcs: (epoch: number) => readonly string[];
  /** True accuracy under shared weights, by epoch. */
  readonly level: (epoch: number) => number;
  /** {@link policyAt} by epoch. */
  readonly certainty: (epoch: number) => number;
  /** How much better the reward split is than the untouched one, by epoch. */
  readonly overfit?: (epoch: number) => number;
  /** Whether the sampler learns, and so has rewards and entropy. */
  readonly learns?: boolean;
}

/** A search with small noise around the given levels. */
export function searchResult(random: Random, options: SearchOptions): SupernetResult {
  const { space, epochs, learns = true, overfit = () => 0 } = options;
  const clip = (value: number) => Math.min(1, Math.max(0, value));
  const noisy = (value: number, deviation = 0.004) => clip(value + deviation * random.normal());
  return {
    epochs: Array.from({ length: epochs }, (_, i) => {
      const epoch = i + 1;
      const mean = noisy(options.level(epoch));
      const policy = policyAt(space, options.certainty(epoch));
      return {
        epoch,
        trainLoss: 1 / epoch,
        trainAccuracy: mean,
        learningRate: 0.05,
        meanEstimate: mean,
        bestEstimate: clip(mean + 0.02),
        opShares: policy.opShares,
        skipRate: policy.skipRate,
        reward: learns ? mean : null,
        entropy: learns ? policy.entropy : null,
        seconds: 1,
      };
    }),
    marks: options.marks.map((epoch) => {
      const arcs = [...options.arcs(epoch)];
      const truths = arcs.map(() => noisy(options.level(epoch), 0.01));
      return {
        epoch,
        learningRate: 0.05,
        arcs,
        estimates: truths.map((truth) => noisy(truth + overfit(epoch))),
        untouched: truths.map((truth) => noisy(truth)),
        policy: policyAt(space, options.certainty(epoch)),
      };
    }),
    policyArcs: 200,
    stepsPerEpoch: 10,
    validationImages: 500,
    untouchedImages: 500,
    seconds: epochs,
  };
}

/** Training from scratch that ends at an accuracy; the curve rises to it. */
export function trainResult(accuracy: number, curve: readonly number[]): TrainResult {
  return {
    testAccuracy: accuracy,
    testImages: 10_000,
    validationAccuracy: accuracy,
    curve: [...curve],
    parameters: 1000,
    flops: 1e6,
    seconds: 2,
  };
}
