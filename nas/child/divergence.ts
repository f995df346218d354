/**
 * Training steps whose loss or gradient is not finite: they change no weight, the run goes on, and a
 * number of them in a row ends it.
 *
 * @module
 */
import type { SkippedStep, StepResult, TakenStep } from "./trainer.ts";
import { DivergenceError } from "./errors.ts";

/** The steps that changed weights. */
export function takenSteps(results: readonly StepResult[]): TakenStep[] {
  return results.filter((result) => result.skipped === null);
}

/** Counts the skipped steps in a row within one epoch. */
export class DivergenceGuard {
  readonly #limit: number;
  #inARow = 0;
  #failure: DivergenceError | null = null;

  /**
   * @param limit Skipped steps in a row that end a run, at least 1; an epoch without any other step
   * ends it too.
   * @param steps Steps of the epoch.
   * @param results What the epoch's steps measured before; a resumed run has some.
   */
  constructor(limit: number, steps: number, results: readonly StepResult[] = []) {
    this.#limit = Math.min(limit, steps);
    for (const { skipped } of results) this.#inARow = skipped === null ? 0 : this.#inARow + 1;
  }

  /** Whether the run has to end; what further steps measure does not count then. */
  get ended(): boolean {
    return this.#failure !== null;
  }

  /** Takes note of the next step's result; `arc` is the text of its arc. */
  see({ skipped }: StepResult, arc: string): void {
    this.#inARow = skipped === null ? 0 : this.#inARow + 1;
    if (skipped !== null && this.#inARow >= this.#limit) {
      this.#failure = new DivergenceError(describe(this.#inARow, skipped, arc));
    }
  }

  /** Throws {@link DivergenceError} where the run has to end. */
  check(): void {
    if (this.#failure !== null) throw this.#failure;
  }
}

function describe(steps: number, { loss, gradientNorm }: SkippedStep, arc: string): string {
  const many = steps === 1 ? "one step" : `${steps} steps in a row`;
  return `Expected a finite loss and gradient but found ${loss} and ${gradientNorm} after ${many} ` +
    `without them, the last with the architecture ${arc}; the weights are those before these steps: ` +
    "lower the learning rate (learningRateMax) or set gradientClip: of child in a search, of " +
    "finalTraining in training from scratch";
}
