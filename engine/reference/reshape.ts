/**
 * References of the ops that give the same elements another shape: `reshape` to a given one, `flatten` to one
 * row for each element of the first axis.
 *
 * @module
 */
import { elementCount, formatShape, type Shape } from "../shape.ts";
import { ShapeError } from "../errors.ts";
import type { NoAttributes } from "./nd_array.ts";
import type { OpCase, ReferenceOp } from "./types.ts";

/** Attributes of {@link reshapeReference}. */
export interface ReshapeAttributes {
  /** The new shape; one extent may be −1, which stands for what is left. */
  readonly shape: Shape;
}

/** Attributes of {@link flattenReference}: none. */
export type FlattenAttributes = NoAttributes;

/** `shape` with what its −1 stands for; throws a {@link ShapeError} where `x` has other elements. */
export function reshaped(x: Shape, shape: Shape): number[] {
  const known = shape.filter((extent) => extent !== -1);
  const count = elementCount(known);
  const full = shape.map((extent) => extent === -1 ? elementCount(x) / count : extent);
  const whole = full.every((extent) => Number.isInteger(extent) && extent > 0);
  if (whole && known.length + 1 >= shape.length && elementCount(full) === elementCount(x)) {
    return full;
  }
  throw new ShapeError(
    `reshape() expects a shape with the ${elementCount(x)} elements of x ${
      formatShape(x)
    }, at most one ` +
      `extent being -1, but found ${formatShape(shape)}`,
  );
}

/** Input `x` of any shape; output `y` with the same elements in row-major order. */
export const reshapeReference: ReferenceOp<ReshapeAttributes, void> = {
  forward([x], { shape }) {
    return {
      outputs: [{ shape: reshaped(x.shape, shape), data: x.data.slice() }],
      saved: undefined,
    };
  },

  backward([dy], { inputs: [x] }) {
    return [{ shape: x.shape, data: dy!.data.slice() }];
  },
};

/** Input `x [n,...]`; output `y [n,m]` with the same elements in row-major order. */
export const flattenReference: ReferenceOp<FlattenAttributes, void> = {
  forward([x]) {
    const shape = reshaped(x.shape, [x.shape[0], -1]);
    return { outputs: [{ shape, data: x.data.slice() }], saved: undefined };
  },

  backward([dy], { inputs: [x] }) {
    return [{ shape: x.shape, data: dy!.data.slice() }];
  },
};

/** Inputs on which every backend's reshaping is checked. */
export const reshapeCases: OpCase<ReshapeAttributes>[] = [
  { name: "to rows of one", shapes: [[2, 3, 5]], attributes: { shape: [30, 1] } },
  { name: "to longer rows, one extent open", shapes: [[6, 3]], attributes: { shape: [2, -1] } },
  { name: "to shorter rows", shapes: [[4, 6]], attributes: { shape: [2, 3, 2, 2] } },
  { name: "rows stay", shapes: [[2, 3, 4, 5]], attributes: { shape: [-1, 5] } },
  { name: "a vector", shapes: [[7, 1]], attributes: { shape: [7] } },
];

/** Inputs on which every backend's flattening is checked. */
export const flattenCases: OpCase<FlattenAttributes>[] = [
  { name: "three channels", shapes: [[2, 3, 4, 3]], attributes: {} },
  { name: "eight channels", shapes: [[3, 2, 2, 8]], attributes: {} },
  { name: "matrix", shapes: [[5, 7]], attributes: {} },
  { name: "vector", shapes: [[6]], attributes: {} },
];
