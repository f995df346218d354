/**
 * Another shape for the same elements in row-major order.
 *
 * @module
 */
import { defineOp, type Op } from "../op.ts";
import {
  type ReshapeAttributes,
  reshapeCases,
  reshaped,
  reshapeReference,
} from "../reference/reshape.ts";
import { reshapePasses } from "./_reshape.ts";

/**
 * Another shape: input `x` of any shape; output `y` of the attribute `shape`, of which one extent may be −1,
 * with the same elements in row-major order.
 */
export const reshape: Op<ReshapeAttributes> = defineOp({
  name: "reshape",
  inputs: ["x"],
  shape: ([x], { shape }) => [reshaped(x, shape)],
  gpu: reshapePasses<ReshapeAttributes>((x, { shape }) => reshaped(x, shape)),
  reference: reshapeReference,
  cases: reshapeCases,
});
