/**
 * Is the best found? A search takes the top of an estimator's ranking, so that is what is judged here.
 * Scores and truths: higher is better. Ties in the score are broken against the estimator's favour:
 * by the falling place in the list, which nobody chose by its truth.
 *
 * @module
 */
import { requirePairs, StatsError } from "./errors.ts";
import { binomial } from "./permutation.ts";
import { mean } from "./summary.ts";

/** How good the top `k` of a ranking are. */
export interface TopK {
  readonly k: number;
  /** Share of the estimator's top k that truly belong to the top k (also its recall). */
  readonly precision: number;
  /** {@link TopK.precision} over what chance gives, k/n. */
  readonly enrichment: number;
  /** True rank of the best among the top k, from 1, over n (Ning et al. 2021, BR@K). */
  readonly bestRank: number;
  /** True rank of the worst among the top k, over n (WR@K). */
  readonly worstRank: number;
  /** Truth lost by taking the best of the top k instead of the best of all. */
  readonly regret: number;
}

/** Judges the top `k` of `scores` by `truths`. Throws `StatsError` where k is not in 1..n. */
export function topK(scores: readonly number[], truths: readonly number[], k: number): TopK {
  requirePairs(scores, truths);
  const n = scores.length;
  if (!Number.isInteger(k) || k < 1 || k > n) {
    throw new StatsError(`Expected k from 1 to ${n} but found ${k}`);
  }
  const chosen = byFalling(scores).slice(0, k);
  const trueOrder = byFalling(truths);
  const rankOf = new Map(trueOrder.map((place, rank) => [place, rank + 1]));
  const ranks = chosen.map((place) => rankOf.get(place)!);
  const precision = ranks.filter((rank) => rank <= k).length / k;
  return {
    k,
    precision,
    enrichment: precision / (k / n),
    bestRank: Math.min(...ranks) / n,
    worstRank: Math.max(...ranks) / n,
    regret: truths[trueOrder[0]] - Math.max(...chosen.map((place) => truths[place])),
  };
}

function byFalling(values: readonly number[]): number[] {
  return values.map((_, i) => i).sort((a, b) => values[b] - values[a] || b - a);
}

/**
 * Expected maximum of `k` of the values drawn without replacement: what "best of k" gives at random,
 * so that a chosen best of 10 is compared with the best of 10 random ones.
 */
export function expectedBestOf(values: readonly number[], k: number): number {
  const n = values.length;
  if (!Number.isInteger(k) || k < 1 || k > n) {
    throw new StatsError(`Expected k from 1 to ${n} but found ${k}`);
  }
  const sorted = [...values].sort((a, b) => a - b);
  // The i-th smallest is the best of a draw when the other k − 1 lie below it.
  return sorted.reduce((sum, value, i) => sum + value * binomial(i, k - 1), 0) / binomial(n, k);
}

/** Improvement over the mean random architecture in per cent of it (Yang et al. 2020, RI). */
export function relativeImprovement(accuracy: number, random: readonly number[]): number {
  const centre = mean(random);
  return 100 * (accuracy - centre) / centre;
}
