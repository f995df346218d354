/**
 * How batch normalisation was evaluated for an estimate, in words.
 *
 * @module
 */

import type { BatchNormMode } from "../nas/run/events.ts";
import { findSettingText } from "./settings.ts";
import { type RunSummary, sharesWeights } from "./run_summary.ts";

const NAMES: Readonly<Record<BatchNormMode, string>> = {
  batch: "minibatch statistics",
  moving: "moving averages",
  recalibrated: "recalibrated averages",
};

/**
 * A mode in two words.
 *
 * @param mode as the event names it
 * @returns such as `moving averages`; the mode itself where it is an unknown one
 */
export function batchNormName(mode: BatchNormMode): string {
  return Object.hasOwn(NAMES, mode) ? NAMES[mode] : mode;
}

/**
 * The modes of a run's estimates.
 *
 * @param run the run
 * @returns each mode once, in the order of the log; empty when nothing was scored
 */
export function batchNormModes(run: Pick<RunSummary, "arcs" | "best">): BatchNormMode[] {
  const scored = run.best === null ? run.arcs : [...run.arcs, run.best];
  return [...new Set(scored.map(({ batchNorm }) => batchNorm))];
}

/**
 * Says for a caption which modes the estimates of some runs were measured with.
 *
 * @param runs the runs of the report
 * @returns a sentence with a space before it; empty when nothing was scored
 */
export function batchNormCaption(runs: readonly RunSummary[]): string {
  const scored = runs.filter((run) => batchNormModes(run).length > 0);
  const names = (run: RunSummary) => batchNormModes(run).map(batchNormName).join(" and ");
  const distinct = [...new Set(scored.map(names))];
  if (distinct.length === 0) return "";
  if (distinct.length === 1) return ` Batch norm: ${distinct[0]}.`;
  return ` Batch norm: ${scored.map((run) => `${names(run)} in ${run.label}`).join(", ")}.`;
}

/**
 * Explains every mode that the runs used.
 *
 * @param runs the runs of the report
 * @returns plain sentences, one a mode
 */
export function batchNormSentences(runs: readonly RunSummary[]): string[] {
  const modes = new Set(runs.flatMap(batchNormModes));
  const batches = [
    ...new Set(
      runs.filter((run) => batchNormModes(run).includes("recalibrated"))
        .map(({ config }) => findSettingText(config, "recalibrationBatches") ?? "some"),
    ),
  ].join(" or ");
  const sentences: Readonly<Record<BatchNormMode, string>> = {
    batch:
      "Estimates with minibatch statistics normalise each validation minibatch by its own mean " +
      "and variance, so they depend on how images are put into batches.",
    moving: "Estimates with moving averages normalise by the means and variances kept while the " +
      (runs.every(sharesWeights)
        ? "shared weights were trained; these mix many arcs and fit none exactly."
        : "weights were trained; those of shared weights mix many arcs and fit none exactly."),
    recalibrated:
      "Estimates with recalibrated averages normalise by means and variances measured " +
      `anew for each arc: before it is scored, ${batches} training batches run through it alone ` +
      "while its weights stay as they are. They fit the arc, and do not depend on the validation " +
      "batches.",
  };
  return (["batch", "moving", "recalibrated"] as const).filter((mode) => modes.has(mode))
    .map((mode) => sentences[mode]);
}
