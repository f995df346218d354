/**
 * The chart of the ops that a search samples, in either space.
 *
 * @module
 */

import { DEFAULT_SPACE, SPACE_NAMES, SPACES } from "../nas/space/registry.ts";
import { type ChartFigure, shareConfig } from "./charts.ts";
import { formatPercent } from "./format.ts";
import { opColour } from "./palette.ts";
import type { RunSummary } from "./run_summary.ts";

/**
 * Bars of how often each op was sampled, by epoch.
 *
 * @param run the run
 * @param r its place in the report
 * @param several whether the report shows several runs
 * @returns the figure, or null when no epoch has shares
 */
export function opShareFigure(run: RunSummary, r: number, several: boolean): ChartFigure | null {
  if (run.opShares.length === 0) return null;
  const count = Math.max(...run.opShares.map(({ shares }) => shares.length));
  if (count === 0) return null;
  const name = run.space ??
    SPACE_NAMES.find((candidate) => SPACES[candidate].ops.length === count) ?? DEFAULT_SPACE;
  const { ops: known, words } = SPACES[name];
  const ops = Array.from({ length: count }, (_, op) => known[op]?.label ?? `Op ${op}`);
  const rows = run.opShares.map((
    { epoch, shares },
  ) => [epoch, ...ops.map((_, op) => shares[op] ?? null)]);
  return {
    id: several ? `op_shares_${r + 1}` : "op_shares",
    title: several ? `Share of each op: ${run.label}` : "Share of each op",
    caption:
      `How often each operation was chosen among all ${words.opPlacesOfArcs} sampled in an epoch. ` +
      `Without any preference each would take ${formatPercent(1 / count)}.`,
    config: shareConfig(
      { x: "Epoch", y: `Share of ${words.opPlaces}`, percent: true },
      run.opShares.map(({ epoch }) => String(epoch)),
      ops.map((label, op) => ({
        label,
        colour: opColour(known[op]?.name ?? "").fill,
        shares: run.opShares.map(({ shares }) => shares[op] ?? null),
      })),
    ),
    table: { columns: ["Epoch", ...ops], rows },
    wide: false,
  };
}
