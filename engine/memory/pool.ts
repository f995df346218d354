/**
 * Device memory: tensors get their place when the commands that use them are submitted; live counts.
 *
 * A buffer that is handed out is only a name until then. What lives no longer than the commands of
 * one submit shares places with others (see plan.ts); what outlives them, or is written by
 * the host, gets a device buffer of its own until it is released. The device buffers and their budget
 * are in buffers.ts.
 *
 * @module
 */
import { mebibytes, roundUp } from "../bytes.ts";
import { DeviceBuffers } from "./buffers.ts";
import { MemoryBudgetError } from "../errors.ts";
import {
  type Interval,
  type Life,
  type Lifetimes,
  liveBound,
  type PagePlace,
  sharePlaces,
} from "./plan.ts";
import type { DeviceBuffer, PooledBuffer } from "./storage.ts";
import { TEXTURE_ROW_BYTES, type TexturePage } from "./texture_pages.ts";

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

/** Memory of one device. */
export class MemoryPool {
  #live = new Set<PooledBuffer>();
  #liveBytes = 0;
  #nextId = 1;
  #devices: DeviceBuffers;
  readonly #largestBuffer: number;
  /** Bytes of the live buffers that have a place. */
  #placedBytes = 0;
  #largest: PlannedBytes = { lasting: 0, places: 0, textures: 0, bound: 0 };

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
    this.#devices = new DeviceBuffers(device, budgetBytes, onDestroy);
    // Read once: on Deno each reading of the limits makes them anew.
    const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
    this.#largestBuffer = Math.min(maxBufferSize, maxStorageBufferBindingSize);
  }

  /**
   * A buffer of at least `bytes` bytes; its contents are arbitrary. Throws
   * {@link MemoryBudgetError} when alone it exceeds the budget or the device's largest buffer.
   */
  acquire(bytes: number): PooledBuffer {
    const limit = this.#largestBuffer;
    if (bytes > limit) {
      throw new MemoryBudgetError(
        `Expected a tensor of at most ${mebibytes(limit)} (largest binding of this adapter) but ` +
          `found ${mebibytes(bytes)}; use a smaller batch, fewer filters or fewer images`,
      );
    }
    if (bytes > this.budgetBytes) throw this.#devices.exceeded(bytes);
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
    this.#devices.release(buffer.device);
  }

  /**
   * The device buffer of a live buffer, for the host to write to. No commands may be recorded that
   * are not submitted. Throws {@link MemoryBudgetError}.
   */
  place(buffer: PooledBuffer): DeviceBuffer {
    this.settle();
    if (buffer.device === null) {
      [buffer.device] = this.#devices.take([buffer.bytes], null);
      this.#placedBytes += buffer.bytes;
    }
    return buffer.device;
  }

  /**
   * Gives places to all that the commands of a submit use. Returns the rows of the mirrors, in
   * their order. Throws {@link MemoryBudgetError}; nothing has a place then that had none before.
   */
  plan({ lives, mirrors }: Lifetimes): readonly PagePlace[] {
    this.#devices.beginSubmit();
    const placed: Life[] = [];
    const lasting: Life[] = [];
    const passing: Life[] = [];
    for (const life of lives) {
      if (life.buffer.device !== null) placed.push(life);
      else (this.#live.has(life.buffer) ? lasting : passing).push(life);
    }
    const shared = sharePlaces(passing);
    const pages = this.#devices.pages.plan(mirrors);
    const sizes = [...lasting.map(({ size }) => size), ...shared.sizes];
    const before = this.#devices.takenBytes;
    const devices = this.#devices.take(sizes, pages.sizes);
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
    for (const { buffer } of placed) this.#devices.touch(buffer.device!);
    for (let i = lasting.length; i < devices.length; i++) this.#devices.release(devices[i]);
    return pages.places;
  }

  /** Destroys all buffers and textures on the device. */
  destroy(): void {
    this.#devices.destroy();
  }

  /** Lets places be used again; all recorded commands must have been submitted. */
  settle(): void {
    this.#devices.settle();
  }

  /** The texture of that number. */
  page(number: number): TexturePage {
    return this.#devices.pages.page(number);
  }

  /** Counts for tests, the doctor and the bench. */
  use(): MemoryUse {
    return {
      liveBuffers: this.#live.size,
      liveBytes: this.#liveBytes,
      allocatedBytes: this.#devices.bytes,
      peakBytes: this.#devices.peakBytes,
      budgetBytes: this.budgetBytes,
      largestSubmit: this.#largest,
    };
  }

  /** Keeps the bytes of the submit that needed most. */
  #note(bytes: Omit<PlannedBytes, "bound">, intervals: readonly Interval[]): void {
    const { lasting, places, textures } = this.#largest;
    if (bytes.lasting + bytes.places + bytes.textures <= lasting + places + textures) return;
    this.#largest = { ...bytes, bound: this.#placedBytes + liveBound(intervals) };
  }
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
