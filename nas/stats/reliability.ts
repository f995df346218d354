/**
 * How repeatable is what a correlation is computed from? Noise in the ground truth bounds every
 * estimator: the noise ceiling comes first.
 *
 * @module
 */
import {
  type BootstrapInterval,
  type BootstrapOptions,
  hierarchicalInterval,
} from "./bootstrap.ts";
import type { Correlation } from "./correlation.ts";
import { requireFinite, StatsError } from "./errors.ts";
import { drawIndex, mean, shuffled, type Uniform, variance } from "./summary.ts";

/** Reliability of a mean of `times` as many replicates (Spearman–Brown). */
export function spearmanBrown(reliability: number, times: number): number {
  return times * reliability / (1 + (times - 1) * reliability);
}

/**
 * Correlation that would be seen without noise: `observed` over the geometric mean of the two
 * reliabilities. NaN where a reliability is not above 0. May exceed 1 by chance.
 */
export function attenuationCorrected(
  observed: number,
  reliabilityX: number,
  reliabilityY: number,
): number {
  if (!(reliabilityX > 0 && reliabilityY > 0)) return NaN;
  return observed / Math.sqrt(reliabilityX * reliabilityY);
}

/** How well replicates of the same quantity agree. */
export interface NoiseCeiling {
  /** Mean correlation of two disjoint halves of the replicates. */
  readonly half: number;
  /** Expected of two sets of all replicates (Spearman–Brown); of odd numbers the halves leave one out. */
  readonly full: number;
  /** Interval of {@link NoiseCeiling.half}, over architectures and replicates. */
  readonly interval: BootstrapInterval;
  /** The lower end is above 0: the architectures differ by more than seeds do. */
  readonly wideEnough: boolean;
}

/** Random splits into halves of which the mean is taken. */
const SPLITS = 20;

/**
 * Noise ceiling of `replicates[architecture][seed]`, all with the same number of seeds, at least 2. Where
 * it touches 0 the range of the architectures is too narrow for any correlation to show.
 */
export function noiseCeiling(
  replicates: readonly (readonly number[])[],
  correlation: Correlation,
  options: BootstrapOptions,
): NoiseCeiling {
  const seeds = replicates[0]?.length ?? 0;
  if (seeds < 2 || replicates.some((values) => values.length !== seeds)) {
    throw new StatsError(
      "Expected the same number of seeds, at least 2, for every architecture but found " +
        [...new Set(replicates.map(({ length }) => length))].join(", "),
    );
  }
  for (const values of replicates) requireFinite(values, 2, "replicates");
  const half = splitHalf(replicates, correlation, options.uniform, SPLITS);
  // Whole sets of seeds are drawn, not seeds with replacement: halves must not share one.
  const interval = hierarchicalInterval(
    replicates,
    (values, uniform) => shuffled(values, uniform),
    (units) => splitHalf(units, correlation, options.uniform, 1),
    options,
  );
  const full = spearmanBrown(half, seeds / Math.floor(seeds / 2));
  return { half, full, interval, wideEnough: interval.low > 0 };
}

/** Mean correlation between the means of two disjoint halves of the replicates. */
export function splitHalf(
  replicates: readonly (readonly number[])[],
  correlation: Correlation,
  uniform: Uniform,
  splits: number,
): number {
  const seeds = replicates[0].length;
  const size = Math.floor(seeds / 2);
  const found = Array.from({ length: splits }, () => {
    const order = shuffled(Array.from({ length: seeds }, (_, i) => i), uniform);
    const [first, second] = [order.slice(0, size), order.slice(seeds - size)];
    const means = (half: readonly number[]) =>
      replicates.map((values) => mean(half.map((seed) => values[seed])));
    return correlation(means(first), means(second));
  }).filter((value) => !Number.isNaN(value));
  return found.length === 0 ? NaN : mean(found);
}

/** Components of variance of replicated measurements. */
export interface VarianceComponents {
  /** Between architectures, without the noise of replicates; negative estimates are given as 0. */
  readonly between: number;
  /** Between replicates of one architecture. */
  readonly within: number;
  /** between / (between + within): reliability of one replicate (intraclass correlation). */
  readonly reliability: number;
}

/** One-way analysis of variance of `replicates[architecture][replicate]`, of any sizes. */
export function varianceComponents(
  replicates: readonly (readonly number[])[],
): VarianceComponents {
  const groups = replicates.length;
  const all = replicates.flat();
  requireFinite(all, 2);
  const freedom = all.length - groups;
  if (groups < 2 || freedom < 1) {
    throw new StatsError(
      `Expected at least 2 groups and one replicate but found ${groups} groups and ${all.length} values`,
    );
  }
  const grand = mean(all);
  const squaresBetween = replicates.reduce((s, g) => s + g.length * (mean(g) - grand) ** 2, 0);
  const squaresWithin = replicates.reduce(
    (s, g) => s + (g.length === 1 ? 0 : variance(g) * (g.length - 1)),
    0,
  );
  const within = squaresWithin / freedom;
  const size = (all.length - replicates.reduce((s, g) => s + g.length ** 2, 0) / all.length) /
    (groups - 1);
  const between = Math.max(0, (squaresBetween / (groups - 1) - within) / size);
  return { between, within, reliability: between / (between + within) };
}

/** Draws one replicate list again with replacement; for {@link hierarchicalInterval}. */
export function redrawReplicates(values: readonly number[], uniform: Uniform): number[] {
  return values.map(() => values[drawIndex(values.length, uniform)]);
}
