/**
 * Lines over a common axis, with bands over runs and a small panel below.
 *
 * @module
 */

import type { StudyFigureOf } from "../../nas/stats/study_report.ts";
import {
  type ChartConfig,
  type ChartDataset,
  type ChartTable,
  joinTable,
  lineConfig,
} from "../charts.ts";
import { RUN_COLOURS, withAlpha } from "../palette.ts";
import {
  applyAxis,
  type DrawnChart,
  errorBars,
  type FigureAxis,
  fits,
  leftOutNote,
  scalesOf,
  seriesStyle,
} from "./parts.ts";

type Lines = StudyFigureOf<"lines">;
type Series = Lines["series"][number];

/** Draws one line a series. */
export function linesChart(figure: Lines): DrawnChart {
  const { x, y, under } = figure;
  let leftOut = 0;
  const within = (axis: FigureAxis) => (one: Series): Series => {
    const kept = one.points.filter((point) => fits(x, point.x) && fits(axis, point.y));
    leftOut += one.points.length - kept.length;
    const points = kept.map((point) => fits(axis, point.low) ? point : { ...point, low: point.y });
    return { ...one, points };
  };
  const series = figure.series.map(within(y));
  const below = under?.series.map(within(under.y)) ?? [];
  return {
    config: config(figure, series, below),
    table: table(x.title, [...figure.series, ...(under?.series ?? [])]),
    ...(under === undefined ? {} : { height: 380 }),
    ...leftOutNote(leftOut),
  };
}

function config(
  { x, y, under }: Lines,
  series: readonly Series[],
  below: readonly Series[],
): ChartConfig {
  const axes = { x: x.title, y: y.title, percent: y.percent };
  const all = [...series, ...below];
  const plain = lineConfig(
    axes,
    all.map(({ label, points }) => ({ label, points, look: "marked" })),
  );
  const scales = scalesOf(plain.options);
  applyAxis(scales.x, x);
  applyAxis(scales.y, y);
  if (under !== undefined) {
    scales.under = structuredClone(scales.y);
    applyAxis(scales.under, under.y);
    scales.under.title = { display: true, text: under.y.title };
    scales.under.ticks = { ...(scales.under.ticks as object), maxTicksLimit: 3 };
    Object.assign(scales.y, { stack: "panels", stackWeight: 3, weight: 2 });
    Object.assign(scales.under, { stack: "panels", stackWeight: 1, weight: 1, offset: true });
  }
  const lines = plain.data.datasets.map((dataset, i): ChartDataset => {
    const isBelow = i >= series.length;
    const { colour, dash, shape } = styleOf(i, series.length);
    return {
      ...dataset,
      borderColor: colour,
      backgroundColor: colour,
      pointStyle: shape,
      borderDash: all[i].dashed ? [6, 4] : dash,
      group: i,
      pointRadius: isBelow && all[i].points.length > 1 ? 0 : marks(all[i], i),
      ...(isBelow ? { yAxisID: "under", borderWidth: 1.6 } : {}),
      ...(isBanded(all[i]) && all[i].points.length === 1 ? lonePoint(all[i], colour) : {}),
    };
  });
  const edges = all.flatMap((one, i) =>
    isBanded(one) && one.points.length > 1 ? band(one, i, styleOf(i, series.length).colour) : []
  );
  // Bands come first in the list: an edge is filled down to the data set before it.
  const order = edges.length === 0
    ? lines
    : [...edges.map((edge, i) => i % 2 === 0 ? edge : { ...edge, fill: i - 1 }), ...lines];
  const yOf = (dataset: ChartDataset): ChartDataset =>
    dataset.silent === true && (dataset.group as number) >= series.length
      ? { ...dataset, yAxisID: "under" }
      : dataset;
  return { ...plain, data: { datasets: order.map(yOf) } };
}

/** Look of a line; the panel below begins with the colour that stands back. */
function styleOf(i: number, above: number) {
  return seriesStyle(i < above ? i : RUN_COLOURS.length - 1 + i - above);
}

/**
 * Sizes of the marks: all of a few points, about ten of many, at other places for each line, and those
 * that no line leads to.
 */
function marks({ points }: Series, i: number): number | number[] {
  if (points.length <= MOST_MARKS) return points.length === 1 ? 4 : 3.5;
  const every = Math.ceil(points.length / 10);
  const isLone = (place: number) =>
    [place - 1, place + 1].every((beside) => (points[beside]?.y ?? null) === null);
  return points.map((_, place) => (place + 2 * i) % every === 0 || isLone(place) ? 3.5 : 0);
}

const MOST_MARKS = 16;

function isBanded({ points }: Series): boolean {
  return points.some(({ y, low, high }) => y !== null && low !== null && high !== null);
}

/** Lower and upper edge of a band; the upper one is filled down to the lower. */
function band({ label, points }: Series, i: number, colour: string): [ChartDataset, ChartDataset] {
  const edge = (end: "low" | "high"): ChartDataset => ({
    label: `${label}, ${end}`,
    data: points.map(({ x, y, [end]: value }) => ({ x, y: y === null ? null : value ?? y })),
    silent: true,
    group: i,
    borderWidth: 0,
    pointRadius: 0,
    pointHitRadius: 0,
    pointHoverRadius: 0,
    backgroundColor: withAlpha(colour, 0.16),
    fill: false,
    order: 1000 + i,
  });
  return [edge("low"), edge("high")];
}

/** A single point has no band, so its interval is a bar. */
function lonePoint({ points: [{ x, y, low, high }] }: Series, colour: string) {
  return {
    type: "scatterWithErrorBars",
    data: [{ x, y, low, high, yMin: low, yMax: high }],
    ...errorBars(withAlpha(colour, 0.65)),
  };
}

function table(x: string, series: readonly Series[]): ChartTable {
  const columns = series.flatMap((one) => {
    const { label, points } = one;
    return [
      { label, points: points.map(({ x, y }) => ({ x, y })) },
      ...(isBanded(one)
        ? (["low", "high"] as const).map((end) => ({
          label: `${label}, ${end}`,
          points: points.map(({ x, [end]: value }) => ({ x, y: value })),
        }))
        : []),
    ];
  });
  const joined = joinTable(x, columns);
  return { ...joined, none: joined.columns.map(() => "–") };
}
