/**
 * The weighted total of vectors: `y = Σ_k Σ_r coefficients_k[r]·x_k[r]`. The controller
 * joins its log-probabilities and penalties with it; rewards are among the coefficients and carry no
 * gradient (spec C.4).
 *
 * @module
 */
import { ShapeError } from "../../../../engine/errors.ts";
import { type CpuOp, defineOp } from "../../../../engine/op.ts";
import { zeros } from "../../../../engine/reference/nd_array.ts";
import type { OpCase, ReferenceOp } from "../../../../engine/reference/types.ts";
import { expectRank } from "../../../../engine/shape.ts";
import { expectInputs, expectLength } from "./checks.ts";

/** Attributes of {@link weightedTotal}. */
export interface WeightedTotalAttributes {
  /** One array as long as its input for each input. */
  readonly coefficients: readonly Float64Array[];
}

/** Inputs `x_k [n_k]`, at least one; output `y [1]`. */
const reference: ReferenceOp<WeightedTotalAttributes, void> = {
  forward(inputs, { coefficients }) {
    const y = zeros([1]);
    inputs.forEach((x, k) => {
      for (let r = 0; r < x.data.length; r++) y.data[0] += coefficients[k][r] * x.data[r];
    });
    return { outputs: [y], saved: undefined };
  },

  backward(dys, { inputs, attributes: { coefficients } }) {
    const scale = dys[0]!.data[0];
    return inputs.map((x, k) => ({
      shape: x.shape,
      data: coefficients[k].map((coefficient) => scale * coefficient),
    }));
  },
};

/** Inputs on which the weighted total is checked. */
const cases: OpCase<WeightedTotalAttributes>[] = [
  {
    name: "one vector",
    shapes: [[3]],
    attributes: { coefficients: [Float64Array.of(0.5, -2, 0)] },
  },
  {
    name: "three vectors of two lengths",
    shapes: [[2], [3], [2]],
    attributes: {
      coefficients: [
        Float64Array.of(1, -1),
        Float64Array.of(0.25, 3, -0.5),
        Float64Array.of(0, 2),
      ],
    },
  },
];

/** Inputs `x_k [n_k]`, at least one; output `y [1]`. */
export const weightedTotal: CpuOp<WeightedTotalAttributes> = defineOp({
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
  reference,
  cases,
});
