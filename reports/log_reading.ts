/**
 * Smaller questions about an event log, answered for the summary.
 *
 * @module
 */

import { isSpaceName, type SpaceName } from "../nas/space/registry.ts";
import type {
  ArcScored,
  BestArc,
  ChildStep,
  ControllerStep,
  EpochFinished,
  RunConfig,
  RunEvent,
  Trained,
  TrainEpoch,
} from "../nas/run/events.ts";
import { EVENT_SCHEMA_VERSION } from "../nas/run/events.ts";
import { tryParseArc } from "./arc_text.ts";
import { binomialStandardError, wilsonInterval } from "./intervals.ts";
import { findSettingText } from "./settings.ts";
import {
  type FinalResult,
  type RunLog,
  type RunSummary,
  type ScoredArc,
  sharesWeights,
} from "./run_summary.ts";

type Searching = ChildStep | ControllerStep | EpochFinished | BestArc;

/** Whether a run searched or trained one given arc; logs without a clear command go by their events. */
export function kindOf({ config, events }: RunLog): RunSummary["kind"] {
  if (config.command === "train") return "train";
  const types = new Set(events.map(({ type }) => type));
  const searched = types.has("arc_scored") || events.some(isSearchEvent);
  return !searched && (types.has("train_epoch") || types.has("trained")) ? "train" : "search";
}

/** Whether an event belongs to the search and tells the time. */
export function isSearchEvent(event: RunEvent): event is Searching {
  return event.type === "child_step" || event.type === "controller_step" ||
    event.type === "epoch_finished" || event.type === "best_arc";
}

/** An arc with the standard error of its estimate; `index` is null for the arc chosen at the end. */
export function scoredArc(event: ArcScored | BestArc, index: number | null): ScoredArc {
  const { epoch, arc, estimate, images, batchNorm } = event;
  const standardError = binomialStandardError(estimate, images);
  return { epoch, index, arc, estimate, standardError, images, batchNorm };
}

/** The result of training; where an older log does not name the best epoch, it is found here. */
export function finalResult(trained: Trained, epochs: readonly TrainEpoch[]): FinalResult {
  const best = epochs.reduce<TrainEpoch | null>((best, epoch) => {
    if (epoch.validationAccuracy === null) return best;
    return best === null || epoch.validationAccuracy > (best.validationAccuracy ?? -1)
      ? epoch
      : best;
  }, null);
  const { arc, testAccuracy, testImages, parameters, flops } = trained;
  return {
    arc,
    graph: trained.graph ?? null,
    validationAccuracy: trained.validationAccuracy ?? null,
    bestValidationAccuracy: trained.bestValidationAccuracy ?? best?.validationAccuracy ?? null,
    bestEpoch: trained.bestEpoch ?? best?.epoch ?? null,
    testAccuracy,
    testInterval: wilsonInterval(testAccuracy, testImages),
    testImages,
    parameters,
    flops,
  };
}

/** Space of a run: what its settings say, else what the text of `arc` says. */
export function spaceOf(config: RunConfig, arc: string | undefined): SpaceName | null {
  const named = findSettingText(config, "space");
  if (isSpaceName(named)) return named;
  return arc === undefined ? null : tryParseArc(arc)?.space ?? null;
}

/** The items in ascending order of `key`. */
export function sorted<T>(items: Iterable<T>, key: (item: T) => number): T[] {
  return [...items].sort((a, b) => key(a) - key(b));
}

/** Sentences naming what the log lacks and why; `schema` is the newest version it names. */
export function findMissing(run: Omit<RunSummary, "missing">, schema: number): string[] {
  const missing: string[] = [];
  if (schema > EVENT_SCHEMA_VERSION) {
    missing.push(
      `The log was written by a newer version (schema ${schema}; this report knows ` +
        `${EVENT_SCHEMA_VERSION}): some parts may be missing or wrong.`,
    );
  }
  if (run.kind === "search") {
    if (run.childSteps.length === 0 && sharesWeights(run)) {
      missing.push("No step of the shared weights was logged.");
    }
    if (run.epochs.length === 0) {
      missing.push("No epoch of the search finished: curves by epoch and op shares are missing.");
    }
    if (run.arcs.length === 0) missing.push("No arc was scored: the table of arcs is empty.");
    if (run.best === null) {
      missing.push("The search did not come to the choice of a best arc: there is no estimate.");
    }
  }
  if (run.final === null) {
    missing.push(
      run.training.length === 0
        ? "No arc was trained from scratch: test accuracy, parameters and FLOPs are missing."
        : "Training from scratch did not finish: test accuracy, parameters and FLOPs are missing.",
    );
  }
  return missing;
}
