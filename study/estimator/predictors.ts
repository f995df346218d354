/**
 * What may predict the final accuracy of an architecture: estimates under shared weights, and what can
 * be said without any training.
 *
 * @module
 */
import type { BatchNorm, EstimatorData } from "./data.ts";
import type { ScoreResult } from "../../nas/trials/kinds/score.ts";
import { ESTIMATE_IMAGES } from "../thesis/tables.ts";

/** Scores of the architectures; the higher, the better they are predicted to be. */
export interface Predictor {
  readonly label: string;
  /** By supernet and architecture; null where a supernet has none yet. */
  readonly bySupernet: readonly (readonly number[] | null)[];
}

/** Names of batch-norm modes in sentences. */
export const BATCH_NORM_WORDS: Readonly<Record<BatchNorm, string>> = {
  moving: "moving averages",
  batch: "batch statistics",
  recalibrated: "recalibrated statistics",
};

/** Accuracy under the shared weights of an epoch, on all validation images. */
export function estimateAt(data: EstimatorData, epoch: number, mode: BatchNorm): Predictor {
  return {
    label: `estimate at epoch ${epoch}, ${BATCH_NORM_WORDS[mode]}`,
    bySupernet: scoresAt(data, epoch).map((score) => score?.estimates[mode] ?? null),
  };
}

/** The thesis's estimate: one batch of images of its own for each architecture. */
export function replayAt(data: EstimatorData, epoch: number): Predictor {
  return {
    label: `the thesis's way at epoch ${epoch}: ${replayImages(data, epoch)} images`,
    bySupernet: scoresAt(data, epoch).map((score) => score?.replay.estimates ?? null),
  };
}

/** Images behind {@link replayAt}. */
export function replayImages(data: EstimatorData, epoch: number): number {
  return scoresAt(data, epoch).find((score) => score !== null)?.replay.images ?? ESTIMATE_IMAGES;
}

/** The two halves of the validation images as two predictors. */
export function halvesAt(
  data: EstimatorData,
  epoch: number,
  mode: BatchNorm,
): [Predictor, Predictor] {
  const half = (place: 0 | 1): Predictor => ({
    label: `estimate on half ${place + 1} of the images`,
    bySupernet: scoresAt(data, epoch).map((score) => score?.halves[mode][place] ?? null),
  });
  return [half(0), half(1)];
}

/** What is known of an architecture before any training. */
export type Proxy = "parameters" | "flops" | "gradientNorm";
/** All of them, with their names in tables. */
export const PROXIES: Readonly<Record<Proxy, string>> = {
  parameters: "number of parameters",
  flops: "FLOPs of one image",
  gradientNorm: "gradient norm before training",
};

/** A proxy, the same for every supernet. */
export function proxyOf(data: EstimatorData, proxy: Proxy): Predictor {
  return {
    label: PROXIES[proxy],
    bySupernet: data.seeds.map(() => data.proxies?.[proxy] ?? null),
  };
}

/** Supernets, by place, for which all of these predict something. */
export function commonSupernets(...predictors: readonly Predictor[]): number[] {
  return predictors[0].bySupernet.flatMap((_, place) =>
    predictors.every(({ bySupernet }) => bySupernet[place] !== null) ? [place] : []
  );
}

/** Scores of all supernets at an epoch. */
export function scoresAt({ epochs, scores }: EstimatorData, epoch: number): (ScoreResult | null)[] {
  const place = epochs.indexOf(epoch);
  return scores.map((byEpoch) => byEpoch[place] ?? null);
}
