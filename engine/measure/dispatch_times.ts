/**
 * Which dispatches are measured, what those that are not will have taken, and the first that were one
 * by one.
 *
 * Measuring a dispatch keeps the device from its work, so most are only counted. Dispatches of equal
 * size, of one kernel in one phase, are a stratum: the first of each is measured, then ever fewer, and
 * the others count as the median of those measured: what a busy machine adds to a few is no kernel's.
 *
 * @module
 */

/** Of `n` dispatches of a stratum at most about `SAMPLE * sqrt(n)` are measured. */
const SAMPLE = 1.5;

/** Dispatches of each phase that are kept one by one; later ones only count in the sums. */
export const TIMELINE_DISPATCHES = 10_000;

/** What was dispatched. */
export interface Dispatched {
  /** Name of the kernel. */
  readonly name: string;
  /** Its template values, `K=3,S=1`; empty where it has none. */
  readonly variant: string;
  /** What the program was at. */
  readonly phase: string;
  /** Floating-point operations; 0 where they are not counted. */
  readonly flops: number;
  /** Workgroups a dimension. */
  readonly grid: readonly number[];
}

/** One dispatch on the device. */
export interface TimedDispatch {
  readonly name: string;
  readonly variant: string;
  readonly phase: string;
  /** Milliseconds since the device was opened, as near as the two clocks can be compared. */
  readonly start: number;
  /** Milliseconds. */
  readonly duration: number;
}

/** All dispatches of one kernel with one set of template values. */
export interface KernelTime {
  readonly name: string;
  readonly variant: string;
  readonly dispatches: number;
  /** How many of them were measured. */
  readonly measured: number;
  /** Milliseconds of all dispatches; those that were not measured count as the median of their like. */
  readonly total: number;
  /** Milliseconds of the longest that was measured. */
  readonly longest: number;
  /** Floating-point operations of all dispatches; 0 where they are not counted. */
  readonly flops: number;
  /** Milliseconds and dispatches in each phase. */
  readonly phases: ReadonlyMap<string, { readonly total: number; readonly dispatches: number }>;
}

/** Dispatches of equal size of one kernel in one phase. */
interface Stratum {
  readonly kind: Dispatched;
  dispatches: number;
  /** How many were chosen to be measured. */
  chosen: number;
  /** Milliseconds of those that have been measured. */
  readonly measured: number[];
}

/** Takes dispatches with the device's timestamps, in nanoseconds of the device's own clock. */
export class DispatchTimes {
  #strata = new Map<string, Stratum>();
  #timeline: TimedDispatch[] = [];
  #kept = new Map<string, number>();
  #origin: bigint | null = null;
  /** Host's clock at the device's origin, in milliseconds: the latest that is possible. */
  #offset = -Infinity;

  /**
   * Says that commands whose first dispatch began at `begin` were submitted at `host` milliseconds of
   * the host's clock. Nothing begins before it is submitted, and what found the device idle begins at
   * once, so the tightest of these bounds tells how the clocks are apart.
   */
  submitted(begin: bigint, host: number): void {
    this.#offset = Math.max(this.#offset, host - this.#sinceOrigin(begin));
  }

  /**
   * Counts one dispatch, and chooses whether it is to be measured.
   *
   * @param affordable whether measuring has cost little so far; the first of its like is always chosen
   */
  count(kind: Dispatched, affordable: boolean): boolean {
    const stratum = this.#stratumOf(kind);
    stratum.dispatches++;
    const { chosen, dispatches } = stratum;
    const choose = chosen === 0 || (affordable && chosen < SAMPLE * Math.sqrt(dispatches));
    if (choose) stratum.chosen++;
    return choose;
  }

  /** Takes the time of a dispatch that was chosen. */
  add(kind: Dispatched, begin: bigint, end: bigint): void {
    const { name, variant, phase } = kind;
    // A clock may be reset between the two; such a dispatch counts, but not its time.
    const duration = Math.max(0, Number(end - begin) / 1e6);
    const stratum = this.#stratumOf(kind);
    stratum.measured.push(duration);
    const kept = this.#kept.get(phase) ?? 0;
    if (kept === TIMELINE_DISPATCHES) return;
    this.#kept.set(phase, kept + 1);
    this.#timeline.push({ name, variant, phase, start: this.#sinceOrigin(begin), duration });
  }

  /** By falling total. */
  kernels(): KernelTime[] {
    const kernels = Map.groupBy(
      this.#strata.values(),
      ({ kind: { name, variant } }) => `${name},${variant}`,
    );
    return Array.from(kernels.values(), kernelTime).sort((a, b) => b.total - a.total);
  }

  /** The dispatches that were kept, timed from `start` milliseconds of the host's clock on. */
  timeline(start: number): TimedDispatch[] {
    const shift = this.#offset - start;
    return this.#timeline.map((dispatch) => ({ ...dispatch, start: dispatch.start + shift }));
  }

  #stratumOf(kind: Dispatched): Stratum {
    const { name, variant, phase, flops, grid } = kind;
    const key = `${name},${variant},${phase},${flops},${grid}`;
    let stratum = this.#strata.get(key);
    if (stratum === undefined) {
      stratum = { kind, dispatches: 0, chosen: 0, measured: [] };
      this.#strata.set(key, stratum);
    }
    return stratum;
  }

  #sinceOrigin(time: bigint): number {
    this.#origin ??= time;
    return Number(time - this.#origin) / 1e6;
  }
}

function kernelTime(strata: readonly Stratum[]): KernelTime {
  const [{ kind: { name, variant } }] = strata;
  const sum = (of: (stratum: Stratum) => number, among = strata) =>
    among.reduce((total, stratum) => total + of(stratum), 0);
  const all = ({ measured, dispatches }: Stratum) =>
    measured.reduce((total, duration) => total + duration, 0) +
    median(measured) * (dispatches - measured.length);
  const dispatches = (stratum: Stratum) => stratum.dispatches;
  const phases = Map.groupBy(strata, ({ kind: { phase } }) => phase);
  return {
    name,
    variant,
    dispatches: sum(dispatches),
    measured: sum(({ measured }) => measured.length),
    total: sum(all),
    longest: Math.max(0, ...strata.flatMap(({ measured }) => measured)),
    flops: sum(({ kind, dispatches }) => kind.flops * dispatches),
    phases: new Map(
      Array.from(
        phases,
        ([phase, among]) => [phase, { total: sum(all, among), dispatches: sum(dispatches, among) }],
      ),
    ),
  };
}

/** 0 where nothing was measured. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1] ?? 0;
}
