/**
 * Ranks under several orders.
 *
 * @module
 */

import type { StudyFigureOf } from "../../nas/stats/study_report.ts";
import { type ChartConfig, chartOptions } from "../charts.ts";
import { runColour, withAlpha } from "../palette.ts";
import { type DrawnChart, namedAxis, scalesOf } from "./parts.ts";

/** Draws ranks. */
export function bumpChart({ orders, lines }: StudyFigureOf<"bump">): DrawnChart {
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
