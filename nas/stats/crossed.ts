/**
 * Where does variation come from? Components of variance of measurements in which every level of each
 * factor meets every level of the others, such as architectures under several supernets and epochs.
 *
 * @module
 */
import { requireFinite, StatsError } from "./errors.ts";
import { mean } from "./summary.ts";

/** Part of the variance that belongs to some factors together. */
export interface CrossedComponent {
  /** Which factors, by place; several of them stand for their interaction. */
  readonly factors: readonly number[];
  /** Negative estimates are given as 0. */
  readonly variance: number;
}

/**
 * Components of variance of a complete crossed design with one value a cell, all factors random, from the
 * mean squares of the analysis of variance and what these are expected to be.
 *
 * @param values One a cell, the last factor running fastest.
 * @param sizes Levels of each factor, at least 2.
 * @returns Single factors first; the last one, of all factors together, is what is left: interaction of
 * all, and the noise of a single measurement.
 * @throws {StatsError} If the number of values is not the product of `sizes`, or a size is below 2.
 */
export function crossedComponents(
  values: readonly number[],
  sizes: readonly number[],
): CrossedComponent[] {
  const cells = sizes.reduce((product, size) => product * size, 1);
  if (values.length !== cells || sizes.some((size) => !(size >= 2))) {
    throw new StatsError(
      `Expected ${sizes.join(" x ")} values, at least 2 a factor, but found ${values.length}`,
    );
  }
  requireFinite(values, 4);
  const subsets = subsetsOf(sizes.length);
  const means = new Map(subsets.map((set) => [set, marginalMeans(values, sizes, set)]));
  const found = new Map<number, number>();
  // From the whole set down: what several factors do together is taken off what fewer of them do.
  for (const set of subsets.filter((set) => set > 0).reverse()) {
    const product = (of: (size: number) => number) =>
      sizes.reduce((total, size, factor) => isIn(factor, set) ? total * of(size) : total, 1);
    const [levels, freedom] = [product((size) => size), product((size) => size - 1)];
    const squares = effects(set, sizes, means).reduce((sum, effect) => sum + effect ** 2, 0);
    let variance = cells / levels * squares / freedom;
    for (const [other, component] of found) {
      if ((other & set) === set) variance -= component * repeatsOf(other, sizes);
    }
    found.set(set, variance / repeatsOf(set, sizes));
  }
  return subsets.filter((set) => set > 0).map((set) => ({
    factors: sizes.flatMap((_, factor) => isIn(factor, set) ? [factor] : []),
    variance: Math.max(0, found.get(set)!),
  }));
}

/** All sets of factors as bits, the smaller before the larger. */
function subsetsOf(factors: number): number[] {
  const size = (set: number) => set.toString(2).replaceAll("0", "").length;
  return Array.from({ length: 2 ** factors }, (_, set) => set)
    .sort((a, b) => size(a) - size(b) || a - b);
}

function isIn(factor: number, set: number): boolean {
  return (set >> factor & 1) === 1;
}

/** In how many cells one level of the set's factors occurs. */
function repeatsOf(set: number, sizes: readonly number[]): number {
  return sizes.reduce((total, size, factor) => isIn(factor, set) ? total : total * size, 1);
}

/** Means over all factors that are not in the set, at the cell of each value. */
function marginalMeans(
  values: readonly number[],
  sizes: readonly number[],
  set: number,
): number[] {
  const keys = values.map((_, cell) => levelKey(cell, sizes, set));
  const groups = Map.groupBy(values.map((value, i) => ({ value, key: keys[i] })), ({ key }) => key);
  const meanOf = new Map(
    [...groups].map(([key, members]) => [key, mean(members.map(({ value }) => value))]),
  );
  return keys.map((key) => meanOf.get(key)!);
}

/** Names the levels of the set's factors at a cell. */
function levelKey(cell: number, sizes: readonly number[], set: number): string {
  const levels: number[] = [];
  let rest = cell;
  for (let factor = sizes.length - 1; factor >= 0; factor--) {
    if (isIn(factor, set)) levels.push(rest % sizes[factor]);
    rest = Math.floor(rest / sizes[factor]);
  }
  return levels.join(",");
}

/** What the set's factors do beyond what fewer of them do, once for each of their levels. */
function effects(
  set: number,
  sizes: readonly number[],
  means: ReadonlyMap<number, readonly number[]>,
): number[] {
  const cells = means.get(set)!.length;
  const effect = (cell: number) =>
    [...means].reduce((sum, [part, of]) => {
      if ((part & set) !== part) return sum;
      const missing = (set ^ part).toString(2).replaceAll("0", "").length;
      return sum + (missing % 2 === 0 ? of[cell] : -of[cell]);
    }, 0);
  const byLevel = new Map<string, number>();
  for (let cell = 0; cell < cells; cell++) {
    const key = levelKey(cell, sizes, set);
    if (!byLevel.has(key)) byLevel.set(key, effect(cell));
  }
  return [...byLevel.values()];
}
