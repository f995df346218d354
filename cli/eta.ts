/**
 * How long a run still takes, from the times that its steps took so far.
 *
 * @module
 */

/** Kinds of work by name, with a number each. */
export type Work<Kind extends string> = Readonly<Record<Kind, number>>;

/** Measured times of each kind that the mean is taken over. */
const WINDOW = 64;

/** Counts units of work and measures them. */
export class Eta<Kind extends string> {
  readonly #total: Work<Kind>;
  readonly #cost: Work<Kind>;
  readonly #done = new Map<Kind, number>();
  readonly #times = new Map<Kind, number[]>();
  readonly #start: number;
  #last: number;
  #fraction = 0;

  /**
   * @param total units of the whole run
   * @param cost of a unit of each kind before one was measured; only their proportions matter
   * @param now seconds on any clock
   */
  constructor(total: Work<Kind>, cost: Work<Kind>, now: number) {
    this.#total = total;
    this.#cost = cost;
    this.#start = now;
    this.#last = now;
  }

  /** Counts one unit; the time since the last one was spent on it. */
  tick(kind: Kind, now: number): void {
    this.#done.set(kind, this.done(kind) + 1);
    const times = this.#times.get(kind) ?? [];
    this.#times.set(kind, times);
    times.push(now - this.#last);
    if (times.length > WINDOW) times.shift();
    this.#last = now;
  }

  /** Counts units that were done before and tell nothing about the time. */
  skip(kind: Kind, units: number): void {
    this.#done.set(kind, this.done(kind) + units);
  }

  /** Units done. */
  done(kind: Kind): number {
    return this.#done.get(kind) ?? 0;
  }

  /** Units of the whole run. */
  total(kind: Kind): number {
    return this.#total[kind];
  }

  /** Seconds left, or null before anything was measured. */
  remaining(): number | null {
    const kinds = Object.keys(this.#total) as Kind[];
    const measured = kinds.filter((kind) => this.#times.has(kind));
    if (measured.length === 0) return null;
    const mean = (kind: Kind) => average(this.#times.get(kind)!);
    // What one unit of cost takes, to judge the kinds that have not begun.
    const perCost = measured.map((kind) => mean(kind) / this.#cost[kind]);
    return kinds.reduce((sum, kind) => {
      const each = measured.includes(kind) ? mean(kind) : this.#cost[kind] * average(perCost);
      return sum + each * Math.max(0, this.#total[kind] - this.done(kind));
    }, 0);
  }

  /** Share of the run's time that has passed, 0..1; never goes back. */
  fraction(now: number): number {
    const remaining = this.remaining();
    if (remaining !== null) {
      const elapsed = now - this.#start;
      const fraction = elapsed / Math.max(elapsed + remaining, 1e-9);
      this.#fraction = Math.max(this.#fraction, Math.min(1, fraction));
    }
    return this.#fraction;
  }
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
