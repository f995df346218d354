/**
 * Reference of the rectifier: `y = max(x, 0)`; the gradient at 0 is 0.
 *
 * @module
 */
import { map, type NoAttributes } from "./nd_array.ts";
import type { OpCase, ReferenceOp } from "./types.ts";

/** Attributes of {@link reluReference}: none. */
export type ReluAttributes = NoAttributes;

/** Input `x` of any shape; output `y` of the same shape. */
export const reluReference: ReferenceOp<ReluAttributes, void> = {
  forward([x]) {
    return { outputs: [map(x, (value) => Math.max(value, 0))], saved: undefined };
  },

  backward(dys, { inputs: [x] }) {
    return [map(dys[0]!, (gradient, i) => x.data[i] > 0 ? gradient : 0)];
  },
};

/** Normal numbers pushed 0.1 away from the kink at 0. */
function awayFromZero(_index: number, count: number, random: () => number): Float64Array {
  return Float64Array.from({ length: count }, () => {
    const value = random();
    return value + (value > 0 ? 0.1 : -0.1);
  });
}

/** Inputs on which every backend's rectifier is checked. */
export const reluCases: OpCase<ReluAttributes>[] = [
  { name: "odd size", shapes: [[2, 7, 7, 3]], attributes: {}, fill: awayFromZero },
  { name: "one element", shapes: [[1]], attributes: {}, fill: awayFromZero },
  { name: "matrix", shapes: [[17, 5]], attributes: {}, fill: awayFromZero },
  { name: "36 channels", shapes: [[1, 17, 17, 36]], attributes: {}, fill: awayFromZero },
];
