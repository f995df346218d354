/**
 * Power: how likely is a study of this size to see an effect of that size, and how large must it be?
 *
 * @module
 */
import { untiedTau } from "./correlation.ts";
import { noncentralStudentCdf, normalQuantile, studentQuantile } from "./distributions.ts";
import { StatsError } from "./errors.ts";
import { criticalTau, kendallP } from "./kendall_null.ts";
import type { Uniform } from "./summary.ts";

/**
 * Power of the two-sided two-sample t-test with `n` runs an arm. `effect` and `deviation` in one unit.
 */
export function powerOfDifference(
  n: number,
  effect: number,
  deviation: number,
  level = 0.05,
): number {
  return powerOfStudent(2 * n - 2, Math.abs(effect) / deviation * Math.sqrt(n / 2), level);
}

/** Power of the two-sided t-test of `n` paired differences of that deviation. */
export function powerOfPairs(n: number, effect: number, deviation: number, level = 0.05): number {
  return powerOfStudent(n - 1, Math.abs(effect) / deviation * Math.sqrt(n), level);
}

function powerOfStudent(freedom: number, shift: number, level: number): number {
  if (freedom < 1) return 0;
  const critical = studentQuantile(1 - level / 2, freedom);
  return 1 - noncentralStudentCdf(critical, freedom, shift) +
    noncentralStudentCdf(-critical, freedom, shift);
}

/** Least runs an arm with which the two-sample t-test has `power`. */
export function runsForDifference(
  effect: number,
  deviation: number,
  power = 0.8,
  level = 0.05,
): number {
  requirePositive(effect, "effect");
  requirePositive(deviation, "deviation");
  const start = Math.floor(normalRuns(effect, deviation, power, level));
  return leastFrom(start, (n) => powerOfDifference(n, effect, deviation, level) >= power);
}

/** Least number of paired differences with which the t-test has `power`. */
export function pairsForDifference(
  effect: number,
  deviation: number,
  power = 0.8,
  level = 0.05,
): number {
  requirePositive(effect, "effect");
  requirePositive(deviation, "deviation");
  const start = Math.floor(normalRuns(effect, deviation, power, level) / 2);
  return leastFrom(start, (n) => powerOfPairs(n, effect, deviation, level) >= power);
}

function leastFrom(start: number, enough: (n: number) => boolean): number {
  let n = Math.max(2, start);
  while (!enough(n)) n++;
  return n;
}

/** Runs an arm by the normal approximation, which is about one too few; for comparison with texts. */
export function normalRuns(effect: number, deviation: number, power = 0.8, level = 0.05): number {
  return 2 * ((normalQuantile(1 - level / 2) + normalQuantile(power)) * deviation / effect) ** 2;
}

/** Standard normal numbers from uniform ones (Box–Muller). */
export function normalDraw(uniform: Uniform): number {
  return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/**
 * Power of the exact two-sided test of Kendall's tau with `n` architectures, when scores and truths
 * are normal with that true tau; by `trials` simulated studies.
 */
export function powerOfTau(
  n: number,
  tau: number,
  uniform: Uniform,
  { level = 0.05, trials = 2000 }: { readonly level?: number; readonly trials?: number } = {},
): number {
  const critical = criticalTau(n, level);
  if (critical === null) return 0;
  // Kendall's tau of a bivariate normal pair is 2/π·asin(correlation).
  const correlation = Math.sin(Math.PI / 2 * tau);
  const rest = Math.sqrt(1 - correlation ** 2);
  let seen = 0;
  for (let trial = 0; trial < trials; trial++) {
    const x = Array.from({ length: n }, () => normalDraw(uniform));
    const y = x.map((value) => correlation * value + rest * normalDraw(uniform));
    if (Math.abs(untiedTau(x, y)) >= critical - 1e-9) seen++;
  }
  return seen / trials;
}

/**
 * Least number of architectures with which the test of tau has `power`; null where `most` are not
 * enough. By simulation, so the last figure depends on the draws.
 */
export function architecturesForTau(
  tau: number,
  uniform: Uniform,
  { power = 0.8, level = 0.05, most = 2000, trials = 2000 } = {},
): number | null {
  requirePositive(Math.abs(tau), "tau");
  let [low, high] = [4, 8];
  const enough = (n: number) => powerOfTau(n, tau, uniform, { level, trials }) >= power;
  while (!enough(high)) {
    if (high >= most) return null;
    [low, high] = [high, Math.min(most, high * 2)];
  }
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (enough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** Least number of architectures with which a tau that large would be significant, or null. */
export function architecturesForSignificance(tau: number, level = 0.05, most = 400): number | null {
  for (let n = 4; n <= most; n++) if (kendallP(n, tau) <= level) return n;
  return null;
}

function requirePositive(value: number, what: string): void {
  if (!(value > 0)) throw new StatsError(`Expected the ${what} to be above 0 but found ${value}`);
}
