/**
 * Do several accuracies differ by more than the finite number of images explains?
 *
 * @module
 */
import type { Interval } from "./bootstrap.ts";
import { chiSquareCdf, chiSquareQuantile } from "./distributions.ts";
import { requireFinite } from "./errors.ts";
import { mean, variance } from "./summary.ts";

/** Spread of accuracies beyond the noise of their images. */
export interface Spread {
  /** Deviation of the true accuracies; 0 where the images explain all of it. */
  readonly deviation: number;
  /** Deviation that the finite number of images alone gives (binomial). */
  readonly noise: number;
  /** Interval of {@link Spread.deviation}, from the chi-square distribution. */
  readonly interval: Interval;
  /** Of the chi-square test against equal accuracies. */
  readonly p: number;
}

/**
 * Spread of `accuracies` (fractions) measured on `images` images each. Seed noise is no part of the
 * noise here: what is left may still be chance of training.
 */
export function spreadBeyondImages(
  accuracies: readonly number[],
  images: number,
  level = 0.95,
): Spread {
  return spreadWithinGroups([accuracies], images, level);
}

/**
 * {@link spreadBeyondImages} of several groups, each around its own mean, such as the architectures of
 * several searches.
 */
export function spreadWithinGroups(
  groups: readonly (readonly number[])[],
  images: number,
  level = 0.95,
): Spread {
  for (const group of groups) requireFinite(group, 2, "accuracies");
  const freedoms = groups.map(({ length }) => length - 1);
  const freedom = freedoms.reduce((sum, of) => sum + of, 0);
  /** Mean over the groups, weighted by their degrees of freedom. */
  const pooled = (of: (group: readonly number[]) => number) =>
    groups.reduce((sum, group, i) => sum + freedoms[i] * of(group), 0) / freedom;
  const found = pooled(variance);
  const noise = pooled((group) => mean(group) * (1 - mean(group)) / images);
  const beyond = (square: number) => Math.sqrt(Math.max(0, square - noise));
  const end = (p: number) => beyond(freedom * found / chiSquareQuantile(p, freedom));
  return {
    deviation: beyond(found),
    noise: Math.sqrt(noise),
    interval: { low: end((1 + level) / 2), high: end((1 - level) / 2), level },
    p: 1 - chiSquareCdf(freedom * found / noise, freedom),
  };
}
