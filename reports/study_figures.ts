/**
 * Figures of a study as charts with their numbers.
 *
 * @module
 */

import type { StudyFigure, StudyFigureOf } from "../nas/stats/study_report.ts";
import { median } from "../nas/stats/summary.ts";
import {
  type ChartConfig,
  type ChartDataset,
  type ChartFigure,
  chartOptions,
  type ChartTable,
  joinTable,
  lineConfig,
  shareConfig,
} from "./charts.ts";
import { RUN_COLOURS, runColour, withAlpha } from "./palette.ts";

/** A figure of a study as a chart of the page. */
export function studyChart(figure: StudyFigure): ChartFigure {
  const { id, title, caption } = figure;
  return { id, title, caption, wide: figure.kind === "intervals", ...drawn(figure) };
}

function drawn(figure: StudyFigure): { config: ChartConfig; table: ChartTable } {
  switch (figure.kind) {
    case "intervals":
      return { config: intervalConfig(figure), table: intervalTable(figure) };
    case "scatter":
      return { config: scatterConfig(figure), table: scatterTable(figure) };
    case "lines":
      return { config: linesConfig(figure), table: linesTable(figure) };
    case "strips":
      return { config: stripsConfig(figure), table: stripsTable(figure) };
    case "shares":
      return sharesChart(figure);
    case "bump":
      return bumpChart(figure);
    case "heat":
    case "diagram":
      throw new TypeError(`Expected a chart but found a ${figure.kind}`);
  }
}

/** How error bars look; the plugin takes arrays by state, where these are constant. */
function errorBars(colour: string): Record<string, unknown> {
  return {
    errorBarColor: colour,
    errorBarWhiskerColor: colour,
    errorBarLineWidth: 1.6,
    errorBarWhiskerLineWidth: 1.6,
    errorBarWhiskerSize: 8,
  };
}

function points(label: string, colour: string, data: readonly object[]): ChartDataset {
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

function scalesOf(options: Record<string, unknown>): Record<string, Record<string, unknown>> {
  return options.scales as Record<string, Record<string, unknown>>;
}

/** An axis of named places, one below or beside the other, with room at both ends. */
function namedAxis(labels: readonly string[]): Record<string, unknown> {
  return { type: "category", labels, offset: true, grid: { display: false } };
}

/** Tells one thing under the pointer at a time, as points are no series. */
function pointwise(options: Record<string, unknown>): Record<string, unknown> {
  return {
    ...options,
    interaction: { mode: "nearest", intersect: true },
    plugins: {
      ...(options.plugins as object),
      tooltip: { mode: "nearest", intersect: true, padding: 10 },
    },
  };
}

function percentTicks(axis: { readonly percent: boolean }): Record<string, unknown> {
  return axis.percent
    ? { style: "percent", minimumFractionDigits: 0, maximumFractionDigits: 2 }
    : { maximumSignificantDigits: 4 };
}

function intervalConfig({ axis, margin, rows }: StudyFigureOf<"intervals">): ChartConfig {
  const limit = horizontalLimit(rows, margin);
  const labels = rows.map(({ label }) => label);
  const options = chartOptions({ x: axis.title, y: "" }, {
    type: "linear",
    min: -limit,
    max: limit,
  });
  const scales = scalesOf(options);
  scales.y = { ...namedAxis(labels), border: { display: false } };
  scales.x.ticks = { padding: 6, maxRotation: 0, format: percentTicks(axis) };
  const ends = [labels[0], labels.at(-1)!];
  const border = (places: readonly number[], label: string): ChartDataset => ({
    type: "line",
    label,
    // A point without a place breaks the line between two borders.
    data: places.flatMap((x) =>
      [...ends, null].map((y) => ({ x, y }))
    ) as unknown as ChartDataset["data"],
    borderColor: RUN_COLOURS[7],
    backgroundColor: RUN_COLOURS[7],
    borderDash: places.length > 1 ? [5, 4] : [],
    borderWidth: 1.2,
    pointRadius: 0,
  });
  const values = rows.flatMap(({ label, value, low, high }) =>
    value === null ? [] : [{ x: value, y: label, xMin: low ?? value, xMax: high ?? value }]
  );
  return {
    type: "scatterWithErrorBars",
    data: {
      datasets: [
        points("value with its interval", runColour(0), values),
        border([0], "no difference"),
        ...(margin > 0 ? [border([-margin, margin], `±${margin}: less does not matter`)] : []),
      ],
    },
    options: pointwise(options),
  };
}

/** As wide as most intervals need: one that is many times wider runs out of the chart. */
function horizontalLimit(rows: StudyFigureOf<"intervals">["rows"], margin: number): number {
  const extents = rows.flatMap(({ value, low, high }) =>
    value === null ? [] : [Math.max(Math.abs(low ?? value), Math.abs(high ?? value), margin)]
  );
  if (extents.length === 0) return 1;
  const limit = 1.1 * Math.min(Math.max(...extents), 2.5 * median(extents));
  const step = 10 ** Math.floor(Math.log10(limit));
  return Math.ceil(limit / step) * step;
}

function intervalTable({ axis, rows }: StudyFigureOf<"intervals">): ChartTable {
  return {
    columns: ["", `value (${axis.title})`, "low", "high"],
    rows: rows.map(({ label, value, low, high }) => [label, value, low, high]),
  };
}

function scatterConfig({ x, y, groups }: StudyFigureOf<"scatter">): ChartConfig {
  const options = chartOptions({ x: x.title, y: y.title, percent: y.percent }, { type: "linear" });
  const scales = scalesOf(options);
  scales.x.ticks = { padding: 6, maxRotation: 0, format: percentTicks(x) };
  (scales.y.ticks as Record<string, unknown>).format = percentTicks(y);
  Object.assign(scales.x, { grace: "4%" });
  Object.assign(scales.y, { grace: "4%" });
  return {
    type: "scatterWithErrorBars",
    data: {
      datasets: groups.map(({ label, points: given }, i) =>
        points(
          label,
          runColour(i),
          given.map((p) => ({
            x: p.x,
            y: p.y,
            xMin: p.xLow ?? p.x,
            xMax: p.xHigh ?? p.x,
            yMin: p.yLow ?? p.y,
            yMax: p.yHigh ?? p.y,
          })),
        )
      ),
    },
    options: pointwise(options),
  };
}

function scatterTable({ x, y, groups }: StudyFigureOf<"scatter">): ChartTable {
  return {
    columns: ["group", "", x.title, "low", "high", y.title, "low", "high"],
    rows: groups.flatMap(({ label, points: given }) =>
      given.map((p) => [label, p.label, p.x, p.xLow, p.xHigh, p.y, p.yLow, p.yHigh])
    ),
  };
}

function linesConfig({ x, y, series }: StudyFigureOf<"lines">): ChartConfig {
  const axes = { x: x.title, y: y.title, percent: y.percent };
  const banded = series.some((one) => one.points.some(({ low }) => low !== null));
  const plain = lineConfig(
    axes,
    series.map(({ label, dashed, points: given }, i) => ({
      label,
      points: given.map(({ x, y }) => ({ x, y })),
      colour: runColour(i),
      look: dashed ? "dashed" as const : given.length <= 40 ? "marked" as const : "line" as const,
    })),
  );
  if (!banded) return plain;
  return {
    ...plain,
    type: "scatterWithErrorBars",
    data: {
      datasets: plain.data.datasets.map((dataset, i) => ({
        ...dataset,
        ...errorBars(withAlpha(runColour(i), 0.55)),
        showLine: true,
        data: series[i].points.flatMap(({ x, y, low, high }) =>
          y === null ? [] : [{ x, y, yMin: low ?? y, yMax: high ?? y }]
        ),
      })),
    },
  };
}

function linesTable({ x, series }: StudyFigureOf<"lines">): ChartTable {
  const columns = series.flatMap(({ label, points: given }) => [
    { label, points: given.map(({ x, y }) => ({ x, y })) },
    ...(given.some(({ low }) => low !== null)
      ? [
        { label: `${label}, low`, points: given.map(({ x, low }) => ({ x, y: low })) },
        { label: `${label}, high`, points: given.map(({ x, high }) => ({ x, y: high })) },
      ]
      : []),
  ]);
  return joinTable(x.title, columns);
}

function stripsConfig({ y, arms }: StudyFigureOf<"strips">): ChartConfig {
  const options = chartOptions({ x: "", y: y.title, percent: y.percent }, {
    ...namedAxis(arms.map(({ label }) => label)),
  });
  const scales = scalesOf(options);
  (scales.y.ticks as Record<string, unknown>).format = percentTicks(y);
  Object.assign(scales.y, { grace: "8%" });
  const runs = arms.flatMap(({ label, values }) => values.map((value) => ({ x: label, y: value })));
  const means = arms.flatMap(({ label, values }) =>
    values.length === 0
      ? []
      : [{ x: label, y: values.reduce((sum, value) => sum + value, 0) / values.length }]
  );
  return {
    type: "scatter",
    data: {
      datasets: [
        points("run", withAlpha(runColour(0), 0.7), runs),
        {
          ...points("mean", runColour(1), means),
          pointStyle: "line",
          pointRadius: 18,
          borderWidth: 3,
        },
      ],
    },
    options: pointwise(options),
  };
}

function stripsTable({ y, arms }: StudyFigureOf<"strips">): ChartTable {
  return {
    columns: ["arm", "run", y.title],
    rows: arms.flatMap(({ label, values }) => values.map((value, i) => [label, i + 1, value])),
  };
}

function sharesChart(
  { bars, parts }: StudyFigureOf<"shares">,
): { config: ChartConfig; table: ChartTable } {
  const config = shareConfig(
    { x: "", y: "share", percent: true },
    bars,
    parts.map(({ label, shares }, i) => ({ label, shares, colour: runColour(i) })),
  );
  const table = {
    columns: ["", ...parts.map(({ label }) => label)],
    rows: bars.map((bar, i) => [bar, ...parts.map(({ shares }) => shares[i])]),
  };
  return { config, table };
}

function bumpChart(
  { orders, lines }: StudyFigureOf<"bump">,
): { config: ChartConfig; table: ChartTable } {
  const options = chartOptions({ x: "", y: "rank" }, namedAxis(orders));
  const scales = scalesOf(options);
  scales.y = {
    ...scales.y,
    reverse: true,
    min: 1,
    max: lines.length,
    offset: true,
    ticks: { precision: 0, padding: 8 },
  };
  const config: ChartConfig = {
    type: "line",
    data: {
      labels: orders,
      datasets: lines.map(({ label, ranks }, i) => ({
        label,
        data: ranks,
        borderColor: withAlpha(runColour(i), 0.8),
        backgroundColor: runColour(i),
        borderWidth: 2,
        pointRadius: 4,
      })),
    },
    options: {
      ...options,
      plugins: {
        ...(options.plugins as object),
        ...(lines.length > 12 ? { legend: { display: false } } : {}),
      },
    },
  };
  const table = {
    columns: ["", ...orders],
    rows: lines.map(({ label, ranks }) => [label, ...ranks]),
  };
  return { config, table };
}
