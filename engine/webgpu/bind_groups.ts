/**
 * Bind groups of dispatches, kept for as long as what they bind exists.
 *
 * @module
 */
import type { CompiledKernel } from "./pipelines.ts";
import type { MemoryPool } from "../memory/pool.ts";
import type { PagePlace } from "../memory/plan.ts";
import type { GpuStorage } from "../memory/storage.ts";

/** Bind groups kept; past this all are dropped and made again as needed (8 us each). */
const MAX_BIND_GROUPS = 16384;

/** The bind groups of one device. */
export class BindGroups {
  readonly #device: GPUDevice;
  readonly #memory: MemoryPool;
  #groups = new Map<string, GPUBindGroup>();
  /** Keys of the bind groups of each device buffer and texture. */
  #keysOf = new Map<number, Set<string>>();

  constructor(device: GPUDevice, memory: MemoryPool) {
    this.#device = device;
    this.#memory = memory;
  }

  /** Group 0 of a dispatch whose buffers have their places; `loads` are those of its textures. */
  get(
    kernel: CompiledKernel,
    storage: readonly GpuStorage[],
    loads: readonly PagePlace[],
  ): GPUBindGroup {
    const ids: number[] = [];
    let key = kernel.signature;
    let next = 0;
    storage.forEach((slice, binding) => {
      if (kernel.signature[binding] === "t") {
        const { id } = this.#memory.page(loads[next++].page);
        ids.push(id);
        key += `,${id}`;
      } else {
        const { id } = slice.buffer.device!;
        ids.push(id);
        key += `,${id}:${slice.offset}:${slice.size}`;
      }
    });
    const found = this.#groups.get(key);
    if (found !== undefined) return found;
    next = 0;
    const group = this.#device.createBindGroup({
      layout: kernel.layout,
      entries: storage.map(({ buffer, offset, size }, binding) => ({
        binding,
        resource: kernel.signature[binding] === "t"
          ? this.#memory.page(loads[next++].page).view
          : { buffer: buffer.device!.gpu, offset, size },
      })),
    });
    if (this.#groups.size >= MAX_BIND_GROUPS) {
      this.#groups.clear();
      this.#keysOf.clear();
    }
    this.#groups.set(key, group);
    for (const id of ids) {
      const keys = this.#keysOf.get(id);
      if (keys === undefined) this.#keysOf.set(id, new Set([key]));
      else keys.add(key);
    }
    return group;
  }

  /** Forgets the groups that bind a device buffer or texture about to be destroyed. */
  forget(id: number): void {
    for (const key of this.#keysOf.get(id) ?? []) this.#groups.delete(key);
    this.#keysOf.delete(id);
  }
}
