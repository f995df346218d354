/**
 * Named parameters side by side in few blocks of memory, with their gradients, so that an optimiser
 * step over any subset is one dispatch a block. There is one block where the largest binding of the
 * adapter allows it.
 *
 * @module
 */
import clearSource from "../shaders/clear_gradients.wgsl" with { type: "text" };
import type { Backend } from "./backend.ts";
import { BlockLayout, findNamed } from "./memory/block_layout.ts";
import { ShapeError } from "./errors.ts";
import type { Initializer } from "./init.ts";
import { defineKernel } from "./webgpu/kernel.ts";
import { flatGrid } from "./webgpu/queue.ts";
import type { Random } from "./random.ts";
import { elementCount, formatShape, sameShape, type Shape } from "./shape.ts";
import { type Tensor, unpadRows } from "./tensor.ts";

const clearKernel = defineKernel({
  name: "clear_gradients",
  source: clearSource,
  bindings: { gradient: "read_write vec4f", chunks: "read vec4u" },
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

/** The chunks of a selection that lie in one block. */
export interface SelectionPart {
  /** Number of the block. */
  readonly block: number;
  /** Four u32 a chunk, see {@link BlockLayout.tables}. */
  readonly chunks: Tensor;
  /** Number of chunks. */
  readonly count: number;
  /** Number of chunks in the parts before this one. */
  readonly before: number;
}

/** A selection of parameters, as the optimiser's kernels read it. Release it after its last step. */
export interface Selection {
  readonly names: readonly string[];
  /** In the order of the blocks. */
  readonly parts: readonly SelectionPart[];
  /** Number of chunks of all parts. */
  readonly count: number;
}

/** One tensor for each block of a {@link ParameterStore}. */
export type Blocks = readonly Tensor[];

/** Parameters and gradients of one model on one backend. */
export class ParameterStore {
  #specs = new Map<string, ParameterSpec>();
  #layout: BlockLayout;
  #tensors = new Map<string, Tensor>();
  #gradients = new Map<string, Tensor>();
  #owned: Tensor[] = [];
  /** All weights. */
  readonly blocks: Blocks;
  /** All gradients; none without gradients. They are zero until something is written. */
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
    this.#layout = new BlockLayout(backend.largestBinding);
    for (const spec of specs) {
      if (this.#specs.has(spec.name)) {
        throw new ShapeError(`Expected parameter names to differ but found ${spec.name} twice`);
      }
      this.#specs.set(spec.name, spec);
      this.#layout.add(
        spec.name,
        backend.storedCount(spec.shape),
        this.role(spec.name) === "weight",
      );
    }
    const gradients = options.gradients ?? true;
    this.blocks = this.newBlocks();
    this.gradientBlocks = gradients ? this.newBlocks() : [];
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
    return findNamed(this.#tensors, name);
  }

  /** The tensor into which the gradient of `name` is written. */
  gradient(name: string): Tensor {
    return findNamed(this.#gradients, name);
  }

  /** Overwrites `name` with row-major values. */
  set(name: string, values: ArrayLike<number>): void {
    this.backend.write(this.get(name), values);
  }

  /** What `name` does. */
  role(name: string): ParameterRole {
    return findNamed(this.#specs, name).role ?? "weight";
  }

  /** Zeroed blocks with room for one number beside each weight: gradients, momentum, moments. */
  newBlocks(): Blocks {
    const { backend } = this;
    const blocks = this.#layout.sizes.map((size) => backend.keep(backend.allocate([size])));
    for (const block of blocks) backend.clear(block);
    this.#owned.push(...blocks);
    return blocks;
  }

  /** The part of some blocks that belongs to `name`. */
  slice(blocks: Blocks, name: string): Tensor {
    const { block, first } = this.#layout.place(name);
    return this.backend.slice(blocks[block], first, findNamed(this.#specs, name).shape);
  }

  /** Describes a subset for an optimiser step. Call before recording the step: it writes tables. */
  select(names: readonly string[]): Selection {
    const parts: SelectionPart[] = [];
    let before = 0;
    this.#layout.tables(names).forEach((table, block) => {
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
    for (const { chunks } of selection.parts) this.backend.release(chunks);
  }

  /**
   * Records zeros into the selected gradients, one dispatch a block. Cleared after every step, the
   * gradients of what the next path does not read are zero, and all parameters can be stepped, as
   * the released code does (spec D.2).
   */
  clearGradients(selection: Selection): void {
    this.backend.choose({
      cpu: () => {
        for (const name of selection.names) this.backend.clear(this.gradient(name));
      },
      gpu: (gpu) => {
        for (const { block, chunks, count } of selection.parts) {
          const tensors = { gradient: this.gradientBlocks[block], chunks };
          gpu.run(clearKernel, {}, tensors, { count }, flatGrid(count));
        }
      },
    });
  }

  /** All values on the host as f32, read a block at a time. */
  async values(): Promise<Map<string, ParameterValues>> {
    const exact = await this.exactValues(this.blocks);
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
   */
  async exactValues(blocks: Blocks): Promise<Map<string, ExactValues>> {
    const pending = blocks.map((block) => this.backend.readStored(block));
    this.backend.submit();
    const arrays = await Promise.all(pending);
    return new Map(this.names.map((name) => {
      const { block, first, length } = this.#layout.place(name);
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
    for (const name of values.keys()) findNamed(this.#specs, name);
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
}
