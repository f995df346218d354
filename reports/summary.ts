/**
 * Turns the event log of a run into plain series and numbers; nothing here draws.
 *
 * @module
 */

import type { Arc } from "../nas/space/arc.ts";
import { tryParseArc } from "./arc_text.ts";
import { groupEvents } from "./event_groups.ts";
import { finalResult, findMissing, kindOf, scoredArc, spaceOf } from "./log_reading.ts";
import type { RunLog, RunSummary } from "./run_summary.ts";
import { findNameText, findSettingText } from "./settings.ts";

/**
 * Summarises one run. A resumed run may log a step twice: the later line counts.
 *
 * @param run configuration and events
 * @returns plain series and numbers
 */
export function summariseRun(run: RunLog): RunSummary {
  const groups = groupEvents(run.events);
  const { childSteps, epochs, training, best, trained } = groups;
  const lastStep = new Map(childSteps.map((event) => [event.epoch, event.step]));
  const partial = {
    config: run.config,
    path: run.path,
    label: run.config.run,
    status: groups.status,
    message: groups.message,
    kind: kindOf(run),
    sampler: findNameText(run.config, "strategy"),
    evaluator: findNameText(run.config, "evaluator"),
    seed: findSettingText(run.config, "seed") ?? null,
    space: spaceOf(run.config, (best ?? trained)?.arc),
    presetValues: run.presetValues ?? null,
    profile: run.profile ?? null,
    predictions: run.predictions ?? null,
    childSteps,
    controllerSteps: groups.controllerSteps,
    diverged: groups.diverged,
    epochs: epochs.map((event) => ({
      ...event,
      policyAccuracy: event.policyAccuracy ?? null,
      lastStep: lastStep.get(event.epoch) ?? null,
    })),
    opShares: epochs.map((event) => ({ epoch: event.epoch, shares: event.opShares })),
    arcs: groups.scored.map((event) => scoredArc(event, event.index)),
    best: best === null ? null : scoredArc(best, null),
    trace: groups.trace,
    training,
    final: trained === null ? null : finalResult(trained, training),
    searchSeconds: groups.searchSeconds,
    totalSeconds: groups.totalSeconds,
    resumed: Math.max(0, groups.starts - 1),
  };
  return { ...partial, missing: findMissing(partial, groups.newestSchema) };
}

/**
 * Summarises the runs of one report and gives them labels that differ.
 *
 * @param runs the runs, in the order of the report
 * @returns one summary a run
 */
export function summariseRuns(runs: readonly RunLog[]): RunSummary[] {
  if (runs.length === 0) throw new RangeError("A report needs at least one run");
  const seen = new Map<string, number>();
  return runs.map((run) => {
    const count = (seen.get(run.config.run) ?? 0) + 1;
    seen.set(run.config.run, count);
    const summary = summariseRun(run);
    return count === 1 ? summary : { ...summary, label: `${summary.label} (${count})` };
  });
}

/**
 * Reads an arc of a run.
 *
 * @param summary the run
 * @param text the arc as its log writes it
 * @returns the arc, or null when the text is none of the run's space
 */
export function readArc(summary: Pick<RunSummary, "space">, text: string): Arc | null {
  return tryParseArc(text, summary.space);
}

/**
 * The arc the report draws: the chosen one, else the one trained or to be trained, else the best
 * scored so far.
 */
export function arcToDraw(
  summary: Pick<RunSummary, "best" | "final" | "arcs" | "config">,
): { arc: string; chosen: boolean } | null {
  const named = (summary.best ?? summary.final)?.arc ?? summary.config.arc;
  if (named !== undefined) return { arc: named, chosen: true };
  if (summary.arcs.length === 0) return null;
  const best = summary.arcs.reduce((a, b) => b.estimate > a.estimate ? b : a);
  return { arc: best.arc, chosen: false };
}
