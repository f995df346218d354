/**
 * What a run says of training steps that changed no weight: the first of an epoch at once, their
 * number when the epoch ends.
 *
 * @module
 */
import type { RunEvent } from "../nas/run/mod.ts";

/** Counts the skipped steps of each epoch. */
export class SkippedSteps {
  #count = 0;

  /** Takes note of an event; the line to print, or null. */
  see(event: RunEvent): string | null {
    if (event.type === "diverged") {
      if (++this.#count > 1) return null;
      return `Epoch ${event.epoch}, step ${event.step}: loss ${event.loss} and gradient norm ` +
        `${event.gradientNorm} are not both finite; the step changed no weight and the run goes on`;
    }
    if (event.type !== "epoch_finished" && event.type !== "train_epoch") return null;
    const count = this.#count;
    this.#count = 0;
    return count < 2
      ? null
      : `Epoch ${event.epoch}: ${count} steps changed no weight, for loss or gradient norm was not ` +
        "finite; a lower learningRateMax or gradientClip helps";
  }
}
