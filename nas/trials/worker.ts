/**
 * Works through the trials of a study: plans, leases, does, stores, plans again.
 *
 * @module
 */
import { DeviceError } from "../../engine/errors.ts";
import { Results } from "./results.ts";
import {
  type Json,
  type Lease,
  StudyInterrupted,
  type Trial,
  type TrialQueue,
  type TrialState,
} from "./queue.ts";

/** What {@link runStudy} needs; `S` are the settings of the study. */
export interface StudyRunOptions<S> {
  /** Names all trials that can be named with the results so far. */
  readonly study: { trials(settings: S, results: Results): readonly Trial[] };
  readonly settings: S;
  readonly queue: TrialQueue;
  /** Name of this process among those that share the queue. */
  readonly worker: string;
  /** Does a trial; throws where it cannot be done, `StudyInterrupted` where `signal` ended it. */
  readonly execute: (trial: Trial, signal: AbortSignal) => Promise<Json>;
  /** Ends the present trial, which then waits again. */
  readonly signal: AbortSignal;
  readonly onEvent?: (event: StudyEvent) => void;
  /** Seconds between two renewals of a lease; default 60. */
  readonly renewSeconds?: number;
  /** Seconds after which the queue is asked again while others do the last trials; default 2. */
  readonly pollSeconds?: number;
}

/** What happens while a study runs. */
export type StudyEvent =
  & {
    readonly counts: Readonly<Record<TrialState, number>>;
    readonly trial: Trial;
  }
  & (
    | { readonly type: "leased"; readonly attempt: number }
    | { readonly type: "done"; readonly result: Json; readonly seconds: number }
    | { readonly type: "failed"; readonly message: string; readonly state: TrialState }
  );

/** How a run of a study ended; `failed`: some trials were given up, all others are done. */
export type StudyStatus = "completed" | "failed" | "interrupted";

/**
 * Does trials until none is left that could be done. Several processes may do so with one queue; a
 * trial that fails is left for later, a lost device ends the run.
 */
export async function runStudy<S>(options: StudyRunOptions<S>): Promise<StudyStatus> {
  const { study, settings, queue, worker, signal, pollSeconds = 2 } = options;
  for (;;) {
    await queue.add(study.trials(settings, new Results(await queue.finished())));
    if (signal.aborted) return "interrupted";
    const lease = await queue.lease(worker);
    if (lease !== null) {
      if (await attempt(options, lease)) continue;
      return "interrupted";
    }
    const { waiting, leased, failed } = await queue.counts();
    if (waiting + leased === 0) return failed === 0 ? "completed" : "failed";
    await pause(1000 * pollSeconds, signal);
  }
}

/** Does one trial; false where the run was interrupted. */
async function attempt<S>(options: StudyRunOptions<S>, lease: Lease): Promise<boolean> {
  const { queue, execute, signal, onEvent, renewSeconds = 60 } = options;
  const { trial } = lease;
  const started = performance.now();
  onEvent?.({ type: "leased", trial, attempt: lease.attempt, counts: await queue.counts() });
  const heart = setInterval(() => queue.renew(lease).catch(() => {}), 1000 * renewSeconds);
  try {
    const result = await execute(trial, signal);
    await queue.finish(lease, result);
    const seconds = (performance.now() - started) / 1000;
    onEvent?.({ type: "done", trial, result, seconds, counts: await queue.counts() });
    return true;
  } catch (error) {
    if (error instanceof StudyInterrupted || signal.aborted) {
      await queue.release(lease);
      return false;
    }
    // A device that is gone does no other trial either, and it is no fault of this one.
    if (error instanceof DeviceError) {
      await queue.release(lease);
      throw error;
    }
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const state = await queue.fail(lease, message);
    onEvent?.({ type: "failed", trial, message, state, counts: await queue.counts() });
    return true;
  } finally {
    clearInterval(heart);
  }
}

/** Waits, or ends early when the signal is given. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
  });
}
