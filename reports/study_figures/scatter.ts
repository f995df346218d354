/**
 * Points with error bars both ways.
 *
 * @module
 */

import type { StudyFigureOf } from "../../nas/stats/study_report.ts";
import { type ChartConfig, chartOptions, type ChartTable } from "../charts.ts";
import { runColour } from "../palette.ts";
import { type DrawnChart, percentTicks, points, pointwise, scalesOf } from "./parts.ts";

/** Draws points. */
export function scatterChart(figure: StudyFigureOf<"scatter">): DrawnChart {
  return { config: scatterConfig(figure), table: scatterTable(figure) };
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
