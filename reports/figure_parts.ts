/**
 * What all figures are built with.
 *
 * @module
 */

import {
  type ChartAxes,
  type ChartFigure,
  joinTable,
  lineConfig,
  type LineSeries,
  type Point,
} from "./charts.ts";
import { runColour, SKIP_COLOUR } from "./palette.ts";
import type { Row } from "./rows.ts";
import type { RunSummary } from "./run_summary.ts";

/**
 * A line chart with its table.
 *
 * @param id unique on the page
 * @param title heading
 * @param caption what one sees
 * @param axes axes of the chart
 * @param series the lines
 * @param wide takes the whole width of the page
 * @returns the figure, or null when no series has a point
 */
export function figure(
  id: string,
  title: string,
  caption: string,
  axes: ChartAxes,
  series: readonly LineSeries[],
  wide = false,
): ChartFigure | null {
  const drawn = series.filter(({ points }) => points.length > 0);
  if (drawn.length === 0) return null;
  return {
    id,
    title,
    caption,
    config: lineConfig(axes, drawn),
    table: joinTable(axes.x, drawn),
    wide,
  };
}

/**
 * One column of a run's rows as a series, coloured by meaning or, among several runs, by run.
 *
 * @param run the run
 * @param r its place in the report
 * @param several whether the report shows several runs
 * @param label name of the series
 * @param rows the rows
 * @param x column along the horizontal axis
 * @param y column drawn; rows without it are left out
 * @param look how the series is drawn
 * @returns the series
 */
export function line<Column extends string>(
  run: RunSummary,
  r: number,
  several: boolean,
  label: string,
  rows: readonly Row<Column>[],
  x: Column,
  y: Column,
  look: LineSeries["look"] = "line",
): LineSeries {
  const points = rows.flatMap((row): Point[] => {
    const at = row[x], value = row[y];
    return at === null || value === null || !Number.isFinite(value) ? [] : [{ x: at, y: value }];
  });
  return {
    label: name(run, several, label),
    points,
    colour: y === "skipRate" && !several ? SKIP_COLOUR : runColour(several ? r : 0),
    look,
  };
}

/**
 * Name of a series, with the run's label where there are several.
 *
 * @param run the run
 * @param several whether the report shows several runs
 * @param label name within the run
 * @returns the name
 */
export function name(run: RunSummary, several: boolean, label: string): string {
  return several ? `${run.label}: ${label.toLowerCase()}` : label;
}

/**
 * Leaves out what is null.
 *
 * @param items figures or nulls
 * @returns the figures
 */
export function present<T>(items: readonly (T | null)[]): T[] {
  return items.filter((item) => item !== null);
}
