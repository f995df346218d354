/**
 * The texture load path (see load_path.ts) as a pass over the commands of one submit: what is copied to
 * a texture before each of them, and what each dispatch binds then. Where kernels load from buffers
 * nothing is copied, and buffers are bound.
 *
 * @module
 */
import type { Lifetimes, PagePlace } from "../memory/plan.ts";
import type { MemoryPool } from "../memory/pool.ts";
import type { GpuStorage } from "../memory/storage.ts";
import { copyToTexture, TEXTURE_WIDTH } from "../memory/texture_pages.ts";
import type { Bindable, BindGroups } from "./bind_groups.ts";

/** What a dispatch binds. */
export interface Bound {
  readonly bindables: readonly Bindable[];
  /** For each texture, in order, the texel at which the tensor begins. */
  readonly bases: readonly number[];
}

/** Textures of one submit whose commands have their places. */
export class TextureLoads {
  readonly #memory: MemoryPool;
  readonly #lifetimes: Lifetimes;
  readonly #places: readonly PagePlace[];
  #copied = 0;

  /** @param places of the mirrors, in their order */
  constructor(memory: MemoryPool, lifetimes: Lifetimes, places: readonly PagePlace[]) {
    this.#memory = memory;
    this.#lifetimes = lifetimes;
    this.#places = places;
  }

  /** Records the copies that command `i` needs, for all `i` in turn; `encoder` ends the pass. */
  copyBefore(i: number, encoder: () => GPUCommandEncoder): void {
    const { mirrors } = this.#lifetimes;
    for (; mirrors[this.#copied]?.first === 2 * i; this.#copied++) {
      const { buffer } = mirrors[this.#copied];
      const { page, begin } = this.#places[this.#copied];
      const { texture } = this.#memory.page(page);
      copyToTexture(encoder(), buffer.device!.gpu, buffer.bytes, texture, begin);
    }
  }

  /** What command `i` binds, a dispatch on `storage`. */
  bind(i: number, signature: string, storage: readonly GpuStorage[], groups: BindGroups): Bound {
    const loads = this.#lifetimes.loads[i];
    const bases: number[] = [];
    const bindables = storage.map(({ buffer, offset, size }, binding) => {
      if (signature[binding] !== "t") return groups.slice(buffer.device!, offset, size);
      const { page, begin } = this.#places[loads[bases.length].index];
      bases.push(begin * TEXTURE_WIDTH + offset / 16);
      return groups.texture(this.#memory.page(page));
    });
    return { bindables, bases };
  }
}
