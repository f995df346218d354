/**
 * Checks that the controller's operations share. They run on the CPU alone (decision 0002).
 *
 * @module
 */
import { ShapeError } from "../../../../engine/errors.ts";
import { expectRank, formatShape, sameShape, type Shape } from "../../../../engine/shape.ts";

/** Throws a {@link ShapeError} naming `op` and `argument` unless `shape` is `expected`. */
export function expectShape(op: string, argument: string, shape: Shape, expected: Shape): void {
  if (sameShape(shape, expected)) return;
  throw new ShapeError(
    `${op}() expects ${argument} of shape ${formatShape(expected)} but found ${formatShape(shape)}`,
  );
}

/** Throws a {@link ShapeError} unless an op with any number of inputs has at least `minimum`. */
export function expectInputs(op: string, inputs: readonly Shape[], minimum: number): void {
  if (inputs.length >= minimum) return;
  throw new ShapeError(
    `${op}() expects at least ${minimum} inputs but found ${inputs.length}`,
  );
}

/** Throws a {@link ShapeError} unless an attribute array has `expected` elements. */
export function expectLength(
  op: string,
  attribute: string,
  length: number,
  expected: number,
): void {
  if (length === expected) return;
  throw new ShapeError(
    `${op}() expects ${attribute} of ${expected} elements but found ${length}`,
  );
}

/** Checks that `shape` is a matrix and returns its rows and columns. */
export function matrixExtents(op: string, argument: string, shape: Shape): [number, number] {
  expectRank(op, argument, shape, 2);
  return [shape[0], shape[1]];
}
