/**
 * What is choosing by a predictor worth? A search draws some architectures and keeps the one with the
 * best score.
 *
 * @module
 */
import { binomial, expectedBestOf, mean } from "../../nas/stats/mod.ts";
import { meanDefined, type Quantity } from "./inference.ts";
import type { Predictor } from "./predictors.ts";

/** Architectures among which a search of the thesis chose. */
const CHOICES = 10;

/** Among how many of `n` architectures is chosen: as many as in the thesis, at most half of all. */
export function choicesAmong(n: number): number {
  return Math.max(1, Math.min(CHOICES, Math.floor(n / 2)));
}

/**
 * Probability of each architecture to have the best score among `k` drawn without replacement. Equal
 * scores share equally.
 */
export function chosenShares(scores: readonly number[], k: number): number[] {
  const n = scores.length;
  const order = scores.map((_, place) => place).sort((a, b) => scores[a] - scores[b]);
  const shares = new Array<number>(n);
  for (let start = 0; start < n;) {
    let end = start;
    while (end < n && scores[order[end]] === scores[order[start]]) end++;
    // One of places start to end − 1 is best where all k lie below end and not all below start.
    const share = (binomial(end, k) - binomial(start, k)) / binomial(n, k) / (end - start);
    for (let place = start; place < end; place++) shares[order[place]] = share;
    start = end;
  }
  return shares;
}

/** Expected final accuracy of the best-scored of `k` random architectures, as a fraction. */
export function chosenAccuracy(
  scores: readonly number[],
  truths: readonly number[],
  k: number,
): number {
  return chosenShares(scores, k).reduce((sum, share, place) => sum + share * truths[place], 0);
}

/** By how many points choosing the best-scored of `k` beats taking one at random; mean over supernets. */
export function gainOf({ bySupernet }: Predictor, k: number): Quantity {
  return ({ places, supernets, truths }) =>
    100 * meanDefined(supernets.map((supernet) => {
      const scores = bySupernet[supernet]!;
      return chosenAccuracy(places.map((place) => scores[place]), truths, k) - mean(truths);
    }));
}

/** Probability that the best-scored of `k` is truly better than one at random; 0.5 is chance. */
export function beatsRandom({ bySupernet }: Predictor, k: number): Quantity {
  return ({ places, supernets, truths }) => {
    const below = truths.map((truth) =>
      mean(truths.map((other) => other < truth ? 1 : other === truth ? 0.5 : 0))
    );
    return meanDefined(supernets.map((supernet) => {
      const scores = bySupernet[supernet]!;
      return chosenAccuracy(places.map((place) => scores[place]), below, k);
    }));
  };
}

/** The gain of whoever knows the final accuracies, in points. */
export function perfectGain(truths: readonly number[], k: number): number {
  return 100 * (expectedBestOf(truths, k) - mean(truths));
}
