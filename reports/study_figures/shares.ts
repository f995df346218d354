/**
 * Parts of a whole.
 *
 * @module
 */

import type { StudyFigureOf } from "../../nas/stats/study_report.ts";
import { shareConfig } from "../charts.ts";
import { runColour } from "../palette.ts";
import type { DrawnChart } from "./parts.ts";

/** Draws shares. */
export function sharesChart({ bars, parts }: StudyFigureOf<"shares">): DrawnChart {
  const config = shareConfig(
    { x: "", y: "share", percent: true },
    bars,
    parts.map(({ label, shares }, i) => ({ label, shares, colour: runColour(i) })),
  );
  const table = {
    columns: ["", ...parts.map(({ label }) => label)],
    rows: bars.map((bar, i) => [bar, ...parts.map(({ shares }) => shares[i])]),
  };
  return { config, table };
}
