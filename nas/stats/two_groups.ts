/**
 * Two groups of runs: how far apart are their means, could that be chance, and is the difference too
 * small to matter?
 *
 * @module
 */
import type { Interval } from "./bootstrap.ts";
import { binomialCdf, studentCdf, studentQuantile } from "./distributions.ts";
import { requireFinite, StatsError } from "./errors.ts";
import { mean, variance } from "./summary.ts";

/** A difference of means with Student's t behind it. */
export interface MeanDifference {
  /** Second mean minus first, or the mean of paired differences. */
  readonly difference: number;
  readonly standardError: number;
  /** Degrees of freedom; not whole numbers in Welch's test. */
  readonly freedom: number;
  readonly interval: Interval;
  /** Two-sided. */
  readonly p: number;
}

/**
 * Welch's test of `mean(b) − mean(a)`, which allows for unequal spreads. Interval and p are NaN where a
 * group has one value or neither group any spread.
 */
export function welchTest(
  a: readonly number[],
  b: readonly number[],
  level = 0.95,
): MeanDifference {
  requireFinite(a, 1);
  requireFinite(b, 1);
  const [va, vb] = [variance(a) / a.length, variance(b) / b.length];
  const freedom = (va + vb) ** 2 / (va ** 2 / (a.length - 1) + vb ** 2 / (b.length - 1));
  return studentResult(mean(b) - mean(a), Math.sqrt(va + vb), freedom, level);
}

/** Student's test of paired differences against 0. */
export function pairedTest(differences: readonly number[], level = 0.95): MeanDifference {
  requireFinite(differences, 1, "differences");
  const n = differences.length;
  return studentResult(mean(differences), Math.sqrt(variance(differences) / n), n - 1, level);
}

/** Two groups that are compared with each other alone, such as one data set's runs. */
export interface Stratum {
  readonly a: readonly number[];
  readonly b: readonly number[];
}

/**
 * Mean of the differences `mean(b) − mean(a)` of several strata, each counting as much; degrees of
 * freedom by Satterthwaite.
 */
export function stratifiedWelchTest(strata: readonly Stratum[], level = 0.95): MeanDifference {
  const errors = strata.flatMap(({ a, b }) =>
    [a, b].map((group) => {
      requireFinite(group, 1);
      return { square: variance(group) / group.length, freedom: group.length - 1 };
    })
  );
  const total = errors.reduce((sum, { square }) => sum + square, 0);
  const freedom = total ** 2 / errors.reduce((sum, e) => sum + e.square ** 2 / e.freedom, 0);
  const difference = mean(strata.map(({ a, b }) => mean(b) - mean(a)));
  return studentResult(difference, Math.sqrt(total) / strata.length, freedom, level);
}

function studentResult(
  difference: number,
  standardError: number,
  freedom: number,
  level: number,
): MeanDifference {
  const defined = standardError > 0 && freedom > 0;
  const half = defined ? studentQuantile((1 + level) / 2, freedom) * standardError : NaN;
  return {
    difference,
    standardError,
    freedom,
    interval: { low: difference - half, high: difference + half, level },
    p: defined ? 2 * studentCdf(-Math.abs(difference / standardError), freedom) : NaN,
  };
}

/** Result of two one-sided tests. */
export interface Equivalence {
  /** Larger of the two one-sided p: below the level, the difference is smaller than the margin. */
  readonly p: number;
  readonly margin: number;
  /** Interval of 1 − 2·level coverage; equivalence is shown where it lies within ±margin. */
  readonly interval: Interval;
  readonly equivalent: boolean;
}

/** Two one-sided tests (TOST): is the difference shown to be smaller than `margin` either way? */
export function equivalenceTest(
  { difference, standardError, freedom }: MeanDifference,
  margin: number,
  level = 0.05,
): Equivalence {
  if (!(margin > 0)) throw new StatsError(`Expected a margin above 0 but found ${margin}`);
  const { interval } = studentResult(difference, standardError, freedom, 1 - 2 * level);
  if (Number.isNaN(interval.low)) return { p: NaN, margin, interval, equivalent: false };
  const p = Math.max(
    1 - studentCdf((difference + margin) / standardError, freedom),
    studentCdf((difference - margin) / standardError, freedom),
  );
  return { p, margin, interval, equivalent: p < level };
}

/**
 * Hedges' g: the difference `mean(b) − mean(a)` in pooled standard deviations, with the correction for
 * small groups (1 − 3/(4·df − 1)). NaN where there is no spread.
 */
export function hedgesG(a: readonly number[], b: readonly number[]): number {
  const freedom = a.length + b.length - 2;
  const squares = (values: readonly number[]) =>
    values.length === 1 ? 0 : variance(values) * (values.length - 1);
  const pooled = Math.sqrt((squares(a) + squares(b)) / freedom);
  if (!(pooled > 0)) return NaN;
  return (mean(b) - mean(a)) / pooled * (1 - 3 / (4 * freedom - 1));
}

/** Result of McNemar's test. */
export interface McNemar {
  /** Images that only the first network, and only the second, got right. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
  /** Exact, two-sided. */
  readonly p: number;
}

/** McNemar's exact test of two networks on the same images, which removes the images' own noise. */
export function mcnemarTest(first: readonly boolean[], second: readonly boolean[]): McNemar {
  if (first.length !== second.length || first.length === 0) {
    throw new StatsError(
      `Expected two networks on the same images but found ${first.length} and ${second.length}`,
    );
  }
  const onlyFirst = first.filter((right, i) => right && !second[i]).length;
  const onlySecond = second.filter((right, i) => right && !first[i]).length;
  const disagreements = onlyFirst + onlySecond;
  const p = disagreements === 0
    ? 1
    : Math.min(1, 2 * binomialCdf(Math.min(onlyFirst, onlySecond), disagreements, 0.5));
  return { onlyFirst, onlySecond, p };
}
