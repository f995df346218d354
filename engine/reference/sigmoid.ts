/**
 * Reference of the logistic function: `y = 1 / (1 + exp(−x))`, `dx = dy·y·(1 − y)`.
 *
 * @module
 */
import { map, type NoAttributes } from "./nd_array.ts";
import type { OpCase, ReferenceOp } from "./types.ts";

/** Attributes of {@link sigmoidReference}: none. */
export type SigmoidAttributes = NoAttributes;

/** Input `x` of any shape; output `y` of the same shape, from 0 to 1. */
export const sigmoidReference: ReferenceOp<SigmoidAttributes, void> = {
  forward([x]) {
    return { outputs: [map(x, (value) => 1 / (1 + Math.exp(-value)))], saved: undefined };
  },

  backward([dy], { outputs: [y] }) {
    return [map(dy!, (gradient, i) => gradient * y.data[i] * (1 - y.data[i]))];
  },
};

/** Inputs on which every backend's logistic function is checked. */
export const sigmoidCases: OpCase<SigmoidAttributes>[] = [
  { name: "three channels", shapes: [[2, 3, 4, 3]], attributes: {} },
  { name: "one element", shapes: [[1]], attributes: {} },
  { name: "matrix", shapes: [[9, 6]], attributes: {} },
  {
    name: "large numbers",
    shapes: [[5, 5]],
    attributes: {},
    fill: (_, count, random) => Float64Array.from({ length: count }, () => 40 * random()),
  },
];
