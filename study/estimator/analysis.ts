/**
 * Everything that is computed once of an arm, and read by its claims, tables and figures.
 *
 * @module
 */
import { sharedWeightsOf } from "../../nas/config/mod.ts";
import {
  type Correlation,
  type Interval,
  kendallTau,
  noiseCeiling,
  pearson,
  spearman,
  spearmanBrown,
  splitHalf,
  type Uniform,
  varianceComponents,
} from "../../nas/stats/mod.ts";
import { BATCH_NORMS, type BatchNorm, type EstimatorData } from "./data.ts";
import { correlationOf, type Estimated, estimated, meanDefined } from "./inference.ts";
import {
  commonSupernets,
  estimateAt,
  halvesAt,
  type Predictor,
  PROXIES,
  type Proxy,
  proxyOf,
  replayAt,
} from "./predictors.ts";
import { lastRestart, thesisEpoch } from "./trials.ts";

/** A predictor with its rank correlation with the final accuracies. */
export interface Judged {
  readonly predictor: Predictor;
  /** Null where there are too few results. */
  readonly tau: Estimated | null;
}

/** An estimate under shared weights, judged. */
export interface JudgedEstimate extends Judged {
  readonly epoch: number;
  readonly mode: BatchNorm;
}

/** How far final accuracies can be predicted at all. */
export interface Ceiling {
  /** Trainings of each architecture. */
  readonly seeds: number;
  /** Tau between two disjoint halves of the trainings, and its interval. */
  readonly half: number;
  readonly interval: Interval;
  /** Expected tau between the mean of all trainings and that of as many others. */
  readonly full: number;
  /** Reliability of the mean of all trainings, as a rank correlation (Spearman); bounds estimators. */
  readonly reliability: number;
  /** The interval lies above 0: architectures differ by more than seeds do. */
  readonly wideEnough: boolean;
  /** Deviation of final accuracies in points: of architectures, and of trainings of one of them. */
  readonly between: number;
  readonly within: number;
}

/** What is known of one arm. */
export interface ArmAnalysis {
  readonly data: EstimatorData;
  /** Null while architectures are not trained twice each. */
  readonly ceiling: Ceiling | null;
  /** Batch norm of the search's own rewards. */
  readonly mode: BatchNorm;
  /** Epoch that stands for the thesis's 155, the last one, and those around the last restart. */
  readonly thesis: number;
  readonly last: number;
  readonly restart: { readonly before: number; readonly after: number } | null;
  /** By epoch and mode. */
  readonly estimates: readonly JudgedEstimate[];
  /** The thesis's way at {@link ArmAnalysis.thesis}. */
  readonly replay: Judged;
  readonly proxies: readonly (Judged & { readonly proxy: Proxy })[];
}

/** Computes what the report of an arm needs. */
export function analyseArm(data: EstimatorData, uniform: Uniform): ArmAnalysis {
  const { config, epochs } = data;
  const judged = (predictor: Predictor): Judged => ({
    predictor,
    tau: estimated(correlationOf(predictor), data, [predictor], uniform),
  });
  const thesis = thesisEpoch(config);
  return {
    data,
    ceiling: ceilingOf(data, uniform),
    mode: sharedWeightsOf(config).rewardBatchNorm,
    thesis,
    last: config.search.epochs,
    restart: lastRestart(config),
    estimates: epochs.flatMap((epoch) =>
      BATCH_NORMS.map((mode) => ({ ...judged(estimateAt(data, epoch, mode)), epoch, mode }))
    ),
    replay: judged(replayAt(data, thesis)),
    proxies: (Object.keys(PROXIES) as Proxy[]).map((proxy) => ({
      ...judged(proxyOf(data, proxy)),
      proxy,
    })),
  };
}

/** The judged estimate of an epoch and mode; throws where that epoch is none of the study's. */
export function estimateOf(
  { estimates }: ArmAnalysis,
  epoch: number,
  mode: BatchNorm,
): JudgedEstimate {
  const found = estimates.find((one) => one.epoch === epoch && one.mode === mode);
  if (found === undefined) throw new RangeError(`Expected a marked epoch but found ${epoch}`);
  return found;
}

/** Random splits of the trainings whose mean is a reliability. */
const SPLITS = 50;

function ceilingOf({ replicates }: EstimatorData, uniform: Uniform): Ceiling | null {
  const seeds = replicates[0]?.length ?? 0;
  if (seeds < 2 || replicates.length < 3) return null;
  const { half, full, interval, wideEnough } = noiseCeiling(replicates, kendallTau, {
    uniform,
    samples: 2000,
  });
  const ranks = splitHalf(replicates, spearman, uniform, SPLITS);
  const { between, within } = varianceComponents(replicates);
  return {
    seeds,
    half,
    full,
    interval,
    wideEnough,
    reliability: spearmanBrown(ranks, seeds / Math.floor(seeds / 2)),
    between: 100 * Math.sqrt(between),
    within: 100 * Math.sqrt(within),
  };
}

/**
 * Reliability of an estimate as far as its images go: correlation between the two halves of the
 * validation images, and by Spearman and Brown that of all images. NaN where there are no results.
 */
export function imageReliability(
  data: EstimatorData,
  epoch: number,
  mode: BatchNorm,
  correlation: Correlation = pearson,
): { readonly half: number; readonly full: number } {
  const [first, second] = halvesAt(data, epoch, mode);
  const half = agreement(first, second, commonSupernets(first, second), correlation);
  return { half, full: spearmanBrown(half, 2) };
}

/** Correlation of two predictors of the same supernets, mean over these. */
export function agreement(
  { bySupernet: a }: Predictor,
  { bySupernet: b }: Predictor,
  supernets: readonly number[],
  correlation: Correlation = kendallTau,
): number {
  return meanDefined(supernets.map((place) => {
    const [x, y] = [a[place]!, b[place]!];
    return x.length < 2 ? NaN : correlation(x, y);
  }));
}

/** Correlation of a predictor's scores between supernets, mean over pairs of these. */
export function agreementOfSupernets(
  predictor: Predictor,
  correlation: Correlation = kendallTau,
): number {
  const lists = commonSupernets(predictor).map((place) => predictor.bySupernet[place]!);
  return meanDefined(
    lists.flatMap((x, i) => lists.slice(i + 1).map((y) => x.length < 2 ? NaN : correlation(x, y))),
  );
}
