/**
 * One row for each element of the first axis: what stands between convolutions and a matrix product.
 *
 * @module
 */
import { defineOp, type Op } from "../op.ts";
import {
  type FlattenAttributes,
  flattenCases,
  flattenReference,
  reshaped,
} from "../reference/reshape.ts";
import type { Shape } from "../shape.ts";
import { reshapePasses } from "./_reshape.ts";

const flattened = (x: Shape) => reshaped(x, [x[0], -1]);

/** One row an image: input `x [n,...]`; output `y [n,m]`, images as `(row, column, channel)`. */
export const flatten: Op<FlattenAttributes> = defineOp({
  name: "flatten",
  inputs: ["x"],
  shape: ([x]) => [flattened(x)],
  gpu: reshapePasses<FlattenAttributes>(flattened),
  reference: flattenReference,
  cases: flattenCases,
});
