/**
 * The controller's summary of the chosen skip connections (spec C.2):
 * `y[r] = Σ_i s[r,i]·h_i[r] / (1 + Σ_i s[r,i])`, the zero vector where no bit is set.
 *
 * @module
 */
import { type CpuOp, defineOp } from "../../../../engine/op.ts";
import { gradientPlace, zeros } from "../../../../engine/reference/nd_array.ts";
import type { OpCase, ReferenceOp } from "../../../../engine/reference/types.ts";
import { expectInputs, expectLength, expectShape, matrixExtents } from "./checks.ts";

/** Attributes of {@link skipMean}. */
export interface SkipMeanAttributes {
  /** `s [n,m]`, row-major; 1 where row r takes `h_i`, else 0. */
  readonly mask: Uint8Array;
}

/** `1 / (1 + Σ_i s[r,i])` of each row. */
function rowScales(mask: Uint8Array, n: number, m: number): Float64Array {
  return Float64Array.from({ length: n }, (_, r) => {
    const chosen = mask.subarray(r * m, (r + 1) * m).reduce((sum, bit) => sum + bit, 0);
    return 1 / (1 + chosen);
  });
}

/** Inputs `h_0 … h_{m-1} [n,H]`, m ≥ 1; output `y [n,H]`. */
const reference: ReferenceOp<SkipMeanAttributes, Float64Array> = {
  forward(inputs, { mask }) {
    const [n, width] = inputs[0].shape;
    const m = inputs.length;
    const scales = rowScales(mask, n, m);
    const y = zeros(inputs[0].shape);
    inputs.forEach((h, i) => {
      for (let r = 0; r < n; r++) {
        if (mask[r * m + i] === 0) continue;
        for (let j = r * width; j < (r + 1) * width; j++) y.data[j] += scales[r] * h.data[j];
      }
    });
    return { outputs: [y], saved: scales };
  },

  backward(dys, context) {
    const dy = dys[0]!;
    const { inputs, attributes: { mask }, saved: scales } = context;
    const [n, width] = dy.shape;
    const m = inputs.length;
    return inputs.map((_, i) => {
      const { to: dh, result } = gradientPlace(context, i);
      for (let r = 0; r < n; r++) {
        if (mask[r * m + i] === 0) continue;
        for (let j = r * width; j < (r + 1) * width; j++) dh.data[j] += scales[r] * dy.data[j];
      }
      return result;
    });
  },
};

/** Inputs on which the summary of skip connections is checked. */
const cases: OpCase<SkipMeanAttributes>[] = [
  { name: "one input", shapes: [[2, 3]], attributes: { mask: Uint8Array.of(1, 0) } },
  {
    name: "three inputs; none, some and all chosen",
    shapes: Array(3).fill([3, 5]),
    attributes: { mask: Uint8Array.of(0, 0, 0, 1, 0, 1, 1, 1, 1) },
  },
];

/** Inputs `h_0 … h_{m-1} [n,H]`, m ≥ 1; output `y [n,H]`. */
export const skipMean: CpuOp<SkipMeanAttributes> = defineOp({
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
  reference,
  cases,
});
