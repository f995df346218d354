/**
 * Values with intervals, one below the other, and a band of what does not matter.
 *
 * @module
 */

import type { StudyFigureOf } from "../../nas/stats/study_report.ts";
import { median } from "../../nas/stats/summary.ts";
import { type ChartConfig, type ChartDataset, chartOptions } from "../charts.ts";
import { RUN_COLOURS, runColour, withAlpha } from "../palette.ts";
import {
  type DrawnChart,
  namedAxis,
  NOT_RUN,
  numberFormat,
  placeName,
  points,
  pointwise,
  scalesOf,
} from "./parts.ts";

type Intervals = StudyFigureOf<"intervals">;

/** Draws one row an interval. */
export function intervalsChart(figure: Intervals): DrawnChart {
  const { axis, rows } = figure;
  return {
    config: config(figure),
    table: {
      columns: ["", `value (${axis.title})`, "low", "high"],
      rows: rows.map(({ label, value, low, high }) => [label, value, low, high]),
      none: ["", NOT_RUN, "–", "–"],
    },
    wide: true,
    height: 110 + 36 * Math.max(2, rows.length),
  };
}

function config({ axis, margin, rows }: Intervals): ChartConfig {
  const [min, max] = horizontalRange(rows, margin);
  const options = chartOptions({ x: axis.title, y: "" }, { type: "linear", min, max });
  const scales = scalesOf(options);
  scales.y = {
    ...namedAxis(rows.map(({ label, value }) => placeName(label, value !== null))),
    reverse: true,
  };
  scales.y.ticks = { ...(scales.y.ticks as object), autoSkip: false };
  scales.x.ticks = { ...(scales.x.ticks as object), format: numberFormat(axis) };
  const values = rows.flatMap(({ value, low, high }, y) =>
    value === null
      ? []
      : [{ x: value, y, ...(low === null || high === null ? {} : { xMin: low, xMax: high }) }]
  );
  const [top, bottom] = [-0.5, Math.max(1, rows.length) - 0.5];
  return {
    type: "scatterWithErrorBars",
    data: {
      datasets: [
        points("value with its interval", runColour(0), values),
        mark("no difference", [[0, top], [0, bottom]]),
        ...(margin > 0
          ? [mark(`±${margin}: less does not matter`, [
            [-margin, top],
            [margin, top],
            [margin, bottom],
            [-margin, bottom],
          ])]
          : []),
      ],
    },
    options: pointwise(options),
  };
}

/** A line of two corners, or the area between more. */
function mark(label: string, corners: readonly (readonly [x: number, y: number])[]): ChartDataset {
  const colour = RUN_COLOURS[7];
  const area = corners.length > 2;
  return {
    type: "line",
    label,
    data: corners.map(([x, y]) => ({ x, y })),
    borderColor: colour,
    backgroundColor: area ? withAlpha(colour, 0.16) : colour,
    borderWidth: area ? 0 : 1.4,
    fill: area ? "shape" : false,
    pointRadius: 0,
    pointHitRadius: 0,
    order: area ? 2 : 1,
  };
}

/**
 * From the lowest end to the highest, 0 and the margin among them; an interval that is many times
 * wider than most runs out of the chart.
 */
function horizontalRange(rows: Intervals["rows"], margin: number): [number, number] {
  const ends = rows.flatMap(({ value, low, high }) =>
    value === null ? [] : [low ?? value, high ?? value]
  );
  if (ends.length === 0) return margin > 0 ? [-2 * margin, 2 * margin] : [-1, 1];
  const widths = ends.map(Math.abs);
  const usual = Math.max(2.5 * median(widths), 1.5 * margin, Number.MIN_VALUE);
  const limit = Math.max(...widths) < 1.5 * usual ? Infinity : usual;
  const low = Math.max(-limit, Math.min(-margin, ...ends));
  const high = Math.min(limit, Math.max(margin, ...ends));
  const [below, above] = [Math.min(0, low), Math.max(0, high)];
  if (below === above) return [-1, 1];
  const step = 10 ** Math.floor(Math.log10(above - below)) / 10;
  const room = 0.04 * (above - below);
  return [
    below === 0 ? 0 - room : Math.floor((below - room) / step) * step,
    above === 0 ? room : Math.ceil((above + room) / step) * step,
  ];
}
