/**
 * Scaled hyperbolic tangent, on the CPU alone: `y = scale·tanh(x/temperature)`.
 *
 * @module
 */
import { defineOp, type Op } from "../op.ts";
import { type TanhAttributes, tanhCases, tanhReference } from "../reference/tanh.ts";

/** Input `x` of any shape; output `y` of the same shape. */
export const tanh: Op<TanhAttributes> = defineOp({
  name: "tanh",
  inputs: ["x"],
  shape: ([x]) => [x],
  gpu: null,
  reference: tanhReference,
  cases: tanhCases,
});
