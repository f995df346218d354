/**
 * Permutation tests: how often does chance alone give a statistic at least as far from zero? Exact
 * where all arrangements can be looked at, by random arrangements otherwise.
 *
 * @module
 */
import type { Correlation } from "./correlation.ts";
import { requireFinite, requirePairs } from "./errors.ts";
import { mean, shuffled, type Uniform } from "./summary.ts";

/** Result of a two-sided permutation test. */
export interface PermutationTest {
  /** The statistic of the data as they are. */
  readonly statistic: number;
  /** NaN where the statistic is. */
  readonly p: number;
  /**
   * Least p that any data of this size (and these ties) could have reached: a test whose smallest p is
   * above the level cannot reject.
   */
  readonly smallestP: number;
  readonly exact: boolean;
  /** Arrangements looked at. */
  readonly arrangements: number;
}

/** How a permutation test is done. */
export interface PermutationOptions {
  /** Random arrangements where there are too many for all; default 10,000. */
  readonly samples?: number;
  readonly uniform: Uniform;
}

/** Most arrangements that are all looked at: 9! = 362,880. */
const MOST_ARRANGEMENTS = 362_880;
/** Statistics closer than this count as equal: sums in another order differ in their last bits. */
const EQUAL = 1e-12;

/** Tests a correlation against no association, by rearranging `y`. */
export function correlationTest(
  correlation: Correlation,
  x: readonly number[],
  y: readonly number[],
  options: PermutationOptions,
): PermutationTest {
  requirePairs(x, y);
  const statistic = correlation(x, y);
  if (factorial(y.length) <= MOST_ARRANGEMENTS) {
    return exactTest(statistic, permutations(y), (order) => correlation(x, order));
  }
  return sampledTest(statistic, options, () => correlation(x, shuffled(y, options.uniform)));
}

/** Tests the difference of means `mean(b) − mean(a)`, by rearranging who belongs to which. */
export function differenceTest(
  a: readonly number[],
  b: readonly number[],
  options: PermutationOptions,
): PermutationTest {
  requireFinite(a, 1);
  requireFinite(b, 1);
  const all = [...a, ...b];
  const total = all.reduce((sum, value) => sum + value, 0);
  const difference = (sumB: number) => sumB / b.length - (total - sumB) / a.length;
  const statistic = mean(b) - mean(a);
  if (binomial(all.length, b.length) <= MOST_ARRANGEMENTS) {
    return exactTest(statistic, subsetSums(all, b.length), difference);
  }
  const sample = () => {
    const chosen = shuffled(all, options.uniform).slice(0, b.length);
    return difference(chosen.reduce((sum, value) => sum + value, 0));
  };
  return sampledTest(statistic, options, sample);
}

/**
 * Tests the mean of the differences `mean(b) − mean(a)` of several strata, by rearranging within each.
 */
export function stratifiedDifferenceTest(
  strata: readonly { readonly a: readonly number[]; readonly b: readonly number[] }[],
  options: PermutationOptions,
): PermutationTest {
  const parts = strata.map(({ a, b }) => {
    requireFinite(a, 1);
    requireFinite(b, 1);
    const all = [...a, ...b];
    const total = all.reduce((sum, value) => sum + value, 0);
    const difference = (sumB: number) => sumB / b.length - (total - sumB) / a.length;
    return { all, size: b.length, difference, found: mean(b) - mean(a) };
  });
  const statistic = mean(parts.map(({ found }) => found));
  const count = parts.reduce((n, { all, size }) => n * binomial(all.length, size), 1);
  if (count <= MOST_ARRANGEMENTS) {
    const choices = parts.map(({ all, size, difference }) =>
      [...subsetSums(all, size)].map(difference)
    );
    return exactTest(statistic, sumsOfChoices(choices), (sum) => sum / parts.length);
  }
  const sample = () =>
    mean(parts.map(({ all, size, difference }) => {
      const chosen = shuffled(all, options.uniform).slice(0, size);
      return difference(chosen.reduce((sum, value) => sum + value, 0));
    }));
  return sampledTest(statistic, options, sample);
}

/** Sums of one number of each list, in all combinations. */
function* sumsOfChoices(
  lists: readonly (readonly number[])[],
  from = 0,
  sum = 0,
): Generator<number> {
  if (from === lists.length) {
    yield sum;
    return;
  }
  for (const value of lists[from]) yield* sumsOfChoices(lists, from + 1, sum + value);
}

/** Tests whether the mean of paired differences is 0, by flipping signs. */
export function signFlipTest(
  differences: readonly number[],
  options: PermutationOptions,
): PermutationTest {
  requireFinite(differences, 1, "differences");
  const statistic = mean(differences);
  const n = differences.length;
  if (2 ** n <= MOST_ARRANGEMENTS) {
    const flipped = function* () {
      for (let bits = 0; bits < 2 ** n; bits++) {
        yield differences.reduce((sum, d, i) => sum + (bits >> i & 1 ? -d : d), 0) / n;
      }
    };
    return exactTest(statistic, flipped(), (value) => value);
  }
  const sample = () =>
    differences.reduce((sum, d) => sum + (options.uniform() < 0.5 ? -d : d), 0) / n;
  return sampledTest(statistic, options, sample);
}

function exactTest<Arrangement>(
  statistic: number,
  arrangements: Iterable<Arrangement>,
  of: (arrangement: Arrangement) => number,
): PermutationTest {
  let [count, asFar, most, farthest] = [0, 0, 0, -Infinity];
  for (const arrangement of arrangements) {
    const distance = Math.abs(of(arrangement));
    count++;
    if (distance >= Math.abs(statistic) - EQUAL) asFar++;
    if (distance > farthest + EQUAL) [farthest, most] = [distance, 1];
    else if (distance >= farthest - EQUAL) most++;
  }
  const undefinedStatistic = Number.isNaN(statistic);
  return {
    statistic,
    p: undefinedStatistic ? NaN : asFar / count,
    smallestP: undefinedStatistic ? NaN : most / count,
    exact: true,
    arrangements: count,
  };
}

/** The data count as one arrangement, so p is never 0 and the test stays valid. */
function sampledTest(
  statistic: number,
  { samples = 10_000 }: PermutationOptions,
  draw: () => number,
): PermutationTest {
  let asFar = 1;
  for (let i = 0; i < samples; i++) {
    if (Math.abs(draw()) >= Math.abs(statistic) - EQUAL) asFar++;
  }
  return {
    statistic,
    p: Number.isNaN(statistic) ? NaN : asFar / (samples + 1),
    smallestP: 1 / (samples + 1),
    exact: false,
    arrangements: samples + 1,
  };
}

/** All orders of `values` (Heap's algorithm); the yielded list is reused. */
function* permutations(values: readonly number[]): Generator<readonly number[]> {
  const order = [...values];
  const counts = order.map(() => 0);
  yield order;
  for (let i = 1; i < order.length;) {
    if (counts[i] < i) {
      const j = i % 2 === 0 ? 0 : counts[i];
      [order[i], order[j]] = [order[j], order[i]];
      yield order;
      counts[i]++;
      i = 1;
    } else {
      counts[i] = 0;
      i++;
    }
  }
}

/** Sums of all choices of `size` of `values`. */
function* subsetSums(
  values: readonly number[],
  size: number,
  from = 0,
  sum = 0,
): Generator<number> {
  if (size === 0) {
    yield sum;
    return;
  }
  for (let i = from; i <= values.length - size; i++) {
    yield* subsetSums(values, size - 1, i + 1, sum + values[i]);
  }
}

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}

/** Number of ways to choose `k` of `n`; 0 where there are none. */
export function binomial(n: number, k: number): number {
  if (k < 0 || k > n) return 0;
  const fewer = Math.min(k, n - k);
  let ways = 1;
  for (let i = 1; i <= fewer; i++) ways = ways * (n - fewer + i) / i;
  return Math.round(ways);
}
