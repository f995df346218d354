/**
 * Device memory: tensors get their place when the commands that use them are submitted, a byte
 * budget, live counts.
 *
 * A buffer that is handed out is only a name until then. What lives no longer than the commands of
 * one submit shares places with others (see memory_plan.ts); what outlives them, or is written by
 * the host, gets a device buffer of its own until it is released. Device buffers are kept for the next
 * submit, but never more bytes than the largest submit so far needed.
 *
 * WebGPU does not report that memory runs out (software adapters commit lazily and then kill the
 * process), so the pool keeps its own budget.
 *
 * @module
 */
import { MemoryBudgetError } from "./errors.ts";
import {
  type Interval,
  type Life,
  type Lifetimes,
  liveBound,
  type PagePlace,
  sharePlaces,
} from "./memory_plan.ts";
import { TEXTURE_ROW_BYTES, type TexturePage, TexturePages } from "./texture_pages.ts";

/** A buffer that exists on the device. `id` is unique among buffers and textures, never reused. */
export interface DeviceBuffer {
  readonly id: number;
  readonly gpu: GPUBuffer;
  readonly bytes: number;
  /** Number of the last submit that used it. */
  used: number;
}

/** A buffer that was handed out. `id` is unique and never reused. */
export interface PooledBuffer {
  readonly id: number;
  /** A multiple of 16, at least what was asked for. */
  readonly bytes: number;
  /** Where it lies; null until it is written by the host or a command that uses it is submitted. */
  device: DeviceBuffer | null;
}

/** Bytes that one submit needs. */
export interface PlannedBytes {
  /** What exists between submits: weights, gradients, momenta, images, averages. */
  readonly lasting: number;
  /** Places of all other tensors. */
  readonly places: number;
  /** Places of textures. */
  readonly textures: number;
  /** Most bytes of lasting buffers, tensors and textures that are needed at one moment. */
  readonly bound: number;
}

/** What a pool holds at one moment. */
export interface MemoryUse {
  /** Buffers handed out and not yet released, and their bytes, whether they have a place or not. */
  readonly liveBuffers: number;
  readonly liveBytes: number;
  /** Bytes of all buffers and textures that exist on the device, free ones included. */
  readonly allocatedBytes: number;
  /** Largest `allocatedBytes` so far. */
  readonly peakBytes: number;
  readonly budgetBytes: number;
  /** Of the submit that needed most; all 0 before the first. */
  readonly largestSubmit: PlannedBytes;
}

/** Alignment of a buffer binding, and the smallest device buffer. */
const ALIGNMENT = 256;
/** A free buffer serves if it is at most an eighth and this many bytes larger than needed. */
const SPARE_BYTES = 1024;

/** Memory of one device. */
export class MemoryPool {
  #live = new Set<PooledBuffer>();
  #liveBytes = 0;
  #nextId = 1;
  #free: DeviceBuffer[] = [];
  /** Places of released buffers that recorded commands may still use. */
  #released: DeviceBuffer[] = [];
  #pages: TexturePages;
  #submits = 0;
  /** Bytes of all device buffers, and of those that are not free. */
  #bufferBytes = 0;
  #takenBytes = 0;
  /** Bytes of the live buffers that have a place. */
  #placedBytes = 0;
  /** Largest number of bytes that were in use at one time. */
  #neededBytes = 0;
  #peakBytes = 0;
  #largest: PlannedBytes = { lasting: 0, places: 0, textures: 0, bound: 0 };
  #onDestroy: (id: number) => void;

  /**
   * @param budgetBytes most bytes that may exist on the device at one time.
   * @param onDestroy called before a device buffer or texture is destroyed, so that caches can forget
   * it.
   */
  constructor(
    readonly device: GPUDevice,
    readonly budgetBytes: number,
    onDestroy: (id: number) => void = () => {},
  ) {
    this.#onDestroy = onDestroy;
    this.#pages = new TexturePages(device, () => this.#nextId++, onDestroy);
  }

  /**
   * A buffer of at least `bytes` bytes; its contents are arbitrary. Throws
   * {@link MemoryBudgetError} when alone it exceeds the budget or the device's largest buffer.
   */
  acquire(bytes: number): PooledBuffer {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.device.limits;
    const limit = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    if (bytes > limit) {
      throw new MemoryBudgetError(
        `Expected a tensor of at most ${mebibytes(limit)} (largest binding of this adapter) but ` +
          `found ${mebibytes(bytes)}; use a smaller batch, fewer filters or fewer images`,
      );
    }
    if (bytes > this.budgetBytes) throw this.#exceeded(bytes);
    const buffer = {
      id: this.#nextId++,
      bytes: Math.max(16, roundUp(bytes, 16)),
      device: null,
    };
    this.#live.add(buffer);
    this.#liveBytes += buffer.bytes;
    return buffer;
  }

  /** Gives a buffer back; recorded commands may still use it. Throws on a second release. */
  release(buffer: PooledBuffer): void {
    if (!this.#live.delete(buffer)) {
      throw new RangeError(`Expected a live buffer but buffer ${buffer.id} was already released`);
    }
    this.#liveBytes -= buffer.bytes;
    if (buffer.device === null) return;
    this.#placedBytes -= buffer.bytes;
    this.#released.push(buffer.device);
  }

  /**
   * The device buffer of a live buffer, for the host to write to. No commands may be recorded that
   * are not submitted. Throws {@link MemoryBudgetError}.
   */
  place(buffer: PooledBuffer): DeviceBuffer {
    this.settle();
    if (buffer.device === null) {
      [buffer.device] = this.#take([buffer.bytes], null);
      this.#placedBytes += buffer.bytes;
    }
    return buffer.device;
  }

  /**
   * Gives places to all that the commands of a submit use. Returns the rows of the mirrors, in
   * their order. Throws {@link MemoryBudgetError}; nothing has a place then that had none before.
   */
  plan({ lives, mirrors }: Lifetimes): readonly PagePlace[] {
    this.#submits++;
    const placed: Life[] = [];
    const lasting: Life[] = [];
    const passing: Life[] = [];
    for (const life of lives) {
      if (life.buffer.device !== null) placed.push(life);
      else (this.#live.has(life.buffer) ? lasting : passing).push(life);
    }
    const shared = sharePlaces(passing);
    const pages = this.#pages.plan(mirrors);
    const sizes = [...lasting.map(({ size }) => size), ...shared.sizes];
    const before = this.#takenBytes;
    const devices = this.#take(sizes, pages.sizes);
    const intervals: Interval[] = [
      ...passing,
      ...mirrors,
      ...lasting.map(({ size, first }) => ({ size, first, last: Infinity })),
      ...placed.filter(({ buffer }) => !this.#live.has(buffer)).map((life) => ({
        ...life,
        first: 0,
      })),
    ];
    this.#note(
      {
        lasting: before + total(lasting.map(({ size }) => size)),
        places: total(shared.sizes),
        textures: total(pages.sizes) * TEXTURE_ROW_BYTES,
      },
      intervals,
    );
    lasting.forEach(({ buffer }, i) => {
      buffer.device = devices[i];
      this.#placedBytes += buffer.bytes;
    });
    passing.forEach(({ buffer }, i) => {
      buffer.device = devices[lasting.length + shared.placeOf[i]];
    });
    for (const { buffer } of placed) buffer.device!.used = this.#submits;
    this.#released.push(...devices.slice(lasting.length));
    return pages.places;
  }

  /** Lets places be used again; all recorded commands must have been submitted. */
  settle(): void {
    for (const buffer of this.#released) this.#takenBytes -= buffer.bytes;
    this.#free.push(...this.#released.splice(0));
  }

  /** The texture of that number. */
  page(number: number): TexturePage {
    return this.#pages.page(number);
  }

  /** Counts for tests, the doctor and the bench. */
  use(): MemoryUse {
    return {
      liveBuffers: this.#live.size,
      liveBytes: this.#liveBytes,
      allocatedBytes: this.#bufferBytes + this.#pages.bytes,
      peakBytes: this.#peakBytes,
      budgetBytes: this.budgetBytes,
      largestSubmit: this.#largest,
    };
  }

  /** Device buffers of the given sizes, and textures with the given rows unless null. */
  #take(sizes: readonly number[], rows: readonly number[] | null): DeviceBuffer[] {
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
    if (needed + this.#pages.bytesWith(rows ?? []) > this.budgetBytes) this.#pages.clear();
    const textures = this.#pages.bytesWith(rows ?? []);
    if (needed + textures > this.budgetBytes) throw this.#exceeded(reused + made + textures);
    this.#neededBytes = Math.max(this.#neededBytes, needed);
    this.#free = spare;
    this.#trim(Math.min(this.#neededBytes, this.budgetBytes - textures) - made);
    if (rows !== null) this.#pages.resize(rows);
    this.#bufferBytes += made;
    this.#takenBytes = needed;
    this.#peakBytes = Math.max(this.#peakBytes, this.#bufferBytes + this.#pages.bytes);
    return sizes.map((size, i) => {
      const buffer = taken[i] ?? this.#create(roundUp(size, ALIGNMENT));
      buffer.used = this.#submits;
      return buffer;
    });
  }

  #create(bytes: number): DeviceBuffer {
    const gpu = this.device.createBuffer({
      size: bytes,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
    return { id: this.#nextId++, gpu, bytes, used: 0 };
  }

  /** Destroys free buffers, those unused for longest first, until at most `bytes` of buffers exist. */
  #trim(bytes: number): void {
    if (this.#bufferBytes <= bytes) return;
    this.#free.sort((a, b) => b.used - a.used || a.id - b.id);
    while (this.#bufferBytes > bytes && this.#free.length > 0) {
      const buffer = this.#free.pop()!;
      this.#onDestroy(buffer.id);
      buffer.gpu.destroy();
      this.#bufferBytes -= buffer.bytes;
    }
  }

  /** Keeps the bytes of the submit that needed most. */
  #note(bytes: Omit<PlannedBytes, "bound">, intervals: readonly Interval[]): void {
    const { lasting, places, textures } = this.#largest;
    if (bytes.lasting + bytes.places + bytes.textures <= lasting + places + textures) return;
    this.#largest = { ...bytes, bound: this.#placedBytes + liveBound(intervals) };
  }

  #exceeded(bytes: number): MemoryBudgetError {
    return new MemoryBudgetError(
      `Expected at most ${mebibytes(this.budgetBytes)} of device memory but ` +
        `${mebibytes(this.#takenBytes)} are in use and ${mebibytes(bytes)} more are ` +
        `needed; use a smaller batch, fewer filters or layers, or raise --memory`,
    );
  }
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** The smallest multiple of `step` that is at least `value`. */
function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

/** Text of a byte count, e.g. `12.5 MiB`. */
export function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
