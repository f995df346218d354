/**
 * Results of `study estimator` as plain lists, whatever is done of them.
 *
 * @module
 */
import type { SearchConfig } from "../../nas/config/mod.ts";
import { mean } from "../../nas/stats/mod.ts";
import {
  estimatorArcs,
  type EstimatorArm,
  estimatorConfig,
  estimatorEpochs,
  estimatorIds,
  trainingSeeds,
} from "./trials.ts";
import { comparedTrainings } from "../kit/chosen.ts";
import type { FixedArc } from "../kit/fixed_arcs.ts";
import type { ProxiesResult } from "../../nas/trials/kinds/proxies.ts";
import type { Results } from "../../nas/trials/results.ts";
import type { ScoreResult } from "../../nas/trials/kinds/score.ts";
import type { SupernetResult } from "../../nas/trials/kinds/supernet.ts";
import type { TrainResult } from "../../nas/trials/kinds/train.ts";
import type { StudySettings } from "../study.ts";

/** How batch norm normalises while an estimate is taken. */
export type BatchNorm = "moving" | "batch" | "recalibrated";
/** All of them. */
export const BATCH_NORMS: readonly BatchNorm[] = ["moving", "batch", "recalibrated"];

/** What is known of one arm. */
export interface EstimatorData {
  readonly arm: EstimatorArm;
  readonly config: SearchConfig;
  readonly seeds: readonly number[];
  readonly epochs: readonly number[];
  /** Searches by seed; null where one is not done. */
  readonly supernets: readonly (SupernetResult | null)[];
  /** Architectures whose trainings are compared; the lists below are by their order. */
  readonly arcs: readonly FixedArc[];
  /** Test accuracies of each architecture, all of them the same number of seeds. */
  readonly replicates: readonly (readonly number[])[];
  /** Their means: the truth that an estimate is to predict. */
  readonly truths: readonly number[];
  readonly testImages: number | null;
  /** Trainings that are done, and all of them. */
  readonly trained: { readonly done: number; readonly all: number };
  /** Estimates of {@link EstimatorData.arcs} by seed and epoch; null where not done. */
  readonly scores: readonly (readonly (ScoreResult | null)[])[];
  readonly proxies: ProxiesResult | null;
  /** Mean seconds of a training from scratch; null where none is done. */
  readonly trainingSeconds: number | null;
}

/** Reads the results of one arm. */
export function estimatorData(
  settings: StudySettings,
  arm: EstimatorArm,
  results: Results,
): EstimatorData {
  const { seeds } = settings;
  const config = estimatorConfig(settings, arm, seeds[0]);
  const epochs = estimatorEpochs(config);
  const all = estimatorArcs(settings, arm, results) ?? [];
  const trainings = all.map((arc) =>
    trainingSeeds(settings).flatMap((seed): TrainResult[] => {
      const result = results.of("train", estimatorIds.train(arm, arc, seed));
      return result === null ? [] : [result];
    })
  );
  const rounds = comparedTrainings(trainings.map(({ length }) => length));
  const used = [...all.keys()].filter((i) => trainings[i].length >= rounds);
  const replicates = used.map((i) =>
    trainings[i].slice(0, rounds).map(({ testAccuracy }) => testAccuracy)
  );
  const finished = trainings.flat();
  const proxies = results.of("proxies", estimatorIds.proxies(arm));
  return {
    arm,
    config,
    seeds,
    epochs,
    supernets: seeds.map((seed) => results.of("supernet", estimatorIds.supernet(arm, seed))),
    arcs: used.map((i) => all[i]),
    replicates,
    truths: replicates.map(mean),
    testImages: finished[0]?.testImages ?? null,
    trained: { done: finished.length, all: settings.arcs * settings.trainings },
    scores: seeds.map((seed) =>
      epochs.map((epoch) => {
        const score = results.of("score", estimatorIds.score(arm, seed, epoch));
        return score === null ? null : ofArcs(score, used);
      })
    ),
    proxies: proxies === null ? null : {
      ...proxies,
      parameters: used.map((i) => proxies.parameters[i]),
      flops: used.map((i) => proxies.flops[i]),
      gradientNorm: used.map((i) => proxies.gradientNorm[i]),
    },
    trainingSeconds: finished.length === 0 ? null : mean(finished.map(({ seconds }) => seconds)),
  };
}

/** The estimates of some of the architectures. */
function ofArcs(score: ScoreResult, used: readonly number[]): ScoreResult {
  const pick = (values: readonly number[]) => used.map((i) => values[i]);
  const { estimates: e, halves: h, replay } = score;
  const both = ([a, b]: readonly [number[], number[]]): [number[], number[]] => [pick(a), pick(b)];
  return {
    ...score,
    estimates: {
      moving: pick(e.moving),
      batch: pick(e.batch),
      recalibrated: pick(e.recalibrated),
    },
    halves: {
      moving: both(h.moving),
      batch: both(h.batch),
      recalibrated: both(h.recalibrated),
    },
    replay: { ...replay, estimates: pick(replay.estimates) },
  };
}
