/**
 * What the host was at, and for how long.
 *
 * @module
 */

/** Spans that are kept one by one; later ones only count in the sums. */
export const MAX_SPANS = 10_000;

/** What the host is at before anything is named. */
export const FIRST_PHASE = "preparing";

/** A stretch of time in one phase. */
export interface PhaseSpan {
  readonly phase: string;
  /** Null where the phase belongs to no epoch. */
  readonly epoch: number | null;
  /** Milliseconds since the device was opened. */
  readonly start: number;
  /** Milliseconds. */
  readonly duration: number;
}

/** Follows the phases of a program; all times go in as milliseconds of one clock. */
export class PhaseSpans {
  #ended: PhaseSpan[] = [];
  #sums = new Map<string, number>();
  #epoch: number | null = null;
  #since: number;
  #phase = FIRST_PHASE;

  /** @param start when the first phase began */
  constructor(readonly start: number) {
    this.#since = start;
  }

  /** The phase that is going on. */
  get phase(): string {
    return this.#phase;
  }

  /** Ends the phase that is going on and begins another one; the same one goes on. */
  enter(phase: string, epoch: number | null, now: number): void {
    if (phase === this.#phase && epoch === this.#epoch) return;
    const span = this.#present(now);
    if (this.#ended.length < MAX_SPANS) this.#ended.push(span);
    this.#sums.set(span.phase, (this.#sums.get(span.phase) ?? 0) + span.duration);
    [this.#phase, this.#epoch, this.#since] = [phase, epoch, now];
  }

  /** The spans and sums up to `now`, with the phase that is going on. */
  until(now: number): { spans: PhaseSpan[]; phases: Map<string, number> } {
    const span = this.#present(now);
    const phases = new Map(this.#sums);
    phases.set(span.phase, (phases.get(span.phase) ?? 0) + span.duration);
    const spans = this.#ended.length < MAX_SPANS ? [...this.#ended, span] : [...this.#ended];
    return { spans, phases };
  }

  #present(now: number): PhaseSpan {
    return {
      phase: this.#phase,
      epoch: this.#epoch,
      start: this.#since - this.start,
      duration: now - this.#since,
    };
  }
}
