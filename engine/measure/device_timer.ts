/**
 * Times of recorded commands on the device: by timestamps where the adapter has them, else by the
 * clock.
 *
 * @module
 */
import type { GpuBackend } from "../webgpu/gpu_backend.ts";

/** Most functions that are timed in one go. */
const MAX_RECORDS = 63;
/** Bytes of two timestamps a pass, of which there is one more than functions. */
const BYTES = 2 * 8 * (MAX_RECORDS + 1);

interface Queries {
  readonly set: GPUQuerySet;
  readonly resolved: GPUBuffer;
  readonly staging: GPUBuffer;
}

/** Times what others record on one backend; nothing else should use the device meanwhile. */
export class DeviceTimer {
  readonly #gpu: GpuBackend;
  readonly #queries: Queries | null;

  constructor(gpu: GpuBackend) {
    this.#gpu = gpu;
    const { device } = gpu.memory;
    // Copies to textures end a pass too early.
    const timestamps = device.features.has("timestamp-query") && gpu.target.loadPath === "storage";
    const { QUERY_RESOLVE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
    this.#queries = timestamps
      ? {
        set: device.createQuerySet({ type: "timestamp", count: BYTES / 8 }),
        resolved: device.createBuffer({ size: BYTES, usage: QUERY_RESOLVE | COPY_SRC }),
        staging: device.createBuffer({ size: BYTES, usage: MAP_READ | COPY_DST }),
      }
      : null;
  }

  /**
   * Milliseconds that the device takes for what each function records, in order. Without timestamps
   * each has to run long enough that the 10 ms in which Deno polls for the end do not matter. All
   * together may record as much as fits between two submits.
   *
   * @param records at most 63; the first is run once more before all others
   */
  async milliseconds(records: readonly (() => void)[]): Promise<number[]> {
    if (records.length > MAX_RECORDS) {
      throw new RangeError(`Expected at most ${MAX_RECORDS} functions but found ${records.length}`);
    }
    await this.#gpu.queue.finish();
    return this.#queries === null
      ? await this.#byClock(records)
      : await this.#byTimestamps(records, this.#queries);
  }

  /** Waits for the device and frees what the timer holds there. */
  async close(): Promise<void> {
    await this.#gpu.queue.finish();
    this.#queries?.staging.destroy();
    this.#queries?.resolved.destroy();
    this.#queries?.set.destroy();
  }

  async #byTimestamps(
    records: readonly (() => void)[],
    { set, resolved, staging }: Queries,
  ): Promise<number[]> {
    const { queue, memory: { device } } = this.#gpu;
    [records[0], ...records].forEach((record, i) => {
      queue.beginPass({
        querySet: set,
        beginningOfPassWriteIndex: 2 * i,
        endOfPassWriteIndex: 2 * i + 1,
      });
      record();
    });
    queue.beginPass();
    queue.submit();
    const count = 2 * (records.length + 1);
    const encoder = device.createCommandEncoder();
    encoder.resolveQuerySet(set, 0, count, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, 8 * count);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const times = new BigUint64Array(staging.getMappedRange(0, 8 * count).slice(0));
    staging.unmap();
    // From the end of a pass to the end of the next: what lavapipe writes as the beginning of a pass is
    // its end too, and without asking for a beginning an end is that of the next pass.
    return records.map((_, i) => Number(times[2 * i + 3] - times[2 * i + 1]) / 1e6);
  }

  async #byClock(records: readonly (() => void)[]): Promise<number[]> {
    const times: number[] = [];
    for (const record of records) {
      const start = performance.now();
      record();
      await this.#gpu.queue.finish();
      times.push(performance.now() - start);
    }
    return times;
  }
}
