/**
 * Evidence for a ledger from plain numbers: correlations, differences of groups, spreads.
 *
 * @module
 */
import {
  architecturesForTau,
  bcaInterval,
  clipInterval,
  correlationTest,
  type Evidence,
  kendallTau,
  pairedTest,
  pairsForDifference,
  powerOfDifference,
  powerOfPairs,
  powerOfTau,
  runsForDifference,
  signFlipTest,
  spreadBeyondImages,
  standardDeviation,
  stratifiedDifferenceTest,
  stratifiedWelchTest,
  type Stratum,
  type Uniform,
  variance,
} from "../../nas/stats/mod.ts";

/** Rank correlation of estimates with ground truths, architecture by architecture. */
export function tauEvidence(
  estimates: readonly number[],
  truths: readonly number[],
  margin: number,
  uniform: Uniform,
): Evidence {
  const test = correlationTest(kendallTau, estimates, truths, { uniform });
  const places = estimates.map((_, i) => i);
  const of = (drawn: readonly number[]) =>
    kendallTau(drawn.map((i) => estimates[i]), drawn.map((i) => truths[i]));
  return {
    statistic: "Kendall's tau-b of estimate and final accuracy",
    value: test.statistic,
    p: test.p,
    smallestP: test.smallestP,
    n: estimates.length,
    unit: "architectures",
    power: powerOfTau(estimates.length, margin, uniform),
    nToDecide: architecturesForTau(margin, uniform, { trials: 1000 }),
    interval: (level) => bcaInterval(places, of, { level, uniform }),
  };
}

/** How far two accuracies can be apart, in points. */
export const POINTS = 100;
/** How far two shares can be apart, as fractions. */
export const SHARES = 1;

/**
 * Difference of means of two groups of runs, averaged over strata. All numbers in one unit.
 *
 * @param limit how far apart the two can be, {@link POINTS} for accuracies; intervals end there
 */
export function differenceEvidence(
  strata: readonly Stratum[],
  margin: number,
  uniform: Uniform,
  limit: number,
): Evidence {
  const test = stratifiedDifferenceTest(strata, { uniform });
  const groups = strata.flatMap(({ a, b }) => [a, b]);
  const freedom = groups.reduce((sum, group) => sum + group.length - 1, 0);
  const squares = groups.reduce(
    (sum, group) => sum + (group.length === 1 ? 0 : variance(group) * (group.length - 1)),
    0,
  );
  const deviation = Math.sqrt(squares / freedom);
  const runs = strata.reduce((sum, { a, b }) => sum + Math.min(a.length, b.length), 0);
  const known = freedom > 0 && deviation > 0;
  return {
    statistic: strata.length === 1
      ? "difference of means"
      : `difference of means, averaged over ${strata.length} settings`,
    value: test.statistic,
    p: test.p,
    smallestP: test.smallestP,
    n: runs,
    unit: "runs an arm",
    power: known ? powerOfDifference(runs, margin, deviation) : null,
    nToDecide: known ? runsForDifference(margin, deviation) : null,
    interval: (level) => clipInterval(stratifiedWelchTest(strata, level).interval, -limit, limit),
  };
}

/**
 * Mean of paired differences, all in one unit.
 *
 * @param limit how far apart a pair can be, {@link POINTS} for accuracies; intervals end there
 */
export function pairedEvidence(
  differences: readonly number[],
  margin: number,
  uniform: Uniform,
  limit: number,
): Evidence {
  const test = signFlipTest(differences, { uniform });
  const deviation = standardDeviation(differences);
  return {
    statistic: "mean of paired differences",
    value: test.statistic,
    p: test.p,
    smallestP: test.smallestP,
    n: differences.length,
    unit: "pairs",
    power: deviation > 0 ? powerOfPairs(differences.length, margin, deviation) : null,
    nToDecide: deviation > 0 ? pairsForDifference(margin, deviation) : null,
    interval: (level) => clipInterval(pairedTest(differences, level).interval, -limit, limit),
  };
}

/** Deviation of accuracies (fractions) beyond the noise of `images` images each; value in points. */
export function spreadEvidence(accuracies: readonly number[], images: number): Evidence {
  const { deviation, noise, p } = spreadBeyondImages(accuracies, images);
  return {
    statistic: `deviation beyond that of ${images} images (${(100 * noise).toFixed(2)} points)`,
    value: 100 * deviation,
    p,
    smallestP: NaN,
    n: accuracies.length,
    unit: "architectures",
    power: null,
    nToDecide: null,
    interval(level) {
      const { interval: { low, high } } = spreadBeyondImages(accuracies, images, level);
      return { low: 100 * low, high: 100 * high, level };
    },
  };
}

/** How far a printed number is from the counted one, in powers of ten. There is no chance in it. */
export function countEvidence(printed: bigint, counted: bigint): Evidence {
  const decades = log10(printed) - log10(counted);
  return {
    statistic: "printed over counted number, in powers of ten",
    value: decades,
    p: NaN,
    smallestP: NaN,
    n: 1,
    unit: "count",
    power: null,
    nToDecide: null,
    interval: (level) => ({ low: decades, high: decades, level }),
  };
}

function log10(value: bigint): number {
  const digits = value.toString();
  return Math.log10(Number(digits.slice(0, 15))) + Math.max(0, digits.length - 15);
}
