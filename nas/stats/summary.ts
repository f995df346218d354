/**
 * Mean, spread and quantiles of a list.
 *
 * @module
 */
import { requireFinite } from "./errors.ts";

/** Source of uniform numbers in [0, 1); give a seeded one, so that a figure can be repeated. */
export type Uniform = () => number;

/** Arithmetic mean. */
export function mean(values: readonly number[]): number {
  requireFinite(values, 1);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample variance (divisor n − 1); NaN for one value. */
export function variance(values: readonly number[]): number {
  const centre = mean(values);
  if (values.length === 1) return NaN;
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}

/** Sample standard deviation (divisor n − 1); NaN for one value. */
export function standardDeviation(values: readonly number[]): number {
  return Math.sqrt(variance(values));
}

/** Quantile by linear interpolation between order statistics (the usual default, type 7). */
export function quantile(values: readonly number[], p: number): number {
  requireFinite(values, 1);
  return sortedQuantile([...values].sort((a, b) => a - b), p);
}

/** {@link quantile} of values that are sorted already. */
export function sortedQuantile(sorted: ArrayLike<number>, p: number): number {
  const place = Math.min(1, Math.max(0, p)) * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(sorted.length - 1, below + 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

/** Middle value; the mean of the two middle ones of an even number. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** A uniform integer from 0 to `count` − 1. */
export function drawIndex(count: number, uniform: Uniform): number {
  return Math.min(count - 1, Math.floor(uniform() * count));
}

/** A random order of `values` (Fisher–Yates). */
export function shuffled<T>(values: readonly T[], uniform: Uniform): T[] {
  const order = [...values];
  for (let i = order.length - 1; i > 0; i--) {
    const j = drawIndex(i + 1, uniform);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
