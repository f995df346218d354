/**
 * Reordering axes on the host, for peers with another layout.
 *
 * @module
 */
import { elementCount, type Shape } from "../engine/shape.ts";

/** Transposes a row-major array so that axis `i` of the result is axis `axes[i]` of `values`. */
export function permute(
  values: ArrayLike<number>,
  shape: Shape,
  axes: readonly number[],
): Float64Array {
  const strides = shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
  const result = new Float64Array(elementCount(shape));
  const extents = axes.map((axis) => shape[axis]);
  const steps = axes.map((axis) => strides[axis]);
  for (let i = 0; i < result.length; i++) {
    let rest = i;
    let from = 0;
    for (let axis = extents.length - 1; axis >= 0; axis--) {
      from += (rest % extents[axis]) * steps[axis];
      rest = Math.floor(rest / extents[axis]);
    }
    result[i] = values[from];
  }
  return result;
}
