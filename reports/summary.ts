/**
 * Turns the event log of a run into plain series and numbers; nothing here draws.
 *
 * @module
 */

import type { Arc, ArcSpace } from "../nas/space/arc.ts";
import type { ArcTraced, BatchNormMode, Diverged, RunConfig, RunEvent } from "../nas/run/events.ts";
import type { RunProfile } from "../nas/run/profile_schema.ts";
import { tryParseArc } from "./arc_text.ts";
import { groupEvents } from "./event_groups.ts";
import { finalResult, findMissing, kindOf, scoredArc, spaceOf } from "./log_reading.ts";
import type { Row } from "./rows.ts";
import { findSettingText } from "./settings.ts";

/** A run as it lies in its folder: what the report is made from. */
export interface RunLog {
  readonly config: RunConfig;
  readonly events: readonly RunEvent[];
  /** Where the run lies; shown in the page. */
  readonly path: string;
  /**
   * Every value of the preset that the run started from, nested as its hyper-parameters; the report
   * shows where the run differs. Left out where it is not known.
   */
  readonly presetValues?: Readonly<Record<string, unknown>> | undefined;
  /** Where the time went; left out where the run was not profiled. */
  readonly profile?: RunProfile | undefined;
}

/** How a run ended; `unfinished` when its log just stops. */
export type RunStatus = "completed" | "interrupted" | "failed" | "unfinished";

/** One minibatch step of the shared weights. */
export type ChildRow = Row<
  "step" | "epoch" | "loss" | "accuracy" | "learningRate" | "gradientNorm"
>;
/** One update of the controller. */
export type ControllerRow = Row<
  "step" | "epoch" | "reward" | "accuracy" | "baseline" | "entropy" | "skipRate"
>;
/** One epoch of the search; `lastStep` is its last logged step of the shared weights. */
export type EpochRow = Row<
  | "epoch"
  | "lastStep"
  | "trainLoss"
  | "trainAccuracy"
  | "learningRate"
  | "meanEstimate"
  | "bestEstimate"
  | "skipRate"
  | "policyAccuracy"
  | "reward"
  | "baseline"
  | "entropy"
>;
/** One epoch of training from scratch. */
export type TrainingRow = Row<
  "epoch" | "loss" | "trainAccuracy" | "validationAccuracy" | "learningRate"
>;

/** An arc with its accuracy under shared weights. */
export interface ScoredArc {
  readonly epoch: number;
  /** 0-based within the epoch; null for the arc chosen at the end. */
  readonly index: number | null;
  readonly arc: string;
  readonly estimate: number;
  /** Binomial standard error of the estimate. */
  readonly standardError: number;
  readonly images: number;
  readonly batchNorm: BatchNormMode;
}

/** Result of training one arc from scratch. */
export interface FinalResult {
  readonly arc: string;
  /** The network that was trained; null where an older log does not tell. */
  readonly graph: "faithful" | "official" | null;
  /** After the last epoch; null where the validation images trained too. */
  readonly validationAccuracy: number | null;
  /** Highest of all epochs; null where the validation images trained too. */
  readonly bestValidationAccuracy: number | null;
  /** First epoch that had it. */
  readonly bestEpoch: number | null;
  readonly testAccuracy: number;
  /** 95 % Wilson interval of the test accuracy. */
  readonly testInterval: readonly [number, number];
  readonly testImages: number;
  readonly parameters: number;
  readonly flops: number;
}

/** Everything the report shows of one run. */
export interface RunSummary {
  readonly config: RunConfig;
  readonly path: string;
  /** Label of the run, unique among the runs of one report. */
  readonly label: string;
  /** A search, or the training of one given arc from scratch. */
  readonly kind: "search" | "train";
  readonly status: RunStatus;
  readonly message: string | null;
  /** Name of the sampler (`controller`, `random`), or null when the log does not tell. */
  readonly sampler: string | null;
  readonly seed: string | null;
  readonly space: ArcSpace | null;
  /** See {@linkcode RunLog.presetValues}; null where they are not known. */
  readonly presetValues: Readonly<Record<string, unknown>> | null;
  /** See {@linkcode RunLog.profile}; null where there is none. */
  readonly profile: RunProfile | null;
  readonly childSteps: readonly ChildRow[];
  readonly controllerSteps: readonly ControllerRow[];
  /** Training steps that changed no weight, because loss or gradient was not finite. */
  readonly diverged: readonly Diverged[];
  readonly epochs: readonly EpochRow[];
  /** Share of each op by epoch, by op id. */
  readonly opShares: readonly { readonly epoch: number; readonly shares: readonly number[] }[];
  readonly arcs: readonly ScoredArc[];
  readonly best: ScoredArc | null;
  /** How the sampler would draw the best arc; null where the log does not tell. */
  readonly trace: ArcTraced | null;
  readonly training: readonly TrainingRow[];
  readonly final: FinalResult | null;
  /** Seconds from the start of the run to the choice of the best arc; null without a search. */
  readonly searchSeconds: number | null;
  /** Seconds the log covers. */
  readonly totalSeconds: number;
  /** How often the run was taken up again. */
  readonly resumed: number;
  /** Sentences naming what the log lacks and why. */
  readonly missing: readonly string[];
}

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
    sampler: findSettingText(run.config, "sampler") ?? null,
    seed: findSettingText(run.config, "seed") ?? null,
    space: spaceOf(run.config, (best ?? trained)?.arc),
    presetValues: run.presetValues ?? null,
    profile: run.profile ?? null,
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
