/**
 * References of the sum and the product of a tensor `a` and a tensor `b` that fits its last axes: an axis of
 * `b` has as many elements as that of `a`, or one, which is repeated; missing axes in front count as one.
 *
 * ```text
 * add:       y = a + b     da = dy       db = Σ dy over the repetitions
 * multiply:  y = a · b     da = dy · b   db = Σ dy · a over the repetitions
 * ```
 *
 * @module
 */
import type { Shape } from "../shape.ts";
import { map, type NoAttributes, zeros } from "./nd_array.ts";
import type { OpCase, ReferenceOp } from "./types.ts";

/** Attributes of {@link addReference}: none. */
export type AddAttributes = NoAttributes;

/** Attributes of {@link multiplyReference}: none. */
export type MultiplyAttributes = NoAttributes;

/** For each element of `a`, row-major, the place in `b` that meets it. */
function places(a: Shape, b: Shape): Int32Array {
  const count = a.reduce((product, extent) => product * extent, 1);
  const found = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    let [rest, stride] = [i, 1];
    for (let axis = 1; axis <= a.length; axis++) {
      const extent = a[a.length - axis];
      const own = b[b.length - axis] ?? 1;
      if (own > 1) found[i] += rest % extent * stride;
      stride *= own;
      rest = Math.floor(rest / extent);
    }
  }
  return found;
}

/** Inputs `a` of any shape, `b` of a shape that fits its last axes; output `y` of the shape of `a`. */
export const addReference: ReferenceOp<AddAttributes, Int32Array> = {
  forward([a, b]) {
    const at = places(a.shape, b.shape);
    return { outputs: [map(a, (value, i) => value + b.data[at[i]])], saved: at };
  },

  backward([dy], { inputs: [, b], saved: at }) {
    const db = zeros(b.shape);
    dy!.data.forEach((gradient, i) => db.data[at[i]] += gradient);
    return [map(dy!, (gradient) => gradient), db];
  },
};

/** Inputs `a` of any shape, `b` of a shape that fits its last axes; output `y` of the shape of `a`. */
export const multiplyReference: ReferenceOp<MultiplyAttributes, Int32Array> = {
  forward([a, b]) {
    const at = places(a.shape, b.shape);
    return { outputs: [map(a, (value, i) => value * b.data[at[i]])], saved: at };
  },

  backward([dy], { inputs: [a, b], saved: at }) {
    const db = zeros(b.shape);
    dy!.data.forEach((gradient, i) => db.data[at[i]] += gradient * a.data[i]);
    return [map(dy!, (gradient, i) => gradient * b.data[at[i]]), db];
  },
};

const cases: OpCase<NoAttributes>[] = [
  { name: "bias of three channels", shapes: [[2, 4, 5, 3], [3]], attributes: {} },
  { name: "bias of a matrix", shapes: [[7, 10], [10]], attributes: {} },
  { name: "the same shape", shapes: [[2, 3, 2, 5], [2, 3, 2, 5]], attributes: {} },
  {
    name: "a number for each image and channel",
    shapes: [[3, 4, 2, 5], [3, 1, 1, 5]],
    attributes: {},
  },
  { name: "a number for each pixel", shapes: [[2, 3, 4, 6], [2, 3, 4, 1]], attributes: {} },
  { name: "a number for each row", shapes: [[2, 3, 4, 3], [3, 1, 1]], attributes: {} },
  { name: "one number", shapes: [[3, 2, 7], [1]], attributes: {} },
  { name: "many rows", shapes: [[67, 9, 6], [6]], attributes: {} },
  { name: "vectors", shapes: [[5], [5]], attributes: {} },
];

/** Inputs on which every backend's sum is checked. */
export const addCases: OpCase<AddAttributes>[] = cases;

/** Inputs on which every backend's product is checked. */
export const multiplyCases: OpCase<MultiplyAttributes>[] = cases;
