/**
 * More epochs for a run that was stored: its checkpoint as the one that a run of more epochs would have
 * written there, which therefore goes on to the same bits.
 *
 * @module
 */
import { ConfigError, type SearchConfig } from "../config/mod.ts";
import type { RunEvent } from "../run/events.ts";
import type { ShorterRun } from "../run/recording.ts";
import type { StoredState } from "../run/state_checkpoint.ts";
import { beginningOf, type StoredBest, type StoredPosition, storedPosition } from "./position.ts";

/** Where a run of more epochs stands, and the events that it has logged by then. */
type Extended = Pick<StoredState, "events" | "values" | "tensors">;

/**
 * The checkpoint of a search that is given more epochs. Once the shorter search was over, the longer
 * one goes on after its last epoch: what followed, the training from scratch, was not part of it.
 *
 * @param after Settings as those of the checkpoint, but for more epochs.
 * @throws {ConfigError} Where a longer training from scratch would have taken other steps.
 */
export function extendSearch(shorter: ShorterRun, after: SearchConfig): Extended {
  const { state, log, config: before } = shorter;
  const { phase, steps, judgedInAll = 0 } = state.values.position as StoredPosition;
  const over = phase === "best" || phase === "final" || phase === "done";
  if (after.search.epochs === before.search.epochs || !over) {
    return phase === "final" || phase === "done" ? extendTraining(shorter, after) : state;
  }
  const { epochs } = before.search;
  const events = 1 +
    log.findIndex((event) => event.type === "epoch_finished" && event.epoch === epochs);
  const values = {
    ...withoutTraining(Object.entries(state.values)),
    position: storedPosition(beginningOf("weights", epochs + 1, steps, judgedInAll)),
    best: bestOf(log.slice(0, events)),
  };
  const tensors = new Map(Object.entries(withoutTraining(state.tensors)));
  return { events, values, tensors };
}

/**
 * The checkpoint of a training from scratch that is given more epochs. What read the test images is
 * taken back; they are read again at the end.
 *
 * @throws {ConfigError} Where the longer training would have taken other steps from the beginning.
 */
export function extendTraining(
  { state, log, config: before }: ShorterRun,
  after: SearchConfig,
): Extended {
  const { epochs } = before.finalTraining;
  const begun = Object.hasOwn(state.values, "final/position");
  if (!begun || after.finalTraining.epochs === epochs) return state;
  requireNoSchedule(after, epochs);
  if (state.values["final/complete"] !== true) return state;
  const position = state.values.position as StoredPosition | undefined;
  return {
    events: 1 + log.findIndex((event) => event.type === "train_epoch" && event.epoch === epochs),
    values: {
      ...state.values,
      "final/complete": false,
      ...(position === undefined ? {} : { position: { ...position, phase: "final" } }),
    },
    tensors: state.tensors,
  };
}

/** Refuses a training whose every step depends on how many there are. */
function requireNoSchedule({ finalTraining }: SearchConfig, before: number): void {
  if (!("dropPathKeep" in finalTraining) || finalTraining.dropPathKeep === 1) return;
  const path = "finalTraining.epochs";
  throw new ConfigError([{
    path,
    message: `Expected ${path} to stay ${before}, because drop-path (finalTraining.dropPathKeep ` +
      `${finalTraining.dropPathKeep}) grows with the share of all steps that are done, so that a ` +
      `longer training would have taken other steps from the beginning, but found ` +
      `${finalTraining.epochs}; begin a new run of \`train\` with more epochs`,
  }]);
}

/** What belongs to the search alone. */
function withoutTraining<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  return Object.fromEntries([...entries].filter(([name]) => !name.startsWith("final/")));
}

/** The best architecture by the estimates of the epochs; the later one of equals. */
function bestOf(log: readonly RunEvent[]): StoredBest | null {
  let best: StoredBest | null = null;
  for (const event of log) {
    if (event.type !== "arc_scored" || event.failure !== undefined) continue;
    if (best !== null && event.estimate < best.estimate) continue;
    best = { arc: event.arc, epoch: event.epoch, estimate: event.estimate };
  }
  return best;
}
