/**
 * Values with intervals, one below the other.
 *
 * @module
 */

import type { StudyFigureOf } from "../../nas/stats/study_report.ts";
import { median } from "../../nas/stats/summary.ts";
import { type ChartConfig, type ChartDataset, chartOptions, type ChartTable } from "../charts.ts";
import { RUN_COLOURS, runColour } from "../palette.ts";
import { type DrawnChart, namedAxis, percentTicks, points, pointwise, scalesOf } from "./parts.ts";

/** Draws intervals. */
export function intervalsChart(figure: StudyFigureOf<"intervals">): DrawnChart {
  return { config: intervalConfig(figure), table: intervalTable(figure) };
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
