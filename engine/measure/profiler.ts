/**
 * Times of dispatches on the device: by timestamp queries, on software adapters by the host's clock
 * (see host_clock.ts). A sample is measured, the others count as their like (see dispatch_times.ts).
 *
 * Timestamps exist at the borders of passes alone, so a dispatch that is measured gets a pass of its
 * own. Kernels, their order and so all results stay the same; only the gaps between dispatches grow,
 * which count for no kernel. Copies are no passes and belong to the gaps too.
 *
 * @module
 */
import type { OpenDevice } from "../webgpu/device.ts";
import { DeviceError } from "../errors.ts";
import {
  type Dispatched,
  DispatchTimes,
  type KernelTime,
  type TimedDispatch,
} from "./dispatch_times.ts";
import { HostClock } from "./host_clock.ts";
import { type PhaseSpan, PhaseSpans } from "./phase_spans.ts";

/** Share of the time that measuring may take on the host's clock, the kernels it runs included. */
const COST = 0.15;

/** Dispatches of one query set; 4096 queries are what WebGPU allows. */
const SET_DISPATCHES = 2048;

/** What was measured from the opening of a device on. */
export interface DeviceProfile {
  /** Milliseconds of the host's clock. */
  readonly elapsed: number;
  /** By falling total, which is estimated from a sample of dispatches. */
  readonly kernels: readonly KernelTime[];
  /** The first dispatches of each phase that were measured, in the order of their recording. */
  readonly timeline: readonly TimedDispatch[];
  /** What the host was at, in order. */
  readonly spans: readonly PhaseSpan[];
  /** Milliseconds that the host spent in each phase, in the order of their first appearance. */
  readonly phases: ReadonlyMap<string, number>;
}

/** One query set, in use or free. */
interface Batch {
  readonly queries: GPUQuerySet;
  readonly resolved: GPUBuffer;
  readonly staging: GPUBuffer;
  dispatches: Dispatched[];
  /** Milliseconds of the host's clock. */
  submitted: number;
}

/** Measures the dispatches that a command queue records. */
export class Profiler {
  #open: OpenDevice;
  #free: Batch[] = [];
  #encoded: Batch[] = [];
  #ended: Batch[] = [];
  #reads: Promise<void>[] = [];
  #failure: unknown = null;
  #times = new DispatchTimes();
  #spans = new PhaseSpans(performance.now());
  /** Null where the device's own timestamps are used. */
  readonly #clock: HostClock | null;

  /** Throws {@link DeviceError} where the device was opened without timestamp queries. */
  constructor(open: OpenDevice) {
    this.#clock = open.adapter.fallback ? new HostClock(open.device) : null;
    if (this.#clock === null && !open.device.features.has("timestamp-query")) {
      throw new DeviceError(
        `Expected an adapter with timestamp queries to profile kernels but ` +
          `${open.adapter.description} has none; run without a profile`,
      );
    }
    this.#open = open;
  }

  /** Names what is recorded from here on, and the epoch it belongs to. */
  enter(phase: string, epoch?: number): void {
    this.#spans.enter(phase, epoch ?? null, performance.now());
  }

  /**
   * What is known of a dispatch when it is recorded.
   *
   * @param variant template values of the kernel, `K=3,S=1`
   * @param flops floating-point operations; 0 where they are not counted
   */
  describe(name: string, variant: string, flops: number, grid: readonly number[]): Dispatched {
    return { name, variant, phase: this.#spans.phase, flops, grid };
  }

  /** Counts a dispatch when it is sent to the device, and chooses whether it is to be measured. */
  choose(dispatch: Dispatched): boolean {
    const spent = this.#clock?.spent ?? 0;
    const affordable = spent < COST * (performance.now() - this.#spans.start);
    return this.#times.count(dispatch, affordable);
  }

  /** Whether each dispatch has to be submitted alone, by {@link Profiler.runAlone}. */
  get alone(): boolean {
    return this.#clock !== null;
  }

  /** Submits one dispatch and waits for it; everything it depends on was submitted before. */
  runAlone(dispatch: Dispatched, encode: (pass: GPUComputePassEncoder) => void): void {
    const { begin, end } = this.#clock!.time(encode);
    this.#times.submitted(begin, Number(begin) / 1e6);
    this.#times.add(dispatch, begin, end);
  }

  /** Begins the pass of one dispatch; the caller ends it. */
  pass(encoder: GPUCommandEncoder, dispatch: Dispatched): GPUComputePassEncoder {
    let batch = this.#encoded.at(-1);
    if (batch === undefined || batch.dispatches.length === SET_DISPATCHES) {
      this.#encoded.push(batch = this.#free.pop() ?? this.#newBatch());
    }
    const first = 2 * batch.dispatches.push(dispatch) - 2;
    return encoder.beginComputePass({
      timestampWrites: {
        querySet: batch.queries,
        beginningOfPassWriteIndex: first,
        endOfPassWriteIndex: first + 1,
      },
    });
  }

  /** Encodes the read-back of what was measured; call it last before a submit. */
  beforeSubmit(encoder: GPUCommandEncoder): void {
    for (const batch of this.#encoded) {
      const count = 2 * batch.dispatches.length;
      encoder.resolveQuerySet(batch.queries, 0, count, batch.resolved, 0);
      encoder.copyBufferToBuffer(batch.resolved, 0, batch.staging, 0, 8 * count);
      batch.submitted = performance.now();
    }
    this.#ended.push(...this.#encoded.splice(0));
  }

  /**
   * Collects what was measured by commands that were submitted. Call it when the program waits for
   * read-backs anyway: on Deno mapping waits until the queue is empty.
   */
  collect(): void {
    for (const batch of this.#ended.splice(0)) {
      this.#reads.push(
        this.#read(batch).catch((error) => {
          this.#failure ??= error;
        }),
      );
    }
  }

  /** Waits for everything submitted so far. Throws what the device reported. */
  async profile(): Promise<DeviceProfile> {
    this.collect();
    await Promise.all(this.#reads.splice(0));
    this.#open.check();
    if (this.#failure !== null) throw this.#failure;
    const now = performance.now();
    const { start } = this.#spans;
    return {
      elapsed: now - start,
      kernels: this.#times.kernels(),
      timeline: this.#times.timeline(start),
      ...this.#spans.until(now),
    };
  }

  /** Destroys what the profiler made on the device. */
  destroy(): void {
    for (
      const { queries, resolved, staging } of [...this.#free, ...this.#encoded, ...this.#ended]
    ) {
      for (const resource of [queries, resolved, staging]) resource.destroy();
    }
  }

  #newBatch(): Batch {
    const { device } = this.#open;
    const size = 16 * SET_DISPATCHES;
    const { QUERY_RESOLVE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
    return {
      queries: device.createQuerySet({ type: "timestamp", count: 2 * SET_DISPATCHES }),
      resolved: device.createBuffer({ size, usage: QUERY_RESOLVE | COPY_SRC }),
      staging: device.createBuffer({ size, usage: MAP_READ | COPY_DST }),
      dispatches: [],
      submitted: 0,
    };
  }

  async #read(batch: Batch): Promise<void> {
    const bytes = 16 * batch.dispatches.length;
    await batch.staging.mapAsync(GPUMapMode.READ, 0, bytes);
    const times = new BigUint64Array(batch.staging.getMappedRange(0, bytes).slice(0));
    batch.staging.unmap();
    this.#times.submitted(times[0], batch.submitted);
    batch.dispatches.forEach((dispatch, i) =>
      this.#times.add(dispatch, times[2 * i], times[2 * i + 1])
    );
    batch.dispatches = [];
    this.#free.push(batch);
  }
}
