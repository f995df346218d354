/**
 * Quantities over architectures and supernets with intervals and tests. What the conclusion is to hold
 * for is drawn again: architectures, supernets, and seeds of the training from scratch.
 *
 * @module
 */
import {
  bcaInterval,
  type Correlation,
  correlationTest,
  drawAgain,
  type Interval,
  kendallTau,
  mean,
  type PermutationTest,
  redrawReplicates,
  sortedQuantile,
  standardDeviation,
  type Uniform,
} from "../../nas/stats/mod.ts";
import type { EstimatorData } from "./data.ts";
import { commonSupernets, type Predictor } from "./predictors.ts";

/** Architectures and supernets, each perhaps several times, and the architectures' final accuracies. */
export interface Draw {
  /** Places in the lists of {@link EstimatorData}. */
  readonly places: readonly number[];
  readonly supernets: readonly number[];
  /** By the order of {@link Draw.places}. */
  readonly truths: readonly number[];
}

/** A number of a draw; NaN where it is not defined. */
export type Quantity = (draw: Draw) => number;

/** Correlation of a predictor with the final accuracies, mean over supernets. */
export function correlationOf(
  { bySupernet }: Predictor,
  correlation: Correlation = kendallTau,
): Quantity {
  return ({ places, supernets, truths }) =>
    meanDefined(supernets.map((supernet) => {
      const scores = bySupernet[supernet]!;
      return correlation(places.map((place) => scores[place]), truths);
    }));
}

/** How much larger one quantity is than another, in the same draw. */
export function difference(of: Quantity, than: Quantity): Quantity {
  return (draw) => of(draw) - than(draw);
}

/** Mean of the numbers that are defined; NaN where none is. */
export function meanDefined(values: readonly number[]): number {
  const defined = values.filter((value) => !Number.isNaN(value));
  return defined.length === 0 ? NaN : mean(defined);
}

/** A quantity with what is known of its error. */
export interface Estimated {
  readonly value: number;
  /** Architectures and supernets behind it. */
  readonly n: number;
  readonly supernets: number;
  /** Standard error, from the bootstrap. */
  readonly error: number;
  /** Two-sided, against 0, from the bootstrap; and the least that so many resamples can give. */
  readonly p: number;
  readonly smallestP: number;
  /**
   * Of two intervals the outermost ends: BCa over architectures, which holds for these supernets, and
   * percentiles over architectures, supernets and seeds of training.
   */
  readonly interval: (level: number) => Interval;
}

/** Fewest architectures of which anything is said. */
const FEWEST = 3;
/** Resamples behind a claim, whose interval is wider than 95 %, and behind an interval to look at. */
export const CLAIM_SAMPLES = 4000;
const SAMPLES = 1000;

/** Estimates a quantity of these predictors; null where there are too few architectures for any. */
export function estimated(
  quantity: Quantity,
  data: EstimatorData,
  predictors: readonly Predictor[],
  uniform: Uniform,
  samples = SAMPLES,
): Estimated | null {
  const supernets = commonSupernets(...predictors);
  const { replicates, truths } = data;
  if (truths.length < FEWEST || supernets.length === 0) return null;
  const all = truths.map((_, place) => place);
  const value = quantity({ places: all, supernets, truths });
  const drawn = Array.from({ length: samples }, () => {
    const places = drawAgain(all, uniform);
    return quantity({
      places,
      supernets: drawAgain(supernets, uniform),
      truths: places.map((place) => mean(redrawReplicates(replicates[place], uniform))),
    });
  }).filter((one) => !Number.isNaN(one));
  const sorted = Float64Array.from(drawn).sort();
  const known = !Number.isNaN(value) && drawn.length > 1;
  const beyond = Math.min(
    drawn.filter((one) => one <= 0).length,
    drawn.filter((one) => one >= 0).length,
  );
  const ofPlaces = (places: readonly number[]) =>
    quantity({ places, supernets, truths: places.map((place) => truths[place]) });
  const intervals = new Map<number, Interval>();
  return {
    value,
    n: truths.length,
    supernets: supernets.length,
    error: known ? standardDeviation(drawn) : NaN,
    p: known ? Math.min(1, 2 * (1 + beyond) / (1 + drawn.length)) : NaN,
    smallestP: known ? 2 / (1 + drawn.length) : NaN,
    interval(level) {
      const before = intervals.get(level);
      if (before !== undefined) return before;
      const bca = bcaInterval(all, ofPlaces, { level, samples, uniform });
      const [low, high] = known
        ? [(1 - level) / 2, (1 + level) / 2].map((p) => sortedQuantile(sorted, p))
        : [NaN, NaN];
      const interval = { low: Math.min(low, bca.low), high: Math.max(high, bca.high), level };
      intervals.set(level, interval);
      return interval;
    },
  };
}

/**
 * Tests a quantity against no association, by giving each architecture the final accuracy of another;
 * null where there are too few architectures.
 */
export function permutationOf(
  quantity: Quantity,
  { truths }: EstimatorData,
  predictors: readonly Predictor[],
  uniform: Uniform,
  samples = 10_000,
): PermutationTest | null {
  const supernets = commonSupernets(...predictors);
  if (truths.length < FEWEST || supernets.length === 0) return null;
  const places = truths.map((_, place) => place);
  const of = (_: readonly number[], order: readonly number[]) =>
    quantity({ places, supernets, truths: order });
  return correlationTest(of, places, truths, { uniform, samples });
}

/** An interval that holds 0 wherever a test at its level does not reject 0. */
export function notBeyondTest({ low, high, level }: Interval, p: number): Interval {
  return p > 1 - level
    ? { low: Math.min(low, 0), high: Math.max(high, 0), level }
    : { low, high, level };
}
