/**
 * Everything that a run needs to go on exactly, as plain values and tensors by name. Each part of a
 * run writes its own under a prefix, and finds it there again.
 *
 * @module
 */
import { Random, type RandomState } from "../../engine/random.ts";
import { BatchSampler } from "../data/split.ts";
import type { SafetensorsTensor } from "./safetensors.ts";

/** Values and tensors by name; a checkpoint holds one. */
export class Snapshot {
  /**
   * @param values By name; must outlive JSON.
   * @param tensors By name.
   */
  constructor(
    readonly values: Record<string, unknown> = {},
    readonly tensors: Map<string, SafetensorsTensor> = new Map(),
  ) {}

  /** The value of a name, as it was put there. Throws `TypeError` where there is none. */
  value<T>(name: string): T {
    if (!Object.hasOwn(this.values, name)) throw missing(name);
    return this.values[name] as T;
  }

  /** Whether there is a value of that name. */
  has(name: string): boolean {
    return Object.hasOwn(this.values, name);
  }

  /** Puts tensors under `prefix/`. */
  putTensors(prefix: string, tensors: Iterable<readonly [string, SafetensorsTensor]>): void {
    for (const [name, tensor] of tensors) this.tensors.set(`${prefix}/${name}`, tensor);
  }

  /** The floating-point tensors under `prefix/`, by the names they had. */
  floats(prefix: string): Map<string, FloatTensor> {
    const found = new Map<string, FloatTensor>();
    for (const [name, { shape, data }] of this.tensors) {
      if (!name.startsWith(`${prefix}/`)) continue;
      if (!(data instanceof Float32Array || data instanceof Float64Array)) throw missing(name);
      found.set(name.slice(prefix.length + 1), { shape, data });
    }
    return found;
  }

  /** Integers of a name. Throws `TypeError` where there are none. */
  integers(name: string): Uint32Array {
    const data = this.tensors.get(name)?.data;
    if (!(data instanceof Uint32Array)) throw missing(name);
    return data;
  }
}

/** A tensor of floating-point numbers. */
export interface FloatTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

function missing(name: string): TypeError {
  return new TypeError(
    `Expected ${name} in a checkpoint but found none; it was written by another version of enaslab`,
  );
}

/** How a run is stored while it goes on. */
export interface Checkpoints {
  /** Whether the run shall be stored before its next step. */
  readonly due: () => boolean;
  /** Stores the run, which has delivered all its events. */
  readonly save: () => Promise<void>;
}

/** Minibatches in a random order, with the stream that the order comes from. */
export class SeededBatches {
  readonly #batches: BatchSampler;
  readonly #random: Random;

  /** @param random The stream; nobody else may read it. */
  constructor(indices: Uint32Array, batch: number, random: Random) {
    this.#random = random;
    this.#batches = new BatchSampler(indices, batch, () => random.uniform());
  }

  /** Images in a batch. */
  get batch(): number {
    return this.#batches.batch;
  }

  /** Minibatches of one pass. */
  get batchesPerEpoch(): number {
    return this.#batches.batchesPerEpoch;
  }

  /** The next batch, a new array. */
  next(): Uint32Array {
    return this.#batches.next();
  }

  /** Writes permutation, position and stream. */
  save(snapshot: Snapshot, name: string): void {
    const { order, position } = this.#batches.state();
    snapshot.tensors.set(`${name}/order`, { shape: [order.length], data: order });
    snapshot.values[`${name}/position`] = position;
    snapshot.values[`${name}/random`] = this.#random.state();
  }

  /** Goes on from what {@link save} wrote. */
  load(snapshot: Snapshot, name: string): void {
    const position = snapshot.value<number>(`${name}/position`);
    this.#batches.restore({ order: snapshot.integers(`${name}/order`), position });
    this.#random.restore(snapshot.value<RandomState>(`${name}/random`));
  }
}
