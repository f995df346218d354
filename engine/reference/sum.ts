/**
 * Reference of the elementwise sum of any number of arrays: `y = x1 + x2 + … + xn`, n ≥ 1.
 *
 * @module
 */
import { map, type NoAttributes } from "./nd_array.ts";
import type { OpCase, ReferenceOp } from "./types.ts";

/** Attributes of {@link sumReference}: none. */
export type SumAttributes = NoAttributes;

/** Inputs `x1 … xn`, all of one shape; output `y` of that shape. */
export const sumReference: ReferenceOp<SumAttributes, void> = {
  forward(inputs) {
    const y = map(inputs[0], (_, i) => inputs.reduce((sum, x) => sum + x.data[i], 0));
    return { outputs: [y], saved: undefined };
  },

  backward(dys, { inputs }) {
    return inputs.map(() => map(dys[0]!, (gradient) => gradient));
  },
};

/** Inputs on which every backend's sum is checked. */
export const sumCases: OpCase<SumAttributes>[] = [
  { name: "one input", shapes: [[2, 7, 5, 3]], attributes: {} },
  { name: "two inputs", shapes: Array(2).fill([2, 7, 7, 3]), attributes: {} },
  { name: "three inputs, one channel", shapes: Array(3).fill([3, 5, 5, 1]), attributes: {} },
  { name: "seven inputs, 36 channels", shapes: Array(7).fill([1, 7, 7, 36]), attributes: {} },
  { name: "thirteen inputs", shapes: Array(13).fill([1, 3, 3, 5]), attributes: {} },
  { name: "matrices", shapes: Array(2).fill([17, 5]), attributes: {} },
];
