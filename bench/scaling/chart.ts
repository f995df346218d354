/**
 * The chart of a curve: measured points and the fit, by the chart configurations of the reports.
 *
 * @module
 */
import { type ChartConfig, lineConfig } from "../../reports/charts.ts";
import { SERIES_COLOURS } from "../../reports/palette.ts";
import { predict } from "./fits.ts";
import type { SweepResult } from "./run_sweep.ts";
import type { Sweep } from "./sweeps.ts";

/** Points of a drawn curve. */
const STEPS = 60;

/**
 * Points with the range of their samples, the fit, and what the dispatches alone would take. The fit
 * begins at zero, where it shows the fixed cost, unless it is below zero there.
 */
export function scalingChart(sweep: Sweep, { points, fit, dispatchMs }: SweepResult): ChartConfig {
  const last = points[points.length - 1].x;
  const first = predict(fit, 0) < 0 ? points[0].x : 0;
  const curve = Array.from({ length: STEPS + 1 }, (_, i) => {
    const x = first + (last - first) * i / STEPS;
    return { x, y: predict(fit, x) };
  });
  const measured = (key: "median" | "min" | "max") =>
    points.map(({ x, timing }) => ({ x, y: timing[key] }));
  const floor = points.flatMap(({ x, work }) =>
    work === null ? [] : [{ x, y: work.dispatches * dispatchMs }]
  );
  const axes = { x: sweep.variable, y: sweep.unit, fromZero: true };
  return lineConfig(axes, [
    { label: "median", points: measured("median"), look: "points" },
    { label: "fit", points: curve, look: "dashed", colour: SERIES_COLOURS.second },
    { label: "fastest sample", points: measured("min"), look: "noise" },
    { label: "slowest sample", points: measured("max"), look: "noise" },
    ...floor.length === 0
      ? []
      : [{ label: "dispatches alone", points: floor, colour: SERIES_COLOURS.quiet }],
  ]);
}
