/**
 * Where named parameters lie side by side in few blocks of memory, and the tables that name some of
 * them to a kernel. Arithmetic only: parameters.ts has the memory.
 *
 * @module
 */
import { ShapeError } from "../errors.ts";

/** Slices start at a multiple of this many f32: the alignment of a buffer binding (256 bytes). */
const ALIGNMENT = 64;
/** Most f32 of one parameter that one workgroup of an optimiser handles. */
const CHUNK = 4096;

/** Where a parameter lies. */
export interface Place {
  /** Number of the block. */
  readonly block: number;
  /** First f32 in the block, and number of them, padding included. */
  readonly first: number;
  readonly length: number;
  /** Whether it is a weight, which conventional weight decay makes smaller. */
  readonly weight: boolean;
}

/** Places of all parameters of a model. */
export class BlockLayout {
  #places = new Map<string, Place>();
  #sizes: number[] = [0];
  #largestBlock: number;

  /** @param largestBlock Most bytes of one block; a parameter that is larger has a block alone. */
  constructor(largestBlock: number) {
    this.#largestBlock = largestBlock;
  }

  /** Number of f32 of each block, at least one slice. */
  get sizes(): number[] {
    return this.#sizes.map((size) => Math.max(size, ALIGNMENT));
  }

  /** Puts `length` f32 behind what the last block holds, or into a new block if they do not fit. */
  add(name: string, length: number, weight: boolean): void {
    const last = this.#sizes.length - 1;
    const padded = Math.ceil(length / ALIGNMENT) * ALIGNMENT;
    const first = this.#sizes[last];
    if (first > 0 && (first + padded) * 4 > this.#largestBlock) {
      this.#sizes.push(padded);
      this.#places.set(name, { block: last + 1, first: 0, length, weight });
      return;
    }
    this.#sizes[last] += padded;
    this.#places.set(name, { block: last, first, length, weight });
  }

  /** The place of `name`; throws {@link ShapeError} for an unknown name. */
  place(name: string): Place {
    return findNamed(this.#places, name);
  }

  /**
   * A table for each block, of the chunks of `names` in it; empty where there are none. Four u32 a
   * chunk: its first f32 in the block and its length, both multiples of 4, the number in this table
   * of its parameter's first chunk, and 1 for a weight or 0 for a scale or offset.
   */
  tables(names: readonly string[]): number[][] {
    const tables: number[][] = this.#sizes.map(() => []);
    for (const name of names) {
      const { block, first, length, weight } = this.place(name);
      const table = tables[block];
      const head = table.length / 4;
      for (let at = 0; at < length; at += CHUNK) {
        table.push(first + at, Math.min(CHUNK, length - at), head, Number(weight));
      }
    }
    return tables;
  }
}

/** What a map holds for a parameter; throws {@link ShapeError} for an unknown name. */
export function findNamed<T>(map: ReadonlyMap<string, T>, name: string): T {
  const found = map.get(name);
  if (found === undefined) {
    throw new ShapeError(`Expected a parameter of this model but found the name ${name}`);
  }
  return found;
}
