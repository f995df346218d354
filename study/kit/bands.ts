/**
 * Means over runs with intervals, as points of a line with a band.
 *
 * @module
 */
import { clipInterval, mean, pairedTest } from "../../nas/stats/mod.ts";
import { fixedNumber } from "../../nas/text/words.ts";

/** A mean with the ends of its interval, which are null with fewer than two runs. */
export interface Band {
  readonly y: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** A band at a place of the horizontal axis. */
export interface BandPoint extends Band {
  readonly x: number;
}

/** Smallest and largest value that a quantity can have; bands end there. */
export type Range = readonly [least: number, most: number];

/** Accuracies, shares and what else is a fraction. */
export const FRACTION: Range = [0, 1];

/** Mean of at least one run with its 95 % interval (Student's t); the mean alone where all are equal. */
export function meanBand(values: readonly number[], [least, most]: Range): Band {
  const y = mean(values);
  if (values.length < 2) return { y, low: null, high: null };
  if (values.every((value) => value === values[0])) return { y, low: y, high: y };
  const { low, high } = clipInterval(pairedTest(values).interval, least, most);
  return { y, low, high };
}

/**
 * A line with its band: at each place the mean over the runs that have a value there.
 *
 * @param runs the points of each run; a null value is left out
 */
export function bandLine(
  runs: readonly (readonly { readonly x: number; readonly y: number | null }[])[],
  range: Range,
): BandPoint[] {
  const byPlace = Map.groupBy(runs.flat().filter(({ y }) => y !== null), ({ x }) => x);
  return [...byPlace]
    .map(([x, points]) => ({ x, ...meanBand(points.map(({ y }) => y!), range) }))
    .sort((a, b) => a.x - b.x);
}

/** `0.41 (0.38 to 0.44)`: a band as text; without the interval where there is none. */
export function bandText(values: readonly number[], digits: number, range: Range): string | null {
  if (values.length === 0) return null;
  const { y, low, high } = meanBand(values, range);
  const text = (value: number) => fixedNumber(value, digits);
  return low === null ? text(y) : `${text(y)} (${text(low)} to ${text(high!)})`;
}
