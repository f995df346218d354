/**
 * Timing dispatches by the host's clock, one at a time. Software adapters need it: lavapipe writes a
 * timestamp when its rasteriser next gets to it, which after the first copy to a texture is long after
 * the kernel, or before.
 *
 * It stands on `mapAsync` waiting inside the call until the queue is empty, as it does on Deno.
 *
 * @module
 */

/** Empty passes that are timed for what a submit costs by itself. */
const EMPTY_PASSES = 16;

/** Runs single dispatches and waits for them. */
export class HostClock {
  readonly #device: GPUDevice;
  /** Milliseconds of a submit with nothing to do. */
  readonly #empty: number;
  /** Milliseconds spent in {@link time}: more than measuring cost, for the kernels ran meanwhile. */
  spent = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
    const times = Array.from({ length: EMPTY_PASSES }, () => {
      const { begin, end } = this.#run(() => {});
      return end - begin;
    });
    this.#empty = times.sort((a, b) => a - b)[EMPTY_PASSES / 2];
  }

  /** Nanoseconds of the host's clock at which the device began and ended what `encode` records. */
  time(encode: (pass: GPUComputePassEncoder) => void): { begin: bigint; end: bigint } {
    const start = performance.now();
    const { begin, end } = this.#run(encode);
    this.spent += performance.now() - start;
    const nanoseconds = (time: number) => BigInt(Math.round(1e6 * time));
    return { begin: nanoseconds(begin), end: nanoseconds(Math.max(begin, end - this.#empty)) };
  }

  #run(encode: (pass: GPUComputePassEncoder) => void): { begin: number; end: number } {
    const encoder = this.#device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    encode(pass);
    pass.end();
    const commands = encoder.finish();
    this.#wait();
    const begin = performance.now();
    this.#device.queue.submit([commands]);
    this.#wait();
    return { begin, end: performance.now() };
  }

  #wait(): void {
    const { MAP_READ, COPY_DST } = GPUBufferUsage;
    const buffer = this.#device.createBuffer({ size: 4, usage: MAP_READ | COPY_DST });
    // What the device has to say about its loss is said by the next submit.
    buffer.mapAsync(GPUMapMode.READ).then(() => buffer.destroy(), () => {});
  }
}
