/**
 * Every run of every arm as a point, beside the arm's mean with its interval.
 *
 * @module
 */

import type { StudyFigureOf } from "../../nas/stats/study_report.ts";
import { mean } from "../../nas/stats/summary.ts";
import { pairedTest } from "../../nas/stats/two_groups.ts";
import { chartOptions } from "../charts.ts";
import { runColour, withAlpha } from "../palette.ts";
import {
  applyAxis,
  type DrawnChart,
  namedAxis,
  NOT_RUN,
  placeName,
  points,
  pointwise,
  scalesOf,
} from "./parts.ts";

type Strips = StudyFigureOf<"strips">;

/** Where the runs lie within an arm's place, from −0.5 to 0.5, and where the mean does. */
const RUNS = { from: -0.28, to: 0.12 } as const;
const MEAN = 0.3;

/** Draws one strip an arm. */
export function stripsChart({ y, arms }: Strips): DrawnChart {
  const options = chartOptions({ x: "", y: y.title }, {});
  const scales = scalesOf(options);
  scales.x = namedAxis(arms.map(({ label, values }) => placeName(label, values.length > 0)));
  applyAxis(scales.y, y);
  Object.assign(scales.y, { grace: "8%" });
  const runs = arms.flatMap(({ values }, arm) =>
    values.map((value, run) => ({
      name: `run ${run + 1}`,
      x: arm + RUNS.from + (RUNS.to - RUNS.from) * (run + 0.5) / values.length,
      y: value,
    }))
  );
  const means = arms.flatMap(({ values }, arm) => {
    if (values.length === 0) return [];
    const { low, high } = meanOf(values);
    const point = { x: arm + MEAN, y: mean(values) };
    return [low === null || high === null ? point : { ...point, yMin: low, yMax: high }];
  });
  return {
    config: {
      type: "scatterWithErrorBars",
      data: {
        datasets: [
          { ...points("run", withAlpha(runColour(0), 0.75), runs), pointRadius: 4 },
          {
            ...points("mean with its 95 % interval", runColour(1), means),
            pointStyle: "rectRot",
            pointRadius: 6,
          },
        ],
      },
      options: pointwise(options),
    },
    table: {
      columns: ["arm", "run", y.title, "low", "high"],
      rows: arms.flatMap(({ label, values }) => {
        if (values.length === 0) return [[label, null, null, null, null]];
        const { low, high } = meanOf(values);
        return [
          ...values.map((value, i) => [label, String(i + 1), value, null, null]),
          [label, "mean", mean(values), low, high],
        ];
      }),
      none: ["", NOT_RUN, NOT_RUN, "–", "–"],
    },
    wide: arms.length > 6,
  };
}

/** Student's 95 % interval of a mean; null ends where one run, or none that differs, gives none. */
function meanOf(values: readonly number[]): { low: number | null; high: number | null } {
  const { interval: { low, high } } = pairedTest(values);
  return Number.isNaN(low) ? { low: null, high: null } : { low, high };
}
