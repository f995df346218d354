/**
 * Reference of dropout with a mask that is a function of the seed and the element's index.
 *
 * ```text
 * u[i] = (pcgHash(i xor pcgHash(seed)) >>> 8) / 2²⁴        uniform in [0, 1)
 * y[i] = u[i] < keep ? x[i] / keep : 0
 * ```
 *
 * i is the row-major index in the array without padding. The comparison takes keep rounded to f32,
 * as a GPU sees it, so that every backend drops the same elements.
 *
 * @module
 */
import { map } from "./nd_array.ts";
import { pcgHash } from "./pcg.ts";
import type { NdArray, OpCase, ReferenceOp } from "./types.ts";

/** Attributes of {@link dropoutReference}. */
export interface DropoutAttributes {
  /** Probability that an element is kept, in (0, 1]. */
  readonly keepProbability: number;
  /** Unsigned 32-bit integer; a new one for every step and place. */
  readonly seed: number;
}

/** Keeps and scales the elements of `x` that the mask of `attributes` keeps, and zeroes the others. */
function applyMask(x: NdArray, { keepProbability, seed }: DropoutAttributes): NdArray {
  const key = pcgHash(seed);
  const threshold = Math.fround(keepProbability);
  return map(x, (value, i) => {
    const uniform = (pcgHash((i ^ key) >>> 0) >>> 8) / 2 ** 24;
    return uniform < threshold ? value / keepProbability : 0;
  });
}

/** Input `x` of any shape; output `y` of the same shape. */
export const dropoutReference: ReferenceOp<DropoutAttributes, void> = {
  forward([x], attributes) {
    return { outputs: [applyMask(x, attributes)], saved: undefined };
  },

  backward(dys, { attributes }) {
    return [applyMask(dys[0]!, attributes)];
  },
};

/** Inputs on which every backend's dropout is checked. */
export const dropoutCases: OpCase<DropoutAttributes>[] = [
  {
    name: "keep 0.9, odd size",
    shapes: [[2, 7, 7, 3]],
    attributes: { keepProbability: 0.9, seed: 1 },
  },
  {
    name: "keep 0.5, large seed",
    shapes: [[17, 5]],
    attributes: { keepProbability: 0.5, seed: 0xfedcba98 },
  },
  {
    name: "keep 0.1, 36 channels",
    shapes: [[1, 7, 7, 36]],
    attributes: { keepProbability: 0.1, seed: 0 },
  },
  { name: "keep everything", shapes: [[3, 5]], attributes: { keepProbability: 1, seed: 7 } },
];
