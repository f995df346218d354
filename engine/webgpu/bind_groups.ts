/**
 * Bind groups of dispatches, kept for as long as what they bind exists.
 *
 * @module
 */
import type { DeviceBuffer } from "../memory/storage.ts";
import type { TexturePage } from "../memory/texture_pages.ts";
import type { CompiledKernel } from "./pipelines.ts";

/** Bind groups kept; past this all are dropped and made again as needed (8 us each). */
const MAX_BIND_GROUPS = 16384;

/** A slice of a buffer, or a texture, as a bind group binds it. */
export interface Bindable {
  /** Unique, never reused. */
  readonly number: number;
  readonly resource: GPUBindingResource;
  readonly size: number;
  /** Keys of the groups that bind it. */
  readonly groups: Set<number>;
}

interface Group {
  readonly layout: GPUBindGroupLayout;
  readonly bound: readonly Bindable[];
  readonly gpu: GPUBindGroup;
}

/** The bind groups of one device. */
export class BindGroups {
  readonly #device: GPUDevice;
  /** By a number made of what they bind: text would cost more than the dispatch. */
  #groups = new Map<number, Group>();
  /** What can be bound of each device buffer or texture, by its first byte. */
  #bindables = new Map<number, Map<number, Bindable[]>>();
  #nextNumber = 1;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** A slice of a buffer, in bytes. */
  slice({ id, gpu }: DeviceBuffer, offset: number, size: number): Bindable {
    return this.#find(id, offset, size) ??
      this.#add(id, offset, size, { buffer: gpu, offset, size });
  }

  /** A whole texture. */
  texture({ id, view }: TexturePage): Bindable {
    return this.#find(id, 0, 0) ?? this.#add(id, 0, 0, view);
  }

  #find(id: number, offset: number, size: number): Bindable | undefined {
    return this.#bindables.get(id)?.get(offset)?.find((bindable) => bindable.size === size);
  }

  #add(id: number, offset: number, size: number, resource: GPUBindingResource): Bindable {
    const bindable = { number: this.#nextNumber++, resource, size, groups: new Set<number>() };
    let ofBuffer = this.#bindables.get(id);
    if (ofBuffer === undefined) this.#bindables.set(id, ofBuffer = new Map());
    const there = ofBuffer.get(offset);
    if (there === undefined) ofBuffer.set(offset, [bindable]);
    else there.push(bindable);
    return bindable;
  }

  /** Group 0 of a dispatch. */
  get({ layout, signature }: CompiledKernel, bound: readonly Bindable[]): GPUBindGroup {
    let key = signature.length;
    for (const { number } of bound) key = (Math.imul(key, 0x9e3779b1) + number) | 0;
    const found = this.#groups.get(key);
    if (found !== undefined && found.layout === layout && sameItems(found.bound, bound)) {
      return found.gpu;
    }
    const gpu = this.#device.createBindGroup({
      layout,
      entries: bound.map(({ resource }, binding) => ({ binding, resource })),
    });
    if (this.#groups.size >= MAX_BIND_GROUPS) this.#clear();
    // Another group with this key, which is rare, is made again when it is needed.
    this.#groups.set(key, { layout, bound, gpu });
    for (const { groups } of bound) groups.add(key);
    return gpu;
  }

  #clear(): void {
    for (const { bound } of this.#groups.values()) for (const { groups } of bound) groups.clear();
    this.#groups.clear();
  }

  /** Forgets the groups that bind a device buffer or texture about to be destroyed. */
  forget(id: number): void {
    for (const bindables of this.#bindables.get(id)?.values() ?? []) {
      for (const { groups } of bindables) for (const key of groups) this.#groups.delete(key);
    }
    this.#bindables.delete(id);
  }
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}
