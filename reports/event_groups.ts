/**
 * The events of a log by kind. A resumed run may log a step twice: the later line counts.
 *
 * @module
 */

import type {
  ArcScored,
  ArcTraced,
  BestArc,
  ChildStep,
  ControllerStep,
  Diverged,
  EpochFinished,
  RunEvent,
  Trained,
  TrainEpoch,
} from "../nas/run/events.ts";
import { isSearchEvent, sorted } from "./log_reading.ts";
import type { RunSummary } from "./run_summary.ts";

/** The events of a run, each list in the order of its steps, epochs or indices. */
export interface EventGroups {
  readonly childSteps: readonly ChildStep[];
  readonly controllerSteps: readonly ControllerStep[];
  /** In the order of the log. */
  readonly diverged: readonly Diverged[];
  readonly scored: readonly ArcScored[];
  readonly epochs: readonly EpochFinished[];
  readonly training: readonly TrainEpoch[];
  readonly best: BestArc | null;
  readonly trace: ArcTraced | null;
  readonly trained: Trained | null;
  readonly status: RunSummary["status"];
  readonly message: string | null;
  /** How often the run was started, the first time included. */
  readonly starts: number;
  /** Newest schema version that the log names; 0 where it names none. */
  readonly newestSchema: number;
  /** This and the next as in {@link RunSummary}. */
  readonly searchSeconds: number | null;
  readonly totalSeconds: number;
}

/** Groups the events of a log. */
export function groupEvents(events: readonly RunEvent[]): EventGroups {
  const child = new Map<number, ChildStep>();
  const controller = new Map<number, ControllerStep>();
  const diverged = new Map<string, Diverged>();
  const scored = new Map<string, ArcScored>();
  const epochs = new Map<number, EpochFinished>();
  const training = new Map<number, TrainEpoch>();
  let best: BestArc | null = null;
  let trace: ArcTraced | null = null;
  let trained: Trained | null = null;
  let status: RunSummary["status"] = "unfinished";
  let message: string | null = null;
  let starts = 0;
  let newestSchema = 0;
  let searchSeconds: number | null = null;
  let totalSeconds = 0;

  for (const event of events) {
    // Whatever follows an end was logged by a run taken up again.
    status = "unfinished";
    message = null;
    if ("seconds" in event) totalSeconds = Math.max(totalSeconds, event.seconds);
    switch (event.type) {
      case "run_started":
        starts++;
        newestSchema = Math.max(newestSchema, event.schemaVersion);
        break;
      case "child_step":
        child.set(event.step, event);
        break;
      case "controller_step":
        controller.set(event.step, event);
        break;
      case "diverged":
        diverged.set(`${event.weights} ${event.step}`, event);
        break;
      case "arc_scored":
        scored.set(`${event.epoch} ${event.index}`, event);
        break;
      case "epoch_finished":
        epochs.set(event.epoch, event);
        break;
      case "best_arc":
        best = event;
        break;
      case "arc_traced":
        trace = event;
        break;
      case "train_epoch":
        training.set(event.epoch, event);
        break;
      case "trained":
        trained = event;
        break;
      case "run_finished":
        status = event.status;
        message = event.message ?? null;
        break;
    }
    if (isSearchEvent(event)) searchSeconds = Math.max(searchSeconds ?? 0, event.seconds);
  }

  return {
    childSteps: sorted(child.values(), (event) => event.step),
    controllerSteps: sorted(controller.values(), (event) => event.step),
    diverged: [...diverged.values()],
    scored: [...scored.values()].sort((a, b) => a.epoch - b.epoch || a.index - b.index),
    epochs: sorted(epochs.values(), (event) => event.epoch),
    training: sorted(training.values(), (event) => event.epoch),
    ...{ best, trace, trained, status, message, starts, newestSchema },
    ...{ searchSeconds, totalSeconds },
  };
}
