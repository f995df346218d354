/**
 * Reference of the scaled hyperbolic tangent `y = scale·tanh(x/temperature)`, which bounds the
 * controller's logits to ±scale (the tanh constant; spec C.1, C.2).
 *
 * @module
 */
import { map } from "./nd_array.ts";
import type { OpCase, ReferenceOp } from "./types.ts";

/** Attributes of {@link tanhReference}. */
export interface TanhAttributes {
  /** Bound of |y|. */
  readonly scale: number;
  /** Divides x; greater than 0. Default 1. */
  readonly temperature?: number;
}

/** Input `x` of any shape; output `y` of the same shape. */
export const tanhReference: ReferenceOp<TanhAttributes, void> = {
  forward([x], { scale, temperature = 1 }) {
    return {
      outputs: [map(x, (value) => scale * Math.tanh(value / temperature))],
      saved: undefined,
    };
  },

  backward(dys, { outputs: [y], attributes: { scale, temperature = 1 } }) {
    const slope = scale / temperature;
    return [map(dys[0]!, (gradient, i) => gradient * slope * (1 - (y.data[i] / scale) ** 2))];
  },
};

/** Inputs on which the scaled hyperbolic tangent is checked. */
export const tanhCases: OpCase<TanhAttributes>[] = [
  { name: "scale 1.5", shapes: [[5, 6]], attributes: { scale: 1.5 } },
  {
    name: "scale 2.5, temperature 5",
    shapes: [[3, 7]],
    attributes: { scale: 2.5, temperature: 5 },
  },
  { name: "one element", shapes: [[1, 1]], attributes: { scale: 1 } },
];
