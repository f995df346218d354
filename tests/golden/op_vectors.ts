/**
 * Typed access to `op_vectors.json`. The format is documented at the head of `make_op_vectors.py`.
 *
 * @module
 */
import file from "./op_vectors.json" with { type: "json" };
import type { NdArray } from "../../engine/reference/types.ts";

/** One operation on one set of inputs, as PyTorch computed it. */
export interface OpVector {
  readonly op: string;
  readonly name: string;
  // deno-lint-ignore no-explicit-any
  readonly attributes: any;
  readonly inputs: readonly NdArray[];
  readonly outputs: readonly NdArray[];
  /** Gradient of a scalar with respect to each output; `null` where the output does not matter. */
  readonly dys: readonly (NdArray | null)[];
  /** Gradient of that scalar with respect to each input; `null` for inputs without one. */
  readonly grads: readonly (NdArray | null)[];
}

interface PlainArray {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

function toNdArray({ shape, data }: PlainArray): NdArray {
  return { shape, data: Float64Array.from(data) };
}

function toNdArrayOrNull(plain: PlainArray | null): NdArray | null {
  return plain === null ? null : toNdArray(plain);
}

/** All vectors of the operation `op`; fails if there is none. */
export function opVectors(op: string): OpVector[] {
  const found = file.vectors.filter((vector) => vector.op === op);
  if (found.length === 0) throw new RangeError(`opVectors() finds no vector of ${op}`);
  return found.map((vector) => ({
    ...vector,
    inputs: vector.inputs.map(toNdArray),
    outputs: vector.outputs.map(toNdArray),
    dys: vector.dys.map(toNdArrayOrNull),
    grads: vector.grads.map(toNdArrayOrNull),
  }));
}

/** Names of all operations that have vectors. */
export function opsWithVectors(): string[] {
  return [...new Set(file.vectors.map((vector) => vector.op))];
}
