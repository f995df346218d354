/**
 * The uniform buffer from which dispatches read their parameters: a slot for each dispatch of one
 * submit, filled on the host while commands are recorded and uploaded with them.
 *
 * @module
 */
import { PARAMS_BYTES } from "./kernel.ts";
import type { CompiledKernel, PipelineCache } from "./pipelines.ts";

/** Dispatches between two submits for which the buffer has room. */
const SLOTS = 4096;

/** Parameters of all dispatches of one submit; a slot is named by its first byte. */
export class ParamsBuffer {
  /** The bind group of every kernel's `Params`; the slot is its dynamic offset. */
  readonly group: GPUBindGroup;
  #device: GPUDevice;
  #gpu: GPUBuffer;
  #bytes = new ArrayBuffer(SLOTS * PARAMS_BYTES);
  #view = new DataView(this.#bytes);
  #used = 0;
  /** Bytes that the device holds already. */
  #uploaded = 0;

  /** Makes the buffer on the device of `pipelines`. */
  constructor({ device, paramsLayout }: PipelineCache) {
    this.#device = device;
    this.#gpu = device.createBuffer({
      label: "params",
      size: this.#bytes.byteLength,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    this.group = device.createBindGroup({
      layout: paramsLayout,
      entries: [{ binding: 0, resource: { buffer: this.#gpu, size: PARAMS_BYTES } }],
    });
  }

  /** Whether there is no slot left before the next {@link ParamsBuffer.upload}. */
  get full(): boolean {
    return this.#used === SLOTS;
  }

  /** Writes `params` into the next slot, in the order of the kernel's declaration; returns the slot. */
  write(kernel: CompiledKernel, params: Readonly<Record<string, number>>): number {
    const slot = this.#used++ * PARAMS_BYTES;
    let offset = slot;
    for (const name in kernel.spec.params) {
      const type = kernel.spec.params[name];
      if (type === "f32") this.#view.setFloat32(offset, params[name], true);
      else if (type === "u32") this.#view.setUint32(offset, params[name], true);
      else this.#view.setInt32(offset, params[name], true);
      offset += 4;
    }
    return slot;
  }

  /** Writes further u32s behind the parameters of a dispatch. */
  append(slot: number, kernel: CompiledKernel, numbers: readonly number[]): void {
    let offset = slot + 4 * kernel.parameterCount;
    for (const number of numbers) {
      this.#view.setUint32(offset, number, true);
      offset += 4;
    }
  }

  /** Has the device hold the slots up to this one before what is submitted next; they stay in use. */
  uploadTo(slot: number): void {
    const from = this.#uploaded;
    this.#uploaded = slot + PARAMS_BYTES;
    const bytes = this.#uploaded - from;
    if (bytes > 0) this.#device.queue.writeBuffer(this.#gpu, from, this.#bytes, from, bytes);
  }

  /** Has the device hold all slots before what is submitted next, and begins again with the first. */
  upload(): void {
    if (this.#used > 0) this.uploadTo((this.#used - 1) * PARAMS_BYTES);
    this.clear();
  }

  /** Destroys the buffer. */
  destroy(): void {
    this.#gpu.destroy();
  }

  /** Forgets all slots: their dispatches were submitted, or dropped. */
  clear(): void {
    this.#used = 0;
    this.#uploaded = 0;
  }
}
