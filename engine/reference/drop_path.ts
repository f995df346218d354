/**
 * Reference of drop path: whole samples are kept and scaled, or zeroed (Larsson et al.,
 * "FractalNet", 2017, in the form of the released ENAS code's `drop_path`).
 *
 * ```text
 * d[b] = pcgHash(b xor pcgHash(seed)) >>> 8        uniform among 0 … 2²⁴ − 1
 * y[b,…] = x[b,…] / keep · floor(keep + U[b])      with U[b] = d[b] / 2²⁴ in [0, 1)
 * ```
 *
 * b counts the first dimension: one draw a sample. `keep + U >= 1` is decided as `d >= threshold` on
 * whole numbers, so that every backend keeps the same samples.
 *
 * @module
 */
import { map } from "./nd_array.ts";
import { pcgHash } from "./pcg.ts";
import type { NdArray, OpCase, ReferenceOp } from "./types.ts";

/** Attributes of {@link dropPathReference}. */
export interface DropPathAttributes {
  /** Probability that a sample is kept, in (0, 1]; 1 is the identity. */
  readonly keepProbability: number;
  /** Unsigned 32-bit integer; a new one for every step and place. */
  readonly seed: number;
}

/** The smallest of the 2²⁴ draws that keeps a sample; 0 for a `keepProbability` of 1. */
export function dropPathThreshold(keepProbability: number): number {
  return Math.ceil((1 - keepProbability) * 2 ** 24);
}

/** Scales the samples of `x` that the draws of `attributes` keep, and zeroes the others. */
function applyMask(x: NdArray, { keepProbability, seed }: DropPathAttributes): NdArray {
  const key = pcgHash(seed);
  const threshold = dropPathThreshold(keepProbability);
  const perSample = x.data.length / x.shape[0];
  return map(x, (value, i) => {
    const sample = Math.floor(i / perSample);
    const draw = pcgHash((sample ^ key) >>> 0) >>> 8;
    return draw >= threshold ? value / keepProbability : 0;
  });
}

/** Input `x [n,…]`; output `y` of the same shape. */
export const dropPathReference: ReferenceOp<DropPathAttributes, void> = {
  forward([x], attributes) {
    return { outputs: [applyMask(x, attributes)], saved: undefined };
  },

  backward(dys, { attributes }) {
    return [applyMask(dys[0]!, attributes)];
  },
};

/** Inputs on which every backend's drop path is checked. */
export const dropPathCases: OpCase<DropPathAttributes>[] = [
  {
    name: "keep 0.6, odd size",
    shapes: [[17, 3, 5, 3]],
    attributes: { keepProbability: 0.6, seed: 1 },
  },
  {
    name: "keep 0.5, one channel, large seed",
    shapes: [[33, 2, 3, 1]],
    attributes: { keepProbability: 0.5, seed: 0xfedcba98 },
  },
  {
    name: "keep 0.9, 36 channels",
    shapes: [[40, 2, 2, 36]],
    attributes: { keepProbability: 0.9, seed: 0 },
  },
  {
    name: "keep 0.25, matrix",
    shapes: [[130, 5]],
    attributes: { keepProbability: 0.25, seed: 3 },
  },
  {
    name: "keep everything",
    shapes: [[5, 3, 3, 5]],
    attributes: { keepProbability: 1, seed: 7 },
  },
];
