/**
 * Large textures that hold the contents of many buffers, each in some whole rows.
 *
 * Nothing in them outlives a submit, so they can be replaced by larger ones between two.
 *
 * @module
 */
import { type Mirror, type Packing, packPages } from "./plan.ts";

/** Texels of a row: one vec4 each. */
export const TEXTURE_WIDTH = 1024;
/** Bytes of a row. */
export const TEXTURE_ROW_BYTES = TEXTURE_WIDTH * 16;
/** Most rows of a page, one less than the WebGPU default limit of a texture; see {@link pageRows}. */
export const MAX_TEXTURE_ROWS = 8191;

/** A texture on the device. `id` is unique among buffers and textures. */
export interface TexturePage {
  readonly id: number;
  readonly texture: GPUTexture;
  readonly view: GPUTextureView;
  readonly rows: number;
}

/** The pages of one device. */
export class TexturePages {
  #pages: TexturePage[] = [];

  /**
   * @param newId gives each page its number.
   * @param onDestroy is told the number of a page before it is destroyed.
   */
  constructor(
    readonly device: GPUDevice,
    readonly newId: () => number,
    readonly onDestroy: (id: number) => void,
  ) {}

  /** Bytes of all pages. */
  get bytes(): number {
    return this.#pages.reduce((total, { rows }) => total + rows, 0) * TEXTURE_ROW_BYTES;
  }

  /** The page of that number. */
  page(number: number): TexturePage {
    return this.#pages[number];
  }

  /** Puts mirrors that are needed at the same time into different rows; sizes in rows. */
  plan(mirrors: readonly Mirror[]): Packing {
    const intervals = mirrors.map(({ size, first, last }) => ({
      size: Math.ceil(size / TEXTURE_ROW_BYTES),
      first,
      last,
    }));
    return packPages(intervals, MAX_TEXTURE_ROWS);
  }

  /** Bytes of all pages once they have room for a plan. */
  bytesWith(rows: readonly number[]): number {
    let total = 0;
    for (let i = 0; i < Math.max(rows.length, this.#pages.length); i++) {
      total += Math.max(this.#pages[i]?.rows ?? 0, pageRows(rows[i] ?? 0));
    }
    return total * TEXTURE_ROW_BYTES;
  }

  /** Replaces the pages that are too small for a plan. */
  resize(rows: readonly number[]): void {
    rows.forEach((count, i) => {
      const old = this.#pages[i];
      if (old !== undefined && old.rows >= count) return;
      if (old !== undefined) this.#destroy(old);
      const height = pageRows(count);
      const texture = this.device.createTexture({
        size: [TEXTURE_WIDTH, height],
        format: "rgba32float",
        usage: GPUTextureUsage.TEXTURE_BINDING | GPUTextureUsage.COPY_DST,
      });
      this.#pages[i] = { id: this.newId(), texture, view: texture.createView(), rows: height };
    });
  }

  /** Destroys all pages; the next plan makes those that it needs. */
  clear(): void {
    for (const page of this.#pages.splice(0)) this.#destroy(page);
  }

  #destroy({ id, texture }: TexturePage): void {
    this.onDestroy(id);
    texture.destroy();
  }
}

/**
 * Rows of a page that needs `count`: never a power of two, for llvmpipe compiles a kernel anew, some
 * 0.4 s, for each combination of textures that are and are not, and keeps only the first in its disk
 * cache.
 */
function pageRows(count: number): number {
  return count > 0 && (count & (count - 1)) === 0 ? Math.max(count + 1, 3) : count;
}

/** Records the copy of the first `bytes` of a buffer to a texture, from row `row` on. */
export function copyToTexture(
  encoder: GPUCommandEncoder,
  buffer: GPUBuffer,
  bytes: number,
  texture: GPUTexture,
  row: number,
): void {
  const rows = Math.floor(bytes / TEXTURE_ROW_BYTES);
  const rest = bytes % TEXTURE_ROW_BYTES / 16;
  if (rows > 0) {
    encoder.copyBufferToTexture(
      { buffer, bytesPerRow: TEXTURE_ROW_BYTES },
      { texture, origin: [0, row] },
      [TEXTURE_WIDTH, rows],
    );
  }
  if (rest > 0) {
    encoder.copyBufferToTexture(
      { buffer, offset: rows * TEXTURE_ROW_BYTES, bytesPerRow: TEXTURE_ROW_BYTES },
      { texture, origin: [0, row + rows] },
      [rest, 1],
    );
  }
}
