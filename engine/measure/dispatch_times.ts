/**
 * Sums over measured dispatches, and the first of them one by one.
 *
 * @module
 */

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
  /** Milliseconds of all dispatches. */
  readonly total: number;
  /** Milliseconds of the longest. */
  readonly longest: number;
  /** Floating-point operations of all dispatches; 0 where they are not counted. */
  readonly flops: number;
  /** Milliseconds and dispatches in each phase. */
  readonly phases: ReadonlyMap<string, { readonly total: number; readonly dispatches: number }>;
}

/** A {@link KernelTime} that still grows. */
interface Sums {
  readonly name: string;
  readonly variant: string;
  dispatches: number;
  total: number;
  longest: number;
  flops: number;
  readonly phases: Map<string, { total: number; dispatches: number }>;
}

/** Takes dispatches with the device's timestamps, in nanoseconds of the device's own clock. */
export class DispatchTimes {
  #sums = new Map<string, Sums>();
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

  /** Counts one dispatch. */
  add({ name, variant, phase, flops }: Dispatched, begin: bigint, end: bigint): void {
    // A clock may be reset between the two; such a dispatch counts, but not its time.
    const duration = Math.max(0, Number(end - begin) / 1e6);
    const key = `${name},${variant}`;
    let sums = this.#sums.get(key);
    if (sums === undefined) {
      const none = { dispatches: 0, total: 0, longest: 0, flops: 0 };
      this.#sums.set(key, sums = { name, variant, ...none, phases: new Map() });
    }
    sums.dispatches++;
    sums.total += duration;
    sums.longest = Math.max(sums.longest, duration);
    sums.flops += flops;
    const inPhase = sums.phases.get(phase) ?? { total: 0, dispatches: 0 };
    inPhase.total += duration;
    inPhase.dispatches++;
    sums.phases.set(phase, inPhase);
    const kept = this.#kept.get(phase) ?? 0;
    if (kept === TIMELINE_DISPATCHES) return;
    this.#kept.set(phase, kept + 1);
    this.#timeline.push({ name, variant, phase, start: this.#sinceOrigin(begin), duration });
  }

  /** By falling total. */
  kernels(): KernelTime[] {
    return Array.from(
      this.#sums.values(),
      (sums) => ({ ...sums, phases: new Map(sums.phases) }),
    ).sort((a, b) => b.total - a.total);
  }

  /** The dispatches that were kept, timed from `start` milliseconds of the host's clock on. */
  timeline(start: number): TimedDispatch[] {
    const shift = this.#offset - start;
    return this.#timeline.map((dispatch) => ({ ...dispatch, start: dispatch.start + shift }));
  }

  #sinceOrigin(time: bigint): number {
    this.#origin ??= time;
    return Number(time - this.#origin) / 1e6;
  }
}
