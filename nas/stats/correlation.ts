/**
 * Correlations of two lists. The sign is kept: a strong negative correlation is no success of an
 * estimator. All are NaN where a list is constant.
 *
 * @module
 */
import { requirePairs, StatsError } from "./errors.ts";
import { mean } from "./summary.ts";

/** A correlation of two equally long lists. */
export type Correlation = (x: readonly number[], y: readonly number[]) => number;

/** Pearson's product-moment correlation. */
export function pearson(x: readonly number[], y: readonly number[]): number {
  requirePairs(x, y);
  const [mx, my] = [mean(x), mean(y)];
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [dx, dy] = [x[i] - mx, y[i] - my];
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  if (isConstant(x) || isConstant(y)) return NaN;
  return Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)));
}

/** Spearman's rank correlation: Pearson's of the midranks. */
export function spearman(x: readonly number[], y: readonly number[]): number {
  requirePairs(x, y);
  return pearson(midranks(x), midranks(y));
}

/** Pairs of places by how two lists order them. */
export interface PairCounts {
  readonly concordant: number;
  readonly discordant: number;
  /** Pairs with equal values, in each list; a pair equal in both counts in both. */
  readonly tiedX: number;
  readonly tiedY: number;
  /** n(n − 1)/2. */
  readonly pairs: number;
}

/** Counts concordant, discordant and tied pairs, by looking at each. */
export function countPairs(x: readonly number[], y: readonly number[]): PairCounts {
  requirePairs(x, y);
  let [discordant, tied, tiedX, tiedY] = [0, 0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [xi, yi] = [x[i], y[i]];
    for (let j = 0; j < i; j++) {
      const [xj, yj] = [x[j], y[j]];
      if (xi === xj || yi === yj) {
        tied++;
        if (xi === xj) tiedX++;
        if (yi === yj) tiedY++;
      } else {
        // Arithmetic in place of a branch: which way a pair falls cannot be foreseen, and resampling
        // comes here many million times.
        discordant += Number(xi > xj) ^ Number(yi > yj);
      }
    }
  }
  const pairs = x.length * (x.length - 1) / 2;
  return { concordant: pairs - tied - discordant, discordant, tiedX, tiedY, pairs };
}

/** Kendall's tau-b, which allows for ties. */
export function kendallTau(x: readonly number[], y: readonly number[]): number {
  const { concordant, discordant, tiedX, tiedY, pairs } = countPairs(x, y);
  if (tiedX === pairs || tiedY === pairs) return NaN;
  return (concordant - discordant) / Math.sqrt((pairs - tiedX) * (pairs - tiedY));
}

/**
 * Kendall's tau of lists in which no value comes twice, for simulations: the pairs are counted while
 * sorting, so that thousands of values take no longer than they must.
 */
export function untiedTau(x: readonly number[], y: readonly number[]): number {
  requirePairs(x, y);
  const order = x.map((_, i) => i).sort((a, b) => x[a] - x[b]);
  const pairs = x.length * (x.length - 1) / 2;
  return (pairs - 2 * inversions(Float64Array.from(order, (i) => y[i]))) / pairs;
}

/** Pairs of places whose values stand in falling order; sorts `values` on the way (merge sort). */
function inversions(values: Float64Array<ArrayBuffer>): number {
  const n = values.length;
  let [from, to, count] = [values, new Float64Array(n), 0];
  for (let width = 1; width < n; width *= 2) {
    for (let start = 0; start < n; start += 2 * width) {
      const middle = Math.min(start + width, n);
      const end = Math.min(start + 2 * width, n);
      let [left, right] = [start, middle];
      for (let at = start; at < end; at++) {
        if (right === end || (left < middle && from[left] <= from[right])) to[at] = from[left++];
        else {
          // It passes all that is left of the first half.
          count += middle - left;
          to[at] = from[right++];
        }
      }
    }
    [from, to] = [to, from];
  }
  return count;
}

/**
 * Kendall's tau of `x` against `y` rounded to multiples of `step`, so that differences below the noise
 * tie (Yu et al. 2020b, sparse Kendall tau). Take `step` from the measured seed deviation of `y`.
 */
export function sparseTau(x: readonly number[], y: readonly number[], step: number): number {
  if (!(step > 0)) throw new StatsError(`Expected a step above 0 but found ${step}`);
  requirePairs(x, y);
  return kendallTau(x, y.map((value) => Math.round(value / step)));
}

/**
 * Weighted tau (Vigna 2015) with additive hyperbolic weights: exchanges among the largest values
 * count most. Mean of the ranking by x and of that by y, as scipy's `weightedtau`.
 */
export function weightedTau(x: readonly number[], y: readonly number[]): number {
  requirePairs(x, y);
  return (rankedTau(x, y, fallingRanks(x, y)) + rankedTau(x, y, fallingRanks(y, x))) / 2;
}

function rankedTau(x: readonly number[], y: readonly number[], ranks: readonly number[]): number {
  let [both, ofX, ofY] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      const weight = 1 / (ranks[i] + 1) + 1 / (ranks[j] + 1);
      const [dx, dy] = [Math.sign(x[i] - x[j]), Math.sign(y[i] - y[j])];
      both += dx * dy * weight;
      ofX += dx * dx * weight;
      ofY += dy * dy * weight;
    }
  }
  return ofX === 0 || ofY === 0 ? NaN : both / Math.sqrt(ofX * ofY);
}

/** Ranks from 0 by falling `first`, ties by falling `second`. */
function fallingRanks(first: readonly number[], second: readonly number[]): number[] {
  const ranks = new Array<number>(first.length);
  first.map((_, i) => i)
    .sort((a, b) => first[b] - first[a] || second[b] - second[a] || b - a)
    .forEach((place, rank) => ranks[place] = rank);
  return ranks;
}

/**
 * Correlation of `x` and `y` when `z` is held fixed, from the three plain correlations. With Pearson
 * or Spearman the usual partial correlation; with Kendall's tau Kendall's own.
 */
export function partial(
  correlation: Correlation,
  x: readonly number[],
  y: readonly number[],
  z: readonly number[],
): number {
  const [xy, xz, yz] = [correlation(x, y), correlation(x, z), correlation(y, z)];
  return (xy - xz * yz) / Math.sqrt((1 - xz * xz) * (1 - yz * yz));
}

/** Ranks from 1, equal values sharing the mean of theirs. */
export function midranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a] - values[b]);
  const ranks = new Array<number>(values.length);
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let i = start; i < end; i++) ranks[order[i]] = (start + end + 1) / 2;
    start = end;
  }
  return ranks;
}

function isConstant(values: readonly number[]): boolean {
  return values.every((value) => value === values[0]);
}
