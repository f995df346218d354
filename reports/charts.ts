/**
 * Chart.js configurations as plain JSON: the page and the pictures are drawn from the same ones.
 *
 * @module
 */

import { SERIES_COLOURS, withAlpha } from "./palette.ts";

/** One point; y is null where a line is broken. */
export interface Point {
  readonly x: number;
  readonly y: number | null;
}

/** One data set of a chart: the fields of Chart.js that this report uses. */
export type ChartDataset = Readonly<Record<string, unknown>> & {
  readonly label: string;
  readonly data: readonly (Point | number | null)[];
};

/** A Chart.js configuration that survives `JSON.stringify`. */
export interface ChartConfig {
  readonly type: "line" | "bar" | "scatter" | "scatterWithErrorBars";
  readonly data: {
    readonly labels?: readonly string[];
    readonly datasets: readonly ChartDataset[];
  };
  readonly options: Readonly<Record<string, unknown>>;
}

/** The numbers behind a chart. */
export interface ChartTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
  /** What the page writes for null, by column; nothing where left out. */
  readonly none?: readonly string[];
}

/** A chart with everything the page needs around it. */
export interface ChartFigure {
  /** Unique on the page; also the name of the CSV file. */
  readonly id: string;
  readonly title: string;
  /** What one sees, in plain words. */
  readonly caption: string;
  readonly config: ChartConfig;
  readonly table: ChartTable;
  /** Takes the whole width of the page. */
  readonly wide: boolean;
  /** CSS pixels; 280, and 340 where it is wide, when left out. */
  readonly height?: number;
  /** Other ways to draw the same numbers, such as ranks in place of values. */
  readonly views?: readonly { readonly label: string; readonly config: ChartConfig }[];
}

/** How a series of {@linkcode lineConfig} looks. */
export type SeriesLook = "line" | "thin" | "noise" | "dashed" | "marked" | "points";

/** One series of a line chart. */
export interface LineSeries {
  readonly label: string;
  readonly points: readonly Point[];
  readonly colour?: string | undefined;
  /** `noise`: thin and pale; `marked`: a line with points; `points`: points alone. */
  readonly look?: SeriesLook | undefined;
}

/** Axes of a chart. */
export interface ChartAxes {
  readonly x: string;
  readonly y: string;
  /** The values are fractions, written as per cent. */
  readonly percent?: boolean | undefined;
  /** The vertical axis is logarithmic. */
  readonly logarithmic?: boolean | undefined;
  /** The vertical axis begins at zero, where a small change should look small. */
  readonly fromZero?: boolean | undefined;
  /** The horizontal axis counts whole things, such as epochs. */
  readonly whole?: boolean | undefined;
  /** Ends of the horizontal axis; those of the data when left out. */
  readonly range?: readonly [number, number] | undefined;
}

/**
 * A line chart.
 *
 * @param axes titles and kinds of the axes
 * @param series the lines, drawn in this order
 * @returns the configuration
 */
export function lineConfig(axes: ChartAxes, series: readonly LineSeries[]): ChartConfig {
  const order = series.length;
  const range = axes.range ?? horizontalRange(axes, series);
  const options = chartOptions(axes, { type: "linear", min: range[0], max: range[1] });
  const plugins = options.plugins as Record<string, Record<string, unknown>>;
  plugins.legend.reverse = true;
  return {
    type: "line",
    data: {
      datasets: series.map(({ label, points, colour, look }, place) => ({
        label,
        data: points,
        // Chart.js draws low orders on top.
        order: order - place,
        ...seriesLook(colour ?? SERIES_COLOURS.main, look ?? "line", points.length),
      })),
    },
    options,
  };
}

/**
 * Bars that share the whole height by parts.
 *
 * @param axes titles of the axes
 * @param labels one bar each
 * @param parts the parts from bottom to top, one fraction a bar
 * @returns the configuration
 */
export function shareConfig(
  axes: ChartAxes,
  labels: readonly string[],
  parts: readonly { label: string; colour: string; shares: readonly (number | null)[] }[],
): ChartConfig {
  const options = chartOptions(axes, { type: "category" });
  const scales = options.scales as Record<string, Record<string, unknown>>;
  Object.assign(scales.x, { stacked: true });
  Object.assign(scales.x.ticks as Record<string, unknown>, {
    maxRotation: 60,
    ...(labels.length > 12 ? {} : { autoSkip: false }),
  });
  Object.assign(scales.x.grid as Record<string, unknown>, { display: false });
  Object.assign(scales.y, { stacked: true, min: 0, max: 1 });
  return {
    type: "bar",
    data: {
      labels,
      datasets: parts.map(({ label, colour, shares }) => ({
        label,
        data: shares,
        backgroundColor: colour,
        categoryPercentage: labels.length > 60 ? 1 : 0.9,
        barPercentage: 1,
        maxBarThickness: 90,
      })),
    },
    options,
  };
}

/**
 * Joins the points of several series into one table on their x values.
 *
 * @param x name of the first column
 * @param series the columns after it
 * @returns one row a distinct x, ascending, or as many as a series has points there; null where a
 * series has none
 */
export function joinTable(
  x: string,
  series: readonly { readonly label: string; readonly points: readonly Point[] }[],
): ChartTable {
  const rows = new Map<string, (number | null)[]>();
  series.forEach(({ points }, column) => {
    const times = new Map<number, number>();
    for (const { x, y } of points) {
      const time = (times.get(x) ?? 0) + 1;
      times.set(x, time);
      const key = `${x} ${time}`;
      const row = rows.get(key) ?? [x, ...series.map(() => null)];
      row[column + 1] = y;
      rows.set(key, row);
    }
  });
  return {
    columns: [x, ...series.map(({ label }) => label)],
    rows: [...rows.values()].sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0)),
  };
}

/** From zero to the last point, so that the marks are round numbers; short counts start at one. */
function horizontalRange(axes: ChartAxes, series: readonly LineSeries[]): [number, number] {
  let low = Infinity, high = -Infinity;
  for (const { points } of series) {
    for (const { x } of points) {
      if (x < low) low = x;
      if (x > high) high = x;
    }
  }
  if (low === high) return [low - 1, high + 1];
  return [axes.whole && high <= 15 ? low : Math.min(0, low), high];
}

function seriesLook(colour: string, look: SeriesLook, count: number): Record<string, unknown> {
  const line = {
    borderColor: colour,
    backgroundColor: colour,
    borderWidth: 2,
    // A single point draws no line, so it must be seen as a point.
    pointRadius: count === 1 ? 4 : 0,
    pointHitRadius: 8,
    pointHoverRadius: 4,
    tension: 0,
    // Lets a point at the edge of the chart stay whole.
    clip: 6,
  };
  const marks = count <= 40 ? 3.5 : 0;
  switch (look) {
    case "noise": {
      const pale = withAlpha(colour, 0.5);
      return { ...line, borderColor: pale, backgroundColor: pale, borderWidth: 1.1 };
    }
    case "thin":
      return { ...line, borderWidth: 1.1 };
    case "dashed":
      return { ...line, borderDash: [6, 4] };
    case "marked":
      return { ...line, borderWidth: 2.4, pointRadius: count === 1 ? 4 : marks };
    case "points":
      return {
        ...line,
        showLine: false,
        pointRadius: count > 600 ? 1.8 : 3.5,
        borderWidth: 0,
        backgroundColor: withAlpha(colour, 0.6),
      };
    default:
      return line;
  }
}

/**
 * Options that all charts share.
 *
 * @param axes titles and kinds of the axes
 * @param x further options of the horizontal axis
 * @returns the options of Chart.js
 */
export function chartOptions(axes: ChartAxes, x: Record<string, unknown>): Record<string, unknown> {
  // Chart.js puts in digits of its own choice unless both limits are given.
  const percent = { style: "percent", minimumFractionDigits: 0, maximumFractionDigits: 1 };
  const plain = { maximumSignificantDigits: 4 };
  return {
    responsive: true,
    maintainAspectRatio: false,
    animation: false,
    locale: "en-US",
    interaction: { mode: "nearest", axis: "x", intersect: false },
    layout: { padding: { top: 4, right: 8 } },
    scales: {
      x: {
        ...x,
        title: { display: true, text: axes.x },
        grid: { drawTicks: false },
        border: { display: false },
        ticks: {
          padding: 6,
          maxRotation: 0,
          includeBounds: false,
          autoSkipPadding: 16,
          ...(axes.whole ? { precision: 0 } : {}),
        },
      },
      y: {
        type: axes.logarithmic ? "logarithmic" : "linear",
        ...(axes.fromZero ? { beginAtZero: true } : {}),
        title: { display: true, text: axes.y },
        grid: { drawTicks: false },
        border: { display: false },
        ticks: { padding: 8, maxTicksLimit: 7, format: axes.percent ? percent : plain },
      },
    },
    plugins: {
      legend: {
        position: "top",
        align: "start",
        labels: {
          usePointStyle: true,
          pointStyle: "rectRounded",
          boxWidth: 8,
          boxHeight: 8,
          padding: 14,
        },
      },
      tooltip: { mode: "index", intersect: false, padding: 10 },
    },
  };
}
