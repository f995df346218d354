/**
 * The training steps of one epoch, of shared weights or of one arc alone: a few in flight, stored
 * between two where a checkpoint is due, ended where too many in a row change no weight.
 *
 * @module
 */
import { type Arc, formatArc } from "../space/arc.ts";
import type { ChildTrainer, StepResult } from "./trainer.ts";
import { DivergenceGuard } from "./divergence.ts";
import { Pipeline } from "./pipeline.ts";
import type { Checkpoints } from "../run/snapshot.ts";

/** What {@link trainEpochSteps} needs. */
export interface EpochSteps<Event> {
  readonly trainer: ChildTrainer;
  readonly learningRate: number;
  /** Steps of the epoch. */
  readonly steps: number;
  /** What the epoch's steps so far measured; the others are added as they become known. */
  readonly results: StepResult[];
  /** Steps in a row without a change that end the run. */
  readonly divergenceLimit: number;
  /** Ends the epoch after the present step. */
  readonly signal: AbortSignal | undefined;
  /** Asked between steps whether the run shall be stored. */
  readonly checkpoints: Checkpoints | undefined;
  /** The arc of a step, counted from 0 within the epoch. */
  arcOf(step: number): Arc;
  /** Called after each step, whose result is not known yet. */
  onStep(arc: Arc): void;
  /** What to log of the newest of `results`; `arc` is the text of its arc. */
  eventOf(result: StepResult, arc: string): Event | null;
  /** Called after the last step, while the device still works; not where the signal came first. */
  whileWaiting?(): void;
}

/** Takes the steps that are missing in `results`. Throws `DivergenceError` where they end the run. */
export async function* trainEpochSteps<Event>(options: EpochSteps<Event>): AsyncGenerator<Event> {
  const { trainer, learningRate, steps, results, signal, checkpoints } = options;
  const guard = new DivergenceGuard(options.divergenceLimit, steps, results);
  const ready: Event[] = [];
  const pipeline = new Pipeline<StepResult>((result) => {
    if (guard.ended) return;
    const arc = formatArc(options.arcOf(results.length));
    results.push(result);
    guard.see(result, arc);
    const event = options.eventOf(result, arc);
    if (event !== null) ready.push(event);
  });
  for (let step = results.length; step < steps && !signal?.aborted; step++) {
    const arc = options.arcOf(step);
    await pipeline.push(trainer.step(arc, learningRate));
    options.onStep(arc);
    yield* ready.splice(0);
    guard.check();
    if (!checkpoints?.due()) continue;
    await pipeline.drain();
    yield* ready.splice(0);
    guard.check();
    await checkpoints.save();
  }
  if (!signal?.aborted) options.whileWaiting?.();
  await pipeline.drain();
  yield* ready;
  guard.check();
}
