/**
 * Bootstrap intervals. What is drawn again must be what the conclusion is to hold for: architectures
 * first, then seeds within them, then images. Pairing one score with several seeds as if they were
 * separate architectures makes intervals too narrow.
 *
 * @module
 */
import { normalCdf, normalQuantile } from "./distributions.ts";
import { StatsError } from "./errors.ts";
import { drawIndex, mean, sortedQuantile, type Uniform } from "./summary.ts";

/** An interval that covers the true value with probability `level`. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  readonly level: number;
}

/**
 * An interval without what its quantity cannot be: Student's t knows no bounds, and a few runs that differ
 * give an accuracy difference of ±1000 points.
 *
 * @param least smallest value that the quantity can have
 * @param most largest
 */
export function clipInterval<T extends { readonly low: number; readonly high: number }>(
  interval: T,
  least: number,
  most: number,
): T {
  const { low, high } = interval;
  return { ...interval, low: Math.max(least, low), high: Math.min(most, high) };
}

/** How a bootstrap is done. */
export interface BootstrapOptions {
  /** Coverage; default 0.95. */
  readonly level?: number;
  /** Resamples; default 4,000. */
  readonly samples?: number;
  readonly uniform: Uniform;
}

/** A bootstrap interval. */
export interface BootstrapInterval extends Interval {
  /** Share of the resamples that did not define the statistic (e.g. all values equal). */
  readonly undefinedShare: number;
}

/** Fewest units whose resamples say anything: those of four repeat so much that intervals collapse. */
const FEWEST = 5;
/** Fewest units from which the correction of {@link bcaInterval} can be estimated. */
const CORRECTED_FROM = 10;

/**
 * Bias-corrected and accelerated interval (Efron 1987) of a statistic of independent units. It is that
 * of the plain percentiles with fewer than 10 units, from which bias and acceleration cannot be told,
 * and where the correction is not defined (all resamples on one side, a statistic at its bound). NaN
 * ends where the statistic is not defined, and with fewer than 5 units.
 */
export function bcaInterval<Unit>(
  units: readonly Unit[],
  statistic: (units: readonly Unit[]) => number,
  options: BootstrapOptions,
): BootstrapInterval {
  const level = options.level ?? 0.95;
  const found = statistic(units);
  const { sorted, undefinedShare } = resample(
    () => statistic(drawAgain(units, options.uniform)),
    options,
  );
  if (Number.isNaN(found) || sorted.length === 0 || units.length < FEWEST) {
    return { low: NaN, high: NaN, level, undefinedShare };
  }
  const at = correctedPlaces(sorted, found, jackknife(units, statistic), level);
  const [low, high] = at.map((p) => sortedQuantile(sorted, p));
  return { low, high, level, undefinedShare };
}

/**
 * Percentile interval when units have parts of their own: `within` draws the parts of one unit again
 * (seeds of an architecture, images of a score) after the units were drawn. NaN ends as those of
 * {@link bcaInterval}.
 */
export function hierarchicalInterval<Unit>(
  units: readonly Unit[],
  within: (unit: Unit, uniform: Uniform) => Unit,
  statistic: (units: readonly Unit[]) => number,
  options: BootstrapOptions,
): BootstrapInterval {
  const level = options.level ?? 0.95;
  const { uniform } = options;
  const { sorted, undefinedShare } = resample(
    () => statistic(drawAgain(units, uniform).map((unit) => within(unit, uniform))),
    options,
  );
  const [low, high] = sorted.length === 0 || units.length < FEWEST
    ? [NaN, NaN]
    : [(1 - level) / 2, (1 + level) / 2].map((p) => sortedQuantile(sorted, p));
  return { low, high, level, undefinedShare };
}

/** As many units as there are, drawn with replacement. */
export function drawAgain<Unit>(units: readonly Unit[], uniform: Uniform): Unit[] {
  return units.map(() => units[drawIndex(units.length, uniform)]);
}

function resample(
  draw: () => number,
  { samples = 4000 }: BootstrapOptions,
): { sorted: Float64Array; undefinedShare: number } {
  const values = Array.from({ length: samples }, draw);
  const defined = values.filter((value) => !Number.isNaN(value));
  return {
    sorted: Float64Array.from(defined).sort(),
    undefinedShare: 1 - defined.length / samples,
  };
}

/** The statistic without each unit in turn. */
function jackknife<Unit>(
  units: readonly Unit[],
  statistic: (units: readonly Unit[]) => number,
): number[] {
  return units.map((_, i) => statistic(units.filter((_, j) => j !== i)));
}

/** Which quantiles of the resamples are the ends of the interval. */
function correctedPlaces(
  sorted: Float64Array,
  found: number,
  leftOut: readonly number[],
  level: number,
): [number, number] {
  if (!(level > 0 && level < 1)) {
    throw new StatsError(`Expected a level between 0 and 1 but found ${level}`);
  }
  const plain: [number, number] = [(1 - level) / 2, (1 + level) / 2];
  // Values that equal the statistic count half, for the many ties of rank statistics.
  const below = sorted.reduce((n, value) => n + (value < found ? 1 : value === found ? 0.5 : 0), 0);
  const bias = normalQuantile(below / sorted.length);
  if (leftOut.length < CORRECTED_FROM || !Number.isFinite(bias) || leftOut.some(Number.isNaN)) {
    return plain;
  }
  const acceleration = accelerationOf(leftOut);
  return plain.map((p) => {
    const shifted = bias + normalQuantile(p);
    return normalCdf(bias + shifted / (1 - acceleration * shifted));
  }) as [number, number];
}

function accelerationOf(leftOut: readonly number[]): number {
  const centre = mean(leftOut);
  let [cubes, squares] = [0, 0];
  for (const value of leftOut) {
    cubes += (centre - value) ** 3;
    squares += (centre - value) ** 2;
  }
  return squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
}
