/**
 * What several kinds of study figures share.
 *
 * @module
 */

import type { ChartConfig, ChartDataset, ChartTable } from "../charts.ts";
import { withAlpha } from "../palette.ts";

/** What a figure is drawn from, and the numbers behind it. */
export interface DrawnChart {
  readonly config: ChartConfig;
  readonly table: ChartTable;
}

/** How error bars look; the plugin takes arrays by state, where these are constant. */
export function errorBars(colour: string): Record<string, unknown> {
  return {
    errorBarColor: colour,
    errorBarWhiskerColor: colour,
    errorBarLineWidth: 1.6,
    errorBarWhiskerLineWidth: 1.6,
    errorBarWhiskerSize: 8,
  };
}

/** A data set of points with error bars. */
export function points(label: string, colour: string, data: readonly object[]): ChartDataset {
  return {
    label,
    data: data as ChartDataset["data"],
    backgroundColor: colour,
    borderColor: colour,
    pointRadius: 5,
    pointHoverRadius: 6,
    ...errorBars(withAlpha(colour, 0.65)),
  };
}

/** The scales of options that `chartOptions` made, to be changed in place. */
export function scalesOf(
  options: Record<string, unknown>,
): Record<string, Record<string, unknown>> {
  return options.scales as Record<string, Record<string, unknown>>;
}

/** An axis of named places, one below or beside the other, with room at both ends. */
export function namedAxis(labels: readonly string[]): Record<string, unknown> {
  return { type: "category", labels, offset: true, grid: { display: false } };
}

/** Tells one thing under the pointer at a time, as points are no series. */
export function pointwise(options: Record<string, unknown>): Record<string, unknown> {
  return {
    ...options,
    interaction: { mode: "nearest", intersect: true },
    plugins: {
      ...(options.plugins as object),
      tooltip: { mode: "nearest", intersect: true, padding: 10 },
    },
  };
}

/** How the numbers of an axis are written. */
export function percentTicks(axis: { readonly percent: boolean }): Record<string, unknown> {
  return axis.percent
    ? { style: "percent", minimumFractionDigits: 0, maximumFractionDigits: 2 }
    : { maximumSignificantDigits: 4 };
}

/** A label of at most `length` characters: head and tail, as labels often differ at the end alone. */
export function shorten(label: string, length: number): string {
  const characters = [...label];
  if (characters.length <= length) return label;
  const tail = Math.floor((length - 1) / 3);
  return [
    ...characters.slice(0, length - 1 - tail),
    "…",
    ...characters.slice(characters.length - tail),
  ]
    .join("");
}
