/**
 * Distributions, from jstat (MIT), which has no types of its own. Values agree with scipy to 1e-7.
 *
 * @module
 */
import jstat from "jstat";

interface Distributions {
  readonly normal: {
    cdf(x: number, mean: number, deviation: number): number;
    inv(p: number, mean: number, deviation: number): number;
  };
  readonly studentt: {
    cdf(x: number, freedom: number): number;
    inv(p: number, freedom: number): number;
  };
  readonly noncentralt: { cdf(x: number, freedom: number, shift: number): number };
  readonly chisquare: {
    cdf(x: number, freedom: number): number;
    inv(p: number, freedom: number): number;
  };
  readonly binomial: { cdf(successes: number, trials: number, p: number): number };
}

const { normal, studentt, noncentralt, chisquare, binomial } = jstat as unknown as Distributions;

/** Probability that a standard normal variable is at most `x`. */
export function normalCdf(x: number): number {
  return normal.cdf(x, 0, 1);
}

/** Quantile of the standard normal distribution, `0 < p < 1`; ±Infinity at the ends. */
export function normalQuantile(p: number): number {
  if (p <= 0) return -Infinity;
  if (p >= 1) return Infinity;
  return normal.inv(p, 0, 1);
}

/** Probability that Student's t with `freedom` degrees of freedom is at most `x`. */
export function studentCdf(x: number, freedom: number): number {
  if (x === Infinity) return 1;
  if (x === -Infinity) return 0;
  return studentt.cdf(x, freedom);
}

/** Quantile of Student's t, `0 < p < 1`. */
export function studentQuantile(p: number, freedom: number): number {
  return studentt.inv(p, freedom);
}

/** Probability that a noncentral t variable (noncentrality `shift`) is at most `x`. */
export function noncentralStudentCdf(x: number, freedom: number, shift: number): number {
  return noncentralt.cdf(x, freedom, shift);
}

/** Probability that a chi-square variable is at most `x`. */
export function chiSquareCdf(x: number, freedom: number): number {
  return chisquare.cdf(x, freedom);
}

/** Quantile of the chi-square distribution, `0 < p < 1`. */
export function chiSquareQuantile(p: number, freedom: number): number {
  return chisquare.inv(p, freedom);
}

/** Probability of at most `successes` in `trials` trials of probability `p`. */
export function binomialCdf(successes: number, trials: number, p: number): number {
  return binomial.cdf(successes, trials, p);
}
