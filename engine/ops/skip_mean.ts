/**
 * Summary of the chosen skip connections, on the CPU alone:
 * `y[r] = Σ_i s[r,i]·h_i[r] / (1 + Σ_i s[r,i])` (spec C.2).
 *
 * @module
 */
import { defineOp, type Op } from "../op.ts";
import {
  type SkipMeanAttributes,
  skipMeanCases,
  skipMeanReference,
} from "../reference/skip_mean.ts";
import { expectInputs, expectLength, expectShape, matrixExtents } from "./_controller.ts";

/** Inputs `h_0 … h_{m-1} [n,H]`, m ≥ 1; output `y [n,H]`. */
export const skipMean: Op<SkipMeanAttributes> = defineOp({
  name: "skip_mean",
  inputs: ["...h"],
  shape(inputs, { mask }) {
    expectInputs("skip_mean", inputs, 1);
    const [n] = matrixExtents("skip_mean", "h 0", inputs[0]);
    inputs.forEach((h, i) => expectShape("skip_mean", `h ${i}`, h, inputs[0]));
    expectLength("skip_mean", "mask", mask.length, n * inputs.length);
    return [inputs[0]];
  },
  gpu: null,
  reference: skipMeanReference,
  cases: skipMeanCases,
});
