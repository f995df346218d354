/**
 * Reference of the weighted total of vectors: `y = Σ_k Σ_r coefficients_k[r]·x_k[r]`. The controller
 * joins its log-probabilities and penalties with it; rewards are among the coefficients and carry no
 * gradient (spec C.4).
 *
 * @module
 */
import { zeros } from "./nd_array.ts";
import type { OpCase, ReferenceOp } from "./types.ts";

/** Attributes of {@link weightedTotalReference}. */
export interface WeightedTotalAttributes {
  /** One array as long as its input for each input. */
  readonly coefficients: readonly Float64Array[];
}

/** Inputs `x_k [n_k]`, at least one; output `y [1]`. */
export const weightedTotalReference: ReferenceOp<WeightedTotalAttributes, void> = {
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
export const weightedTotalCases: OpCase<WeightedTotalAttributes>[] = [
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
