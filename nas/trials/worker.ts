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
  type Trial,
  type TrialQueue,
  type TrialState,
  UnrecoverableError,
} from "./queue.ts";

/** What {@link workThrough} needs. */
export interface WorkOptions {
  /** Names all trials that can be named with the results so far. */
  readonly plan: (results: Results) => readonly Trial[];
  readonly queue: TrialQueue;
  /** Name of this process among those that share the queue. */
  readonly worker: string;
  /**
   * Does a trial; throws where it cannot be done, `StudyInterrupted` where `signal` ended it, and
   * `UnrecoverableError` where it would fail every time.
   */
  readonly execute: (trial: Trial, signal: AbortSignal) => Promise<Json>;
  /** Ends the present trial, which then waits again. */
  readonly signal: AbortSignal;
  readonly onEvent?: (event: StudyEvent) => void;
  /** Seconds between two renewals of a lease; default 60. */
  readonly renewSeconds?: number;
  /** Seconds after which the queue is asked again while others do the last trials; default 2. */
  readonly pollSeconds?: number;
}

/** What happens while a study runs; `lost`: another process took the trial over, whose result counts. */
export type StudyEvent =
  & {
    readonly counts: Readonly<Record<TrialState, number>>;
    readonly trial: Trial;
  }
  & (
    | { readonly type: "leased"; readonly attempt: number }
    | { readonly type: "done"; readonly result: Json; readonly seconds: number }
    | { readonly type: "failed"; readonly message: string; readonly state: TrialState }
    | { readonly type: "lost" }
  );

/** How a run of a study ended; `failed`: some trials were given up, all others are done. */
export type StudyStatus = "completed" | "failed" | "interrupted";

/**
 * Does trials until none is left that could be done. Several processes may do so with one queue; a
 * trial that fails is left for later, a lost device ends the run.
 */
export async function workThrough(options: WorkOptions): Promise<StudyStatus> {
  const { plan, queue, worker, signal, pollSeconds = 2 } = options;
  for (;;) {
    await queue.add(plan(new Results(await queue.finished())));
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
async function attempt(options: WorkOptions, lease: Lease): Promise<boolean> {
  const { queue, execute, signal, onEvent, renewSeconds = 60 } = options;
  const { trial } = lease;
  const started = performance.now();
  const say = async (event: EventOf<StudyEvent>) =>
    onEvent?.({ ...event, trial, counts: await queue.counts() });
  await say({ type: "leased", attempt: lease.attempt });
  const lost = new AbortController();
  // A renewal that cannot be made is tried again; whether the lease was lost meanwhile, it then says.
  const renew = () => queue.renew(lease).then((own) => own || lost.abort(), () => {});
  const heart = setInterval(renew, 1000 * renewSeconds);
  try {
    const result = await execute(trial, AbortSignal.any([signal, lost.signal]));
    const seconds = (performance.now() - started) / 1000;
    const stored = await queue.finish(lease, result);
    await say(stored ? { type: "done", result, seconds } : { type: "lost" });
    return true;
  } catch (error) {
    if (signal.aborted) {
      await queue.release(lease);
      return false;
    }
    const final = error instanceof UnrecoverableError;
    const message = final || !(error instanceof Error)
      ? String((error as Error)?.message ?? error)
      : `${error.name}: ${error.message}`;
    const state = lost.signal.aborted ? "leased" : await queue.fail(lease, message, { final });
    await say(state === "leased" ? { type: "lost" } : { type: "failed", message, state });
    // A device that is gone does no other trial either.
    if (error instanceof DeviceError) throw error;
    return true;
  } finally {
    clearInterval(heart);
  }
}

/** An event without what all events have. */
type EventOf<Event> = Event extends unknown ? Omit<Event, "trial" | "counts"> : never;

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
