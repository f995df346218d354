/**
 * The exact distribution of Kendall's tau when there is no association and no tie: what a number of
 * architectures can show at all.
 *
 * @module
 */
import { StatsError } from "./errors.ts";

/** Probability of each number of discordant pairs, 0 to n(n − 1)/2, for `n` values in random order. */
export function discordanceDistribution(n: number): Float64Array {
  requireCount(n);
  let distribution = Float64Array.of(1);
  // The k-th value to be inserted makes 0 to k − 1 discordant pairs, each as likely.
  for (let k = 2; k <= n; k++) {
    const next = new Float64Array(distribution.length + k - 1);
    let window = 0;
    for (let d = 0; d < next.length; d++) {
      // Reading past the end would be slow, and thousands of values are meant to be quick.
      if (d < distribution.length) window += distribution[d];
      if (d >= k) window -= distribution[d - k];
      next[d] = window / k;
    }
    distribution = next;
  }
  return distribution;
}

/** Exact two-sided p of a tau of `n` untied pairs. */
export function kendallP(n: number, tau: number): number {
  const distribution = discordanceDistribution(n);
  const pairs = distribution.length - 1;
  const least = Math.abs(tau) * pairs - 1e-9;
  return Math.min(
    1,
    distribution.reduce((sum, p, d) => Math.abs(pairs - 2 * d) >= least ? sum + p : sum, 0),
  );
}

/**
 * Least |tau| of `n` untied values that is significant at `level`, two-sided; null where none is, not
 * even 1.
 */
export function criticalTau(n: number, level = 0.05): number | null {
  const distribution = discordanceDistribution(n);
  const pairs = distribution.length - 1;
  let [tail, critical] = [0, null as number | null];
  for (let d = 0; 2 * d < pairs; d++) {
    tail += 2 * distribution[d];
    if (tail > level + 1e-12) break;
    critical = 1 - 2 * d / pairs;
  }
  return critical;
}

function requireCount(n: number): void {
  if (!Number.isInteger(n) || n < 2) {
    throw new StatsError(`Expected n of at least 2 but found ${n}`);
  }
}
