/**
 * Reference of the product with a number: `y = factor·x`, `dx = factor·dy`.
 *
 * @module
 */
import { map } from "./nd_array.ts";
import type { OpCase, ReferenceOp } from "./types.ts";

/** Attributes of {@link scaleReference}. */
export interface ScaleAttributes {
  /** What every element is multiplied with. */
  readonly factor: number;
}

/** Input `x` of any shape; output `y` of the same shape. */
export const scaleReference: ReferenceOp<ScaleAttributes, void> = {
  forward([x], { factor }) {
    return { outputs: [map(x, (value) => factor * value)], saved: undefined };
  },

  backward([dy], { attributes: { factor } }) {
    return [map(dy!, (gradient) => factor * gradient)];
  },
};

/** Inputs on which every backend's product with a number is checked. */
export const scaleCases: OpCase<ScaleAttributes>[] = [
  { name: "a quarter", shapes: [[2, 3, 4, 3]], attributes: { factor: 0.25 } },
  { name: "minus three, one element", shapes: [[1]], attributes: { factor: -3 } },
  { name: "matrix", shapes: [[7, 5]], attributes: { factor: 1.5 } },
];
