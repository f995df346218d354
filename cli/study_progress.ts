/**
 * Progress of a study on stderr: a line a trial and the time left. On a stderr that is no
 * terminal a line a trial or a minute.
 *
 * @module
 */
import type { StudyEvent } from "../nas/trials/worker.ts";
import type { TrialForecast } from "../nas/trials/predict.ts";
import { openDisplay } from "./bar.ts";
import { duration, onStderr } from "./terminal.ts";

/** Shows how a study goes. */
export class StudyProgress {
  /** Trials of each kind in the whole study. */
  readonly #planned = new Map<string, number>();
  /** Trials of each kind that this process did, and their seconds. */
  readonly #done = new Map<string, { count: number; seconds: number }>();
  #finished = 0;
  #label = "";
  readonly #bar = openDisplay();

  constructor(forecast: readonly TrialForecast[]) {
    for (const { count, example: { kind } } of forecast) {
      this.#planned.set(kind, (this.#planned.get(kind) ?? 0) + count);
    }
  }

  /** Follows the run. */
  see(event: StudyEvent): void {
    this.#finished = event.counts.done;
    const { id, kind } = event.trial;
    switch (event.type) {
      case "leased":
        this.#label = id;
        return this.share(0);
      case "done": {
        const before = this.#done.get(kind) ?? { count: 0, seconds: 0 };
        this.#done.set(kind, {
          count: before.count + 1,
          seconds: before.seconds + event.seconds,
        });
        return this.#bar.log(`${id}  ${onStderr("gray", duration(event.seconds))}`);
      }
      case "failed":
        return this.#bar.say(onStderr("red", `${id} failed: ${event.message}`));
    }
  }

  /** Shows the share of the present trial that is done. */
  share(share: number): void {
    const total = this.#planned.values().reduce((sum, count) => sum + count, 0);
    this.#bar.update({
      fraction: Math.min(1, (this.#finished + share) / Math.max(1, total)),
      remaining: this.#secondsLeft(),
      phase: `trial ${this.#finished + 1} of about ${total}: ${this.#label}`,
    });
  }

  /** Takes the bar away. May be called twice. */
  stop(): void {
    this.#bar.stop();
  }

  /** From the mean time of each kind so far; null before one of a kind that is still to come was done. */
  #secondsLeft(): number | null {
    let seconds = 0;
    for (const [kind, planned] of this.#planned) {
      const done = this.#done.get(kind);
      if (done === undefined) return null;
      seconds += Math.max(0, planned - done.count) * done.seconds / done.count;
    }
    return seconds;
  }
}
