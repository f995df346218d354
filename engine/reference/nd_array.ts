/**
 * Small helpers shared by the reference operations.
 *
 * @module
 */
import { elementCount, type Shape } from "../shape.ts";
import { ShapeError } from "../errors.ts";
import type { NdArray, ReferenceContext } from "./types.ts";

/** Attributes of an operation that has none. */
export type NoAttributes = Record<string, never>;

/** An array of `shape` filled with zeros. */
export function zeros(shape: Shape): NdArray {
  return { shape, data: new Float64Array(elementCount(shape)) };
}

/**
 * Where an op adds its gradient of input `index`: to the sum over several ops, where there is one, else
 * to zeros, which it returns.
 *
 * @returns The array to add to, and what to return for this input.
 */
export function gradientPlace<Attributes, Saved>(
  { inputs, needs, sumOf }: ReferenceContext<Attributes, Saved>,
  index: number,
): { readonly to: NdArray; readonly result: NdArray | null } {
  if (sumOf !== undefined && needs?.[index] !== false) return { to: sumOf(index), result: null };
  const to = zeros(inputs[index].shape);
  return { to, result: to };
}

/**
 * Throws a {@link ShapeError} that names `op` and `argument` unless all elements of `x`, labels or
 * indices, are whole numbers below `count`.
 */
export function expectIndices(op: string, argument: string, x: NdArray, count: number): void {
  const wrong = x.data.findIndex((index) =>
    !(Number.isInteger(index) && index >= 0 && index < count)
  );
  if (wrong < 0) return;
  throw new ShapeError(
    `${op}() expects ${argument} that are whole numbers from 0 to ${count - 1} but found ` +
      `${x.data[wrong]} at ${wrong}`,
  );
}

/** A new array of the same shape as `x` with `f(value, index)` in place of each value. */
export function map(x: NdArray, f: (value: number, index: number) => number): NdArray {
  return { shape: x.shape, data: x.data.map(f) };
}

/** Extent of the last axis of `x`, and the number of rows of that extent. */
export function rowsAndColumns(x: NdArray): { rows: number; columns: number } {
  const columns = x.shape[x.shape.length - 1];
  return { rows: x.data.length / columns, columns };
}
