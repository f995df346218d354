/**
 * Buffers that exist on the device, within a byte budget. They are kept for the next submit, but
 * never more bytes than the largest submit so far needed.
 *
 * WebGPU does not report that memory runs out (software adapters commit lazily and then kill the
 * process), so the budget is kept here.
 *
 * @module
 */
import { mebibytes, roundUp } from "../bytes.ts";
import { MemoryBudgetError } from "../errors.ts";
import type { DeviceBuffer } from "./storage.ts";
import { TexturePages } from "./texture_pages.ts";

/** Alignment of a buffer binding, and the smallest device buffer. */
const ALIGNMENT = 256;
/** A free buffer serves if it is at most an eighth and this many bytes larger than needed. */
const SPARE_BYTES = 1024;

/** The buffers of one device, and its textures, which share the budget. */
export class DeviceBuffers {
  /** The textures; {@link DeviceBuffers.take} gives them their sizes. */
  readonly pages: TexturePages;
  #nextId = 1;
  /** All that exist. */
  readonly #all = new Set<DeviceBuffer>();
  #free: DeviceBuffer[] = [];
  /** Given back, but recorded commands may still use them. */
  #released: DeviceBuffer[] = [];
  #submits = 0;
  /** Bytes of all buffers, and of those that are not free. */
  #bufferBytes = 0;
  #takenBytes = 0;
  /** Largest number of bytes that were in use at one time. */
  #neededBytes = 0;
  #peakBytes = 0;

  /**
   * @param budgetBytes most bytes that may exist at one time.
   * @param onDestroy called before a buffer or texture is destroyed.
   */
  constructor(
    readonly device: GPUDevice,
    readonly budgetBytes: number,
    readonly onDestroy: (id: number) => void,
  ) {
    this.pages = new TexturePages(device, () => this.#nextId++, onDestroy);
  }

  /** Bytes of the buffers that are not free. */
  get takenBytes(): number {
    return this.#takenBytes;
  }

  /** Bytes of all buffers and textures, free ones included. */
  get bytes(): number {
    return this.#bufferBytes + this.pages.bytes;
  }

  /** Largest {@link DeviceBuffers.bytes} so far. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  /** Begins a submit: what is taken or touched from here on was used by it. */
  beginSubmit(): void {
    this.#submits++;
  }

  /** Notes that the present submit uses a buffer that was taken before. */
  touch(buffer: DeviceBuffer): void {
    buffer.used = this.#submits;
  }

  /**
   * Buffers of at least the given sizes, in their order, and textures with the given rows unless
   * null. Throws {@link MemoryBudgetError}; nothing is taken then.
   */
  take(sizes: readonly number[], rows: readonly number[] | null): DeviceBuffer[] {
    const order = sizes.map((_, i) => i).sort((a, b) => sizes[a] - sizes[b] || a - b);
    this.#free.sort((a, b) => a.bytes - b.bytes || a.id - b.id);
    const taken = new Array<DeviceBuffer | undefined>(sizes.length);
    const spare: DeviceBuffer[] = [];
    let at = 0;
    for (const i of order) {
      while (at < this.#free.length && this.#free[at].bytes < sizes[i]) {
        spare.push(this.#free[at++]);
      }
      const fits = at < this.#free.length &&
        this.#free[at].bytes <= sizes[i] * 1.125 + SPARE_BYTES;
      if (fits) taken[i] = this.#free[at++];
    }
    spare.push(...this.#free.slice(at));
    let reused = 0;
    let made = 0;
    sizes.forEach((size, i) => {
      if (taken[i] === undefined) made += roundUp(size, ALIGNMENT);
      else reused += taken[i].bytes;
    });
    const needed = this.#takenBytes + reused + made;
    if (needed + this.pages.bytesWith(rows ?? []) > this.budgetBytes) this.pages.clear();
    const textures = this.pages.bytesWith(rows ?? []);
    if (needed + textures > this.budgetBytes) throw this.exceeded(reused + made + textures);
    this.#neededBytes = Math.max(this.#neededBytes, needed);
    this.#free = spare;
    this.#trim(Math.min(this.#neededBytes, this.budgetBytes - textures) - made);
    if (rows !== null) this.pages.resize(rows);
    this.#bufferBytes += made;
    this.#takenBytes = needed;
    this.#peakBytes = Math.max(this.#peakBytes, this.bytes);
    return sizes.map((size, i) => {
      const buffer = taken[i] ?? this.#create(roundUp(size, ALIGNMENT));
      buffer.used = this.#submits;
      return buffer;
    });
  }

  /** Gives a buffer back; it is free after the next {@link DeviceBuffers.settle}. */
  release(buffer: DeviceBuffer): void {
    this.#released.push(buffer);
  }

  /** Lets what was given back be used again; all recorded commands must have been submitted. */
  settle(): void {
    for (const buffer of this.#released) this.#takenBytes -= buffer.bytes;
    this.#free.push(...this.#released.splice(0));
  }

  /** Destroys all buffers and textures. */
  destroy(): void {
    this.pages.clear();
    for (const { id, gpu } of this.#all) {
      this.onDestroy(id);
      gpu.destroy();
    }
    this.#all.clear();
  }

  /** The error of a need for `bytes` more than the budget allows. */
  exceeded(bytes: number): MemoryBudgetError {
    return new MemoryBudgetError(
      `Expected at most ${mebibytes(this.budgetBytes)} of device memory but ` +
        `${mebibytes(this.#takenBytes)} are in use and ${mebibytes(bytes)} more are ` +
        `needed; use a smaller batch, fewer filters or layers, or raise --memory`,
    );
  }

  #create(bytes: number): DeviceBuffer {
    const gpu = this.device.createBuffer({
      size: bytes,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
    const buffer = { id: this.#nextId++, gpu, bytes, used: 0 };
    this.#all.add(buffer);
    return buffer;
  }

  /** Destroys free buffers, those unused for longest first, until at most `bytes` of buffers exist. */
  #trim(bytes: number): void {
    if (this.#bufferBytes <= bytes) return;
    this.#free.sort((a, b) => b.used - a.used || a.id - b.id);
    while (this.#bufferBytes > bytes && this.#free.length > 0) {
      const buffer = this.#free.pop()!;
      this.#all.delete(buffer);
      this.onDestroy(buffer.id);
      buffer.gpu.destroy();
      this.#bufferBytes -= buffer.bytes;
    }
  }
}
