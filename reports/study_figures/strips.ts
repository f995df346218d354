/**
 * Every run of every arm.
 *
 * @module
 */

import type { StudyFigureOf } from "../../nas/stats/study_report.ts";
import { type ChartConfig, chartOptions, type ChartTable } from "../charts.ts";
import { runColour, withAlpha } from "../palette.ts";
import { type DrawnChart, namedAxis, percentTicks, points, pointwise, scalesOf } from "./parts.ts";

/** Draws runs. */
export function stripsChart(figure: StudyFigureOf<"strips">): DrawnChart {
  return { config: stripsConfig(figure), table: stripsTable(figure) };
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
