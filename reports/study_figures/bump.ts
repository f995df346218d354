/**
 * Ranks of the same things under several orders; the names stand at both ends of the lines.
 *
 * @module
 */

import type { StudyFigureOf } from "../../nas/stats/study_report.ts";
import { type ChartConfig, chartOptions } from "../charts.ts";
import { withAlpha } from "../palette.ts";
import { type DrawnChart, namedAxis, NOT_RUN, scalesOf, seriesStyle } from "./parts.ts";

type Bump = StudyFigureOf<"bump">;

/** Draws one line a thing. */
export function bumpChart(figure: Bump): DrawnChart {
  const { orders, lines } = figure;
  const rankOf = (ranks: readonly (number | null)[], order: number) => ranks[order] ?? null;
  return {
    config: config(figure),
    table: {
      columns: ["", ...orders],
      rows: lines.map(({ label, ranks }) => [label, ...orders.map((_, i) => rankOf(ranks, i))]),
      none: ["", ...orders.map(() => NOT_RUN)],
    },
    height: 90 + 19 * Math.max(6, lines.length),
    wide: orders.length > 5,
  };
}

function config({ orders, lines }: Bump): ChartConfig {
  const options = chartOptions({ x: "", y: "rank" }, {});
  const scales = scalesOf(options);
  scales.x = namedAxis(orders);
  const count = Math.max(1, lines.length);
  const ranks: Record<string, unknown> = {
    ...namedAxis([]),
    reverse: true,
    min: 0.5,
    max: count + 0.5,
  };
  const { names: _, ...plain } = ranks;
  scales.y = { ...plain, whole: true, title: { display: true, text: "rank" } };
  scales.last = {
    ...ranks,
    names: namesByRank(lines, orders.length - 1, count),
    position: "right",
    ticks: { ...(ranks.ticks as object), autoSkip: false },
  };
  return {
    type: "line",
    data: {
      datasets: lines.map(({ label, ranks }, i) => {
        const { colour, dash, shape } = seriesStyle(i);
        return {
          label,
          data: orders.map((_, x) => ({ x, y: ranks[x] ?? null })),
          borderColor: withAlpha(colour, 0.85),
          backgroundColor: colour,
          borderDash: dash,
          pointStyle: shape,
          borderWidth: 2,
          pointRadius: 4,
          pointHitRadius: 8,
          group: i,
        };
      }),
    },
    options: {
      ...options,
      interaction: { mode: "nearest", intersect: false },
      plugins: {
        ...(options.plugins as object),
        // The names stand at the ends of the lines.
        legend: { display: false, labels: {} },
        tooltip: { mode: "nearest", intersect: false, padding: 10 },
      },
    },
  };
}

/** Name at each rank from 1 on under one order; those of one rank stand around it in their order. */
function namesByRank(lines: Bump["lines"], order: number, count: number): string[] {
  const names = new Array<string>(count + 1).fill("");
  const ranked = lines.flatMap(({ label, ranks }) => {
    const rank = ranks[order] ?? null;
    return rank === null ? [] : [{ label, rank }];
  });
  const groups = Map.groupBy(ranked, ({ rank }) => rank);
  let free = 1;
  for (const [rank, group] of [...groups].sort(([a], [b]) => a - b)) {
    let place = Math.max(free, Math.round(rank - (group.length - 1) / 2));
    for (const { label } of group) if (place <= count) names[place++] = label;
    free = place;
  }
  return names;
}
