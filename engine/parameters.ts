/**
 * Named parameters in one block of memory, with their gradients, so that an optimiser step over any
 * subset is one dispatch.
 *
 * @module
 */
import type { Backend } from "./backend.ts";
import { ShapeError } from "./errors.ts";
import type { GpuBackend } from "./gpu_backend.ts";
import type { Initializer } from "./init.ts";
import type { Random } from "./random.ts";
import { elementCount, formatShape, sameShape, type Shape } from "./shape.ts";
import { paddedCount, Tensor } from "./tensor.ts";

/** A parameter to create. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: Shape;
  readonly init: Initializer;
}

/** Values of a parameter on the host, row-major. */
export interface ParameterValues {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** Slices start at a multiple of this many f32: the alignment of a buffer binding (256 bytes). */
const ALIGNMENT = 64;
/** Most f32 of one parameter that one workgroup of an optimiser handles. */
const CHUNK = 4096;

/** A selection of parameters, as the optimiser's kernels read it. Release it after the step. */
export interface Selection {
  readonly names: readonly string[];
  /** `[first, length]` of each chunk as u32, or null on the CPU. */
  readonly chunks: Tensor | null;
  readonly count: number;
}

/** Parameters and gradients of one model on one backend. */
export class ParameterStore {
  #specs = new Map<string, ParameterSpec>();
  #first = new Map<string, number>();
  #tensors = new Map<string, Tensor>();
  #gradients = new Map<string, Tensor>();
  #blocks: Tensor[] = [];
  #total = 0;
  /** All weights as one tensor of the GPU; null on the CPU. */
  readonly block: Tensor | null;
  /** All gradients as one tensor of the GPU; null on the CPU and without gradients. */
  readonly gradientBlock: Tensor | null;

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
      this.#first.set(spec.name, this.#total);
      this.#total += Math.ceil(paddedCount(spec.shape) / ALIGNMENT) * ALIGNMENT;
    }
    const gradients = options.gradients ?? true;
    this.block = this.newBlock();
    this.gradientBlock = gradients ? this.newBlock() : null;
    for (const { name, shape } of specs) {
      this.#tensors.set(name, this.slice(this.block, name));
      if (gradients) this.#gradients.set(name, this.slice(this.gradientBlock, name));
      this.set(name, this.#specs.get(name)!.init(shape, random.fork(name)));
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

  /** A zeroed block with room for one number beside each weight: gradients, momentum, moments. */
  newBlock(): Tensor | null {
    if (this.backend.kind === "cpu") return null;
    const gpu = this.backend as GpuBackend;
    const block = gpu.keep(gpu.allocate([Math.max(this.#total, ALIGNMENT)]));
    gpu.queue.clear(block.gpu);
    this.#blocks.push(block);
    return block;
  }

  /** The part of a block that belongs to `name`; on the CPU a new zero tensor. */
  slice(block: Tensor | null, name: string): Tensor {
    const { shape } = this.#find(this.#specs, name);
    if (block === null) return this.backend.allocate(shape);
    return new Tensor(shape, "f32", {
      kind: "gpu",
      buffer: block.gpu.buffer,
      offset: this.#first.get(name)! * 4,
      size: paddedCount(shape) * 4,
    });
  }

  /** Describes a subset for an optimiser step. Call before recording the step: it writes a table. */
  select(names: readonly string[]): Selection {
    if (this.block === null) return { names, chunks: null, count: names.length };
    const table: number[] = [];
    for (const name of names) {
      const first = this.#find(this.#first, name);
      const length = paddedCount(this.#specs.get(name)!.shape);
      for (let at = 0; at < length; at += CHUNK) {
        table.push(first + at, Math.min(CHUNK, length - at));
      }
    }
    const chunks = this.backend.fromArray(table, [table.length], "u32");
    return { names, chunks, count: table.length / 2 };
  }

  /** Gives the table of a selection back. */
  releaseSelection(selection: Selection): void {
    if (selection.chunks !== null) this.backend.release(selection.chunks);
  }

  /** All values on the host. */
  async values(): Promise<Map<string, ParameterValues>> {
    const names = this.names;
    const pending = names.map((name) => this.backend.read(this.get(name)));
    this.backend.submit();
    const arrays = await Promise.all(pending);
    return new Map(
      names.map((name, i) => [name, {
        shape: this.get(name).shape,
        data: Float32Array.from(arrays[i]),
      }]),
    );
  }

  /** Overwrites all values; throws {@link ShapeError} for a missing, extra or misshapen one. */
  load(values: ReadonlyMap<string, ParameterValues>): void {
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
    for (const [name, { data }] of values) this.set(name, data);
  }

  /** Gives the memory back; the store cannot be used after. */
  dispose(): void {
    for (const block of this.#blocks) this.backend.release(block);
    this.#blocks = [];
  }

  #find<T>(map: ReadonlyMap<string, T>, name: string): T {
    const found = map.get(name);
    if (found === undefined) {
      throw new ShapeError(`Expected a parameter of this model but found the name ${name}`);
    }
    return found;
  }
}
