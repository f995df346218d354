/**
 * Device memory: a pool of buffers by size class, a byte budget, live counts.
 *
 * WebGPU does not report that memory runs out (software adapters commit lazily and then kill the
 * process), so the pool keeps its own budget.
 *
 * @module
 */
import { MemoryBudgetError } from "./errors.ts";

/** A device buffer owned by a pool. `id` is unique and never reused. */
export interface PooledBuffer {
  readonly id: number;
  readonly gpu: GPUBuffer;
  /** Size of the size class, at least what was asked for. */
  readonly bytes: number;
  /** Copy that kernels load from where textures load faster than buffers; see load_path.ts. */
  mirror: TextureMirror | null;
}

/** A buffer's contents as a texture, at most 1024 texels of one vec4 a row. */
export interface TextureMirror {
  readonly texture: GPUTexture;
  readonly view: GPUTextureView;
  /** False when the buffer was written since it was copied. */
  fresh: boolean;
}

/** Texels of a mirror's row. */
export const MIRROR_WIDTH = 1024;
/** Bytes of a mirror's row. */
export const MIRROR_ROW_BYTES = MIRROR_WIDTH * 16;
/** Most rows of a mirror: the WebGPU default limit of a texture. */
export const MAX_MIRROR_ROWS = 8192;

/** What a pool holds at one moment. */
export interface MemoryUse {
  /** Buffers handed out and not yet released, and their bytes, those of their textures included. */
  readonly liveBuffers: number;
  readonly liveBytes: number;
  /** Largest `liveBytes` so far. */
  readonly peakBytes: number;
  /** Bytes of all buffers that exist on the device, free ones included. */
  readonly allocatedBytes: number;
  readonly budgetBytes: number;
}

/** Smallest allocation: the alignment of a buffer binding. */
const MINIMUM_BYTES = 256;

/** Size class of an allocation: four steps to each doubling, so at most a quarter is wasted. */
export function sizeClass(bytes: number): number {
  const needed = Math.max(bytes, MINIMUM_BYTES);
  const step = Math.max(2 ** Math.floor(Math.log2(needed) - 2), MINIMUM_BYTES);
  return Math.ceil(needed / step) * step;
}

/** Pool of storage buffers of one device. */
export class MemoryPool {
  #free = new Map<number, PooledBuffer[]>();
  #live = new Set<PooledBuffer>();
  #nextId = 1;
  #liveBytes = 0;
  #peakBytes = 0;
  #allocatedBytes = 0;
  #onDestroy: (buffer: PooledBuffer) => void;

  /**
   * @param budgetBytes most bytes that may exist on the device at one time.
   * @param onDestroy called before a buffer is destroyed, so that caches can forget it.
   */
  constructor(
    readonly device: GPUDevice,
    readonly budgetBytes: number,
    onDestroy: (buffer: PooledBuffer) => void = () => {},
  ) {
    this.#onDestroy = onDestroy;
  }

  /**
   * A buffer of at least `bytes` bytes; its contents are arbitrary. Throws
   * {@link MemoryBudgetError} when the budget or the device's largest buffer is exceeded.
   */
  acquire(bytes: number): PooledBuffer {
    const size = sizeClass(bytes);
    const limit = Math.min(
      this.device.limits.maxBufferSize,
      this.device.limits.maxStorageBufferBindingSize,
    );
    if (bytes > limit) {
      throw new MemoryBudgetError(
        `Expected a tensor of at most ${mebibytes(limit)} (largest binding of this adapter) but ` +
          `found ${mebibytes(bytes)}; use a smaller batch, fewer filters or fewer images`,
      );
    }
    let buffer = this.#free.get(size)?.pop();
    if (buffer === undefined) {
      this.#reserve(size);
      buffer = {
        id: this.#nextId++,
        bytes: size,
        mirror: null,
        gpu: this.device.createBuffer({
          size: Math.min(size, limit),
          usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
        }),
      };
    }
    this.#live.add(buffer);
    this.#addLive(footprint(buffer));
    return buffer;
  }

  /** The texture of a live buffer, made at the first call. Throws {@link MemoryBudgetError}. */
  mirrorOf(buffer: PooledBuffer): TextureMirror {
    if (buffer.mirror !== null) return buffer.mirror;
    const bytes = mirrorBytes(buffer);
    this.#reserve(bytes);
    const texture = this.device.createTexture({
      size: mirrorSize(buffer),
      format: "rgba32float",
      usage: GPUTextureUsage.TEXTURE_BINDING | GPUTextureUsage.COPY_DST,
    });
    buffer.mirror = { texture, view: texture.createView(), fresh: false };
    this.#addLive(bytes);
    return buffer.mirror;
  }

  /** Gives a buffer back; commands recorded later may reuse it. Throws on a second release. */
  release(buffer: PooledBuffer): void {
    if (!this.#live.delete(buffer)) {
      throw new RangeError(`Expected a live buffer but buffer ${buffer.id} was already released`);
    }
    this.#liveBytes -= footprint(buffer);
    const list = this.#free.get(buffer.bytes);
    if (list === undefined) this.#free.set(buffer.bytes, [buffer]);
    else list.push(buffer);
  }

  /** Counts for tests, the doctor and the bench. */
  use(): MemoryUse {
    return {
      liveBuffers: this.#live.size,
      liveBytes: this.#liveBytes,
      peakBytes: this.#peakBytes,
      allocatedBytes: this.#allocatedBytes,
      budgetBytes: this.budgetBytes,
    };
  }

  #addLive(bytes: number): void {
    this.#liveBytes += bytes;
    this.#peakBytes = Math.max(this.#peakBytes, this.#liveBytes);
  }

  /** Counts `bytes` as allocated; frees what nobody uses when the budget would be exceeded. */
  #reserve(bytes: number): void {
    if (this.#allocatedBytes + bytes > this.budgetBytes) this.#trim();
    if (this.#allocatedBytes + bytes > this.budgetBytes) {
      throw new MemoryBudgetError(
        `Expected at most ${mebibytes(this.budgetBytes)} of device memory but ` +
          `${mebibytes(this.#allocatedBytes)} are in use and ${mebibytes(bytes)} more are ` +
          `needed; use a smaller batch, fewer filters or layers, or raise --memory`,
      );
    }
    this.#allocatedBytes += bytes;
  }

  #trim(): void {
    for (const list of this.#free.values()) {
      for (const buffer of list) {
        this.#onDestroy(buffer);
        buffer.gpu.destroy();
        buffer.mirror?.texture.destroy();
        this.#allocatedBytes -= footprint(buffer);
      }
    }
    this.#free.clear();
  }
}

/**
 * Width and height of a buffer's texture in texels: rows of 1024, or one row that is just as wide as
 * it must be. The width is always a power of two and the height never: llvmpipe compiles a kernel
 * anew, some 0.4 s, for each combination of textures that are and are not, and keeps only the first
 * in its disk cache.
 */
function mirrorSize({ bytes }: PooledBuffer): [number, number] {
  const texels = bytes / 16;
  const width = Math.min(MIRROR_WIDTH, 2 ** Math.ceil(Math.log2(texels)));
  let height = Math.ceil(texels / width);
  while ((height & (height - 1)) === 0 && height < MAX_MIRROR_ROWS) height++;
  return [width, height];
}

/** Bytes of a buffer's texture. */
function mirrorBytes(buffer: PooledBuffer): number {
  const [width, height] = mirrorSize(buffer);
  return width * height * 16;
}

/** Bytes of a buffer and of its texture, if it has one. */
function footprint(buffer: PooledBuffer): number {
  return buffer.bytes + (buffer.mirror === null ? 0 : mirrorBytes(buffer));
}

/** Text of a byte count, e.g. `12.5 MiB`. */
export function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
