/**
 * Named parameters side by side in few blocks of memory, with their gradients, so that an optimiser
 * step over any subset is one dispatch a block. There is one block where the largest binding of the
 * adapter allows it.
 *
 * @module
 */
import clearSource from "../shaders/clear_gradients.wgsl" with { type: "text" };
import type { Backend } from "./backend.ts";
import { ShapeError } from "./errors.ts";
import type { GpuBackend } from "./gpu_backend.ts";
import type { Initializer } from "./init.ts";
import { defineKernel } from "./kernel.ts";
import { flatGrid } from "./queue.ts";
import type { Random } from "./random.ts";
import { elementCount, formatShape, sameShape, type Shape } from "./shape.ts";
import { paddedCount, Tensor, unpadRows } from "./tensor.ts";

const clearKernel = defineKernel({
  name: "clear_gradients",
  source: clearSource,
  storage: ["read_write", "read"],
  params: { count: "u32" },
});

/** What a parameter does: `scale` and `offset` are those of a batch norm. */
export type ParameterRole = "weight" | "scale" | "offset";

/** A parameter to create. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: Shape;
  readonly init: Initializer;
  /** Default `weight`. Conventional weight decay leaves the other roles alone. */
  readonly role?: ParameterRole;
}

/** Values of a parameter on the host, row-major. */
export interface ParameterValues {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** Values of a parameter on the host as the backend held them: f32 of a GPU, f64 of the CPU. */
export interface ExactValues {
  readonly shape: Shape;
  readonly data: Float32Array | Float64Array;
}

/** Slices start at a multiple of this many f32: the alignment of a buffer binding (256 bytes). */
const ALIGNMENT = 64;
/** Most f32 of one parameter that one workgroup of an optimiser handles. */
const CHUNK = 4096;

/** The chunks of a selection that lie in one block. */
export interface SelectionPart {
  /** Number of the block. */
  readonly block: number;
  /**
   * Four u32 a chunk: its first f32 in the block and its length, both multiples of 4, the number in
   * this table of its parameter's first chunk, and 1 for a weight or 0 for a scale or offset.
   */
  readonly chunks: Tensor;
  /** Number of chunks. */
  readonly count: number;
  /** Number of chunks in the parts before this one. */
  readonly before: number;
}

/** A selection of parameters, as the optimiser's kernels read it. Release it after its last step. */
export interface Selection {
  readonly names: readonly string[];
  /** In the order of the blocks; null on the CPU. */
  readonly parts: readonly SelectionPart[] | null;
  /** Number of chunks of all parts; 0 on the CPU. */
  readonly count: number;
}

/** One tensor for each block of a {@link ParameterStore}; null on the CPU, which has none. */
export type Blocks = readonly Tensor[] | null;

/** Where a parameter lies. */
interface Place {
  readonly block: number;
  /** First f32 in the block, and number of them, padding included. */
  readonly first: number;
  readonly length: number;
}

/** Parameters and gradients of one model on one backend. */
export class ParameterStore {
  #specs = new Map<string, ParameterSpec>();
  #places = new Map<string, Place>();
  #tensors = new Map<string, Tensor>();
  #gradients = new Map<string, Tensor>();
  #owned: Tensor[] = [];
  /** Number of f32 of each block. */
  #sizes: number[] = [0];
  /** All weights. */
  readonly blocks: Blocks;
  /** All gradients; null without gradients too. They are zero until something is written. */
  readonly gradientBlocks: Blocks;

  /**
   * Creates every parameter of `specs`. Each draws its initial values from a stream of its own, so
   * adding one parameter does not change the others.
   *
   * @param options.gradients false for state that is not trained (moving averages).
   */
  constructor(
    readonly backend: Backend,
    specs: readonly ParameterSpec[],
    random: Random,
    options: { readonly gradients?: boolean } = {},
  ) {
    for (const spec of specs) {
      if (this.#specs.has(spec.name)) {
        throw new ShapeError(`Expected parameter names to differ but found ${spec.name} twice`);
      }
      this.#specs.set(spec.name, spec);
      this.#places.set(spec.name, this.#place(paddedCount(spec.shape)));
    }
    const gradients = options.gradients ?? true;
    this.blocks = this.newBlocks();
    this.gradientBlocks = gradients ? this.newBlocks() : null;
    for (const { name, shape, init } of specs) {
      this.#tensors.set(name, this.slice(this.blocks, name));
      if (gradients) this.#gradients.set(name, this.slice(this.gradientBlocks, name));
      this.set(name, init(shape, random.fork(name)));
    }
  }

  /** Names in the order of creation. */
  get names(): string[] {
    return [...this.#specs.keys()];
  }

  /** Number of scalars, padding not counted. */
  get parameterCount(): number {
    let count = 0;
    for (const { shape } of this.#specs.values()) count += elementCount(shape);
    return count;
  }

  /** The tensor of `name`; throws for an unknown name. */
  get(name: string): Tensor {
    return this.#find(this.#tensors, name);
  }

  /** The tensor into which the gradient of `name` is written. */
  gradient(name: string): Tensor {
    return this.#find(this.#gradients, name);
  }

  /** Overwrites `name` with row-major values. */
  set(name: string, values: ArrayLike<number>): void {
    this.backend.write(this.get(name), values);
  }

  /** What `name` does. */
  role(name: string): ParameterRole {
    return this.#find(this.#specs, name).role ?? "weight";
  }

  /** Zeroed blocks with room for one number beside each weight: gradients, momentum, moments. */
  newBlocks(): Blocks {
    if (this.backend.kind === "cpu") return null;
    const gpu = this.backend as GpuBackend;
    const blocks = this.#sizes.map((size) => gpu.keep(gpu.allocate([Math.max(size, ALIGNMENT)])));
    for (const block of blocks) gpu.queue.clear(block.gpu);
    this.#owned.push(...blocks);
    return blocks;
  }

  /** The part of some blocks that belongs to `name`; on the CPU a new zero tensor. */
  slice(blocks: Blocks, name: string): Tensor {
    const { shape } = this.#find(this.#specs, name);
    if (blocks === null) return this.backend.allocate(shape);
    const { block, first, length } = this.#places.get(name)!;
    return new Tensor(shape, "f32", {
      kind: "gpu",
      buffer: blocks[block].gpu.buffer,
      offset: first * 4,
      size: length * 4,
    });
  }

  /** Describes a subset for an optimiser step. Call before recording the step: it writes tables. */
  select(names: readonly string[]): Selection {
    if (this.blocks === null) return { names, parts: null, count: 0 };
    const tables: number[][] = this.blocks.map(() => []);
    for (const name of names) {
      const { block, first, length } = this.#find(this.#places, name);
      const table = tables[block];
      const head = table.length / 4;
      const decays = Number(this.role(name) === "weight");
      for (let at = 0; at < length; at += CHUNK) {
        table.push(first + at, Math.min(CHUNK, length - at), head, decays);
      }
    }
    const parts: SelectionPart[] = [];
    let before = 0;
    tables.forEach((table, block) => {
      if (table.length === 0) return;
      const chunks = this.backend.fromArray(table, [table.length], "u32");
      const count = table.length / 4;
      parts.push({ block, chunks, count, before });
      before += count;
    });
    return { names, parts, count: before };
  }

  /** Gives the tables of a selection back. */
  releaseSelection(selection: Selection): void {
    for (const { chunks } of selection.parts ?? []) this.backend.release(chunks);
  }

  /**
   * Records zeros into the selected gradients, one dispatch a block. Cleared after every step, the
   * gradients of what the next path does not read are zero, and all parameters can be stepped, as
   * the released code does (spec D.2).
   */
  clearGradients(selection: Selection): void {
    if (selection.parts === null) {
      for (const name of selection.names) this.gradient(name).cpu.fill(0);
      return;
    }
    const gpu = this.backend as GpuBackend;
    for (const { block, chunks, count } of selection.parts) {
      gpu.run(
        clearKernel,
        {},
        [this.gradientBlocks![block], chunks],
        { count },
        flatGrid(count),
      );
    }
  }

  /** All values on the host as f32, read a block at a time. */
  async values(): Promise<Map<string, ParameterValues>> {
    const exact = await this.exactValues(this.blocks, (name) => this.get(name));
    return new Map([...exact].map(([name, { shape, data }]) => [
      name,
      { shape, data: data instanceof Float32Array ? data : new Float32Array(data) },
    ]));
  }

  /**
   * What the backend holds in some blocks, without rounding: f32 on a GPU, f64 on the CPU. Read a
   * block at a time.
   *
   * @param blocks Blocks of this store: its weights', or what {@link newBlocks} made.
   * @param tensorOf The slice of `blocks` that belongs to a name.
   */
  async exactValues(
    blocks: Blocks,
    tensorOf: (name: string) => Tensor,
  ): Promise<Map<string, ExactValues>> {
    if (blocks === null) {
      return new Map(this.names.map((name) => {
        const { shape, cpu } = tensorOf(name);
        return [name, { shape, data: cpu.slice() }];
      }));
    }
    const gpu = this.backend as GpuBackend;
    const pending = blocks.map((block) => gpu.queue.read(block.gpu));
    gpu.submit();
    const arrays = (await Promise.all(pending)).map((bytes) => new Float32Array(bytes));
    return new Map(this.names.map((name) => {
      const { block, first, length } = this.#places.get(name)!;
      const { shape } = this.get(name);
      const stored = arrays[block].subarray(first, first + length);
      const dense = length === elementCount(shape);
      return [name, {
        shape,
        data: dense ? stored.slice() : new Float32Array(unpadRows(stored, shape)),
      }];
    }));
  }

  /** Overwrites all values; throws {@link ShapeError} for a missing, extra or misshapen one. */
  load(values: ReadonlyMap<string, ExactValues>): void {
    this.check(values);
    for (const [name, { data }] of values) this.set(name, data);
  }

  /** Throws {@link ShapeError} where values are not one for each parameter, of its shape. */
  check(values: ReadonlyMap<string, ExactValues>): void {
    for (const name of values.keys()) this.#find(this.#specs, name);
    for (const name of this.names) {
      const value = values.get(name);
      const { shape } = this.get(name);
      if (value === undefined || !sameShape(value.shape, shape)) {
        throw new ShapeError(
          `Expected weights ${name} of shape ${formatShape(shape)} but found ` +
            `${value === undefined ? "none" : formatShape(value.shape)}; these weights belong to ` +
            `another network`,
        );
      }
    }
  }

  /** Gives the memory back; the store cannot be used after. */
  dispose(): void {
    for (const block of this.#owned) this.backend.release(block);
    this.#owned = [];
  }

  /** Puts `length` f32 behind what the last block holds, or into a new block if they do not fit. */
  #place(length: number): Place {
    const last = this.#sizes.length - 1;
    const padded = Math.ceil(length / ALIGNMENT) * ALIGNMENT;
    const first = this.#sizes[last];
    if (first > 0 && (first + padded) * 4 > this.backend.largestBinding) {
      this.#sizes.push(padded);
      return { block: last + 1, first: 0, length };
    }
    this.#sizes[last] += padded;
    return { block: last, first, length };
  }

  #find<T>(map: ReadonlyMap<string, T>, name: string): T {
    const found = map.get(name);
    if (found === undefined) {
      throw new ShapeError(`Expected a parameter of this model but found the name ${name}`);
    }
    return found;
  }
}
