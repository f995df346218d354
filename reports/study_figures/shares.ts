/**
 * Parts of a whole, one bar each.
 *
 * @module
 */

import { SPACES } from "../../nas/space/mod.ts";
import type { StudyFigureOf } from "../../nas/stats/study_report.ts";
import { shareConfig } from "../charts.ts";
import { OP_COLOURS, runColour } from "../palette.ts";
import { type DrawnChart, NOT_RUN, placeName } from "./parts.ts";

/** Draws one bar a whole; ops have the colours that they have in all reports. */
export function sharesChart({ bars, parts }: StudyFigureOf<"shares">): DrawnChart {
  const shareOf = (shares: readonly (number | null)[], bar: number) => shares[bar] ?? null;
  return {
    config: shareConfig(
      { x: "", y: "share", percent: true },
      bars.map((bar, i) => placeName(bar, parts.some(({ shares }) => shareOf(shares, i) !== null))),
      parts.map(({ label, shares }, i) => ({
        label,
        shares: bars.map((_, bar) => shareOf(shares, bar)),
        colour: opFill(label) ?? runColour(i),
      })),
    ),
    table: {
      columns: ["", ...parts.map(({ label }) => label)],
      rows: bars.map((bar, i) => [bar, ...parts.map(({ shares }) => shareOf(shares, i))]),
      none: ["", ...parts.map(() => NOT_RUN)],
    },
    wide: bars.length > 10,
  };
}

/** Colour of an op by its name or label; none for other texts. */
function opFill(text: string): string | null {
  for (const { ops } of Object.values(SPACES)) {
    const op = ops.find(({ name, label }) => text === name || text === label);
    if (op !== undefined) return OP_COLOURS[op.name]?.fill ?? null;
  }
  return null;
}
