/**
 * Lines over a common axis.
 *
 * @module
 */

import type { StudyFigureOf } from "../../nas/stats/study_report.ts";
import { type ChartConfig, type ChartTable, joinTable, lineConfig } from "../charts.ts";
import { runColour, withAlpha } from "../palette.ts";
import { type DrawnChart, errorBars } from "./parts.ts";

/** Draws lines. */
export function linesChart(figure: StudyFigureOf<"lines">): DrawnChart {
  return { config: linesConfig(figure), table: linesTable(figure) };
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
