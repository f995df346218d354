/**
 * Points with error bars both ways, by value or by rank.
 *
 * @module
 */

import { midranks } from "../../nas/stats/correlation.ts";
import type { StudyFigureOf } from "../../nas/stats/study_report.ts";
import { type ChartConfig, chartOptions, type ChartTable } from "../charts.ts";
import {
  applyAxis,
  type DrawnChart,
  fits,
  leftOutNote,
  NOT_RUN,
  points,
  pointwise,
  scalesOf,
  seriesStyle,
} from "./parts.ts";

type Scatter = StudyFigureOf<"scatter">;
type Groups = Scatter["groups"];

/** Draws the values; their ranks are a second view where there are at least two points. */
export function scatterChart(figure: Scatter): DrawnChart {
  const { x, y, groups } = figure;
  const drawn = groups.map(({ label, points }) => ({
    label,
    points: points.filter((point) => fits(x, point.x) && fits(y, point.y)),
  }));
  const count = (all: Groups) => all.reduce((sum, { points }) => sum + points.length, 0);
  const ranked = ranksOf(groups);
  return {
    config: config({ x, y, groups: drawn }),
    table: table(figure, ranked),
    ...(count(groups) < 2 ? {} : {
      views: [{
        label: "Ranks",
        config: config({
          x: { title: `rank of ${x.title} (1 = lowest)`, percent: false },
          y: { title: `rank of ${y.title}`, percent: false },
          groups: ranked,
        }),
      }],
    }),
    ...leftOutNote(count(groups) - count(drawn)),
  };
}

function config({ x, y, groups }: Pick<Scatter, "x" | "y" | "groups">): ChartConfig {
  const options = chartOptions({ x: x.title, y: y.title }, { type: "linear" });
  const scales = scalesOf(options);
  applyAxis(scales.x, x);
  applyAxis(scales.y, y);
  Object.assign(scales.x, { grace: "5%" });
  Object.assign(scales.y, { grace: "5%" });
  return {
    type: "scatterWithErrorBars",
    data: {
      datasets: groups.map(({ label, points: given }, i) => {
        const { colour, shape } = seriesStyle(i);
        const data = given.map((p) => ({
          name: p.label,
          x: p.x,
          y: p.y,
          ...(p.xLow === null || p.xHigh === null
            ? {}
            : { xMin: fits(x, p.xLow) ? p.xLow : p.x, xMax: p.xHigh }),
          ...(p.yLow === null || p.yHigh === null
            ? {}
            : { yMin: fits(y, p.yLow) ? p.yLow : p.y, yMax: p.yHigh }),
        }));
        return { ...points(label, colour, data), pointStyle: shape };
      }),
    },
    options: pointwise(options),
  };
}

/** The same points at the midranks of their values over all groups. */
function ranksOf(groups: Groups): Groups {
  const all = groups.flatMap(({ points }) => points);
  if (all.length === 0) return groups;
  const [x, y] = [midranks(all.map((p) => p.x)), midranks(all.map((p) => p.y))];
  let at = 0;
  return groups.map(({ label, points }) => ({
    label,
    points: points.map((point) => ({
      label: point.label,
      x: x[at],
      y: y[at++],
      xLow: null,
      xHigh: null,
      yLow: null,
      yHigh: null,
    })),
  }));
}

function table({ x, y, groups }: Scatter, ranked: Groups): ChartTable {
  return {
    columns: [
      ...["group", "", x.title, "low", "high", y.title, "low", "high"],
      ...[`rank of ${x.title}`, `rank of ${y.title}`],
    ],
    rows: groups.flatMap(({ label, points }, g) =>
      points.map((p, i) => [
        ...[label, p.label, p.x, p.xLow, p.xHigh, p.y, p.yLow, p.yHigh],
        ...[ranked[g].points[i].x, ranked[g].points[i].y],
      ])
    ),
    none: ["", "", NOT_RUN, "–", "–", NOT_RUN, "–", "–"],
  };
}
