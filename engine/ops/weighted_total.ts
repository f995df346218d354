/**
 * Weighted total of vectors, on the CPU alone: `y = Σ_k Σ_r coefficients_k[r]·x_k[r]`.
 *
 * @module
 */
import { ShapeError } from "../errors.ts";
import { defineOp, type Op } from "../op.ts";
import {
  type WeightedTotalAttributes,
  weightedTotalCases,
  weightedTotalReference,
} from "../reference/weighted_total.ts";
import { expectRank } from "../shape.ts";
import { expectInputs, expectLength } from "./_controller.ts";

/** Inputs `x_k [n_k]`, at least one; output `y [1]`. */
export const weightedTotal: Op<WeightedTotalAttributes> = defineOp({
  name: "weighted_total",
  inputs: ["...x"],
  shape(inputs, { coefficients }) {
    expectInputs("weighted_total", inputs, 1);
    if (coefficients.length !== inputs.length) {
      throw new ShapeError(
        `weighted_total() expects coefficients for ${inputs.length} inputs but found ` +
          `${coefficients.length}`,
      );
    }
    inputs.forEach((x, k) => {
      expectRank("weighted_total", `x ${k}`, x, 1);
      expectLength("weighted_total", `coefficients ${k}`, coefficients[k].length, x[0]);
    });
    return [[1]];
  },
  gpu: null,
  reference: weightedTotalReference,
  cases: weightedTotalCases,
});
