/**
 * Additive attention scores (Bahdanau et al., 2015), as the controller uses them to
 * score earlier layers (spec C.2): `scores[r,i] = Σ_j tanh(key_i[r,j] + query[r,j])·v[j]`.
 *
 * @module
 */
import { type CpuOp, defineOp } from "../../../../engine/op.ts";
import { gradientPlace, type NoAttributes, zeros } from "../../../../engine/reference/nd_array.ts";
import type { OpCase, ReferenceOp } from "../../../../engine/reference/types.ts";
import { expectInputs, expectShape, matrixExtents } from "./checks.ts";

/** Attributes of {@link additiveAttention}: none. */
export type AdditiveAttentionAttributes = NoAttributes;

/** Inputs `query [n,H]`, `v [H,1]`, `key_0 … key_{m-1} [n,H]`; output `scores [n,m]`, m ≥ 1. */
const reference: ReferenceOp<AdditiveAttentionAttributes, Float64Array[]> = {
  forward([query, v, ...keys]) {
    const [n, width] = query.shape;
    const m = keys.length;
    const scores = zeros([n, m]);
    const saved = keys.map((key, i) => {
      const squashed = new Float64Array(n * width);
      for (let r = 0; r < n; r++) {
        let score = 0;
        for (let j = 0; j < width; j++) {
          const at = r * width + j;
          squashed[at] = Math.tanh(key.data[at] + query.data[at]);
          score += squashed[at] * v.data[j];
        }
        scores.data[r * m + i] = score;
      }
      return squashed;
    });
    return { outputs: [scores], saved };
  },

  backward(dys, context) {
    const dy = dys[0]!;
    const { inputs: [query, v, ...keys], saved } = context;
    const [n, width] = query.shape;
    const m = keys.length;
    const [dquery, dv] = [zeros(query.shape), zeros(v.shape)];
    const dkeys = keys.map((_, i) => {
      const squashed = saved[i];
      const { to: dkey, result } = gradientPlace(context, 2 + i);
      for (let r = 0; r < n; r++) {
        const dscore = dy.data[r * m + i];
        for (let j = 0; j < width; j++) {
          const at = r * width + j;
          const value = squashed[at];
          const gradient = dscore * v.data[j] * (1 - value * value);
          dkey.data[at] += gradient;
          dquery.data[at] += gradient;
          dv.data[j] += dscore * value;
        }
      }
      return result;
    });
    return [dquery, dv, ...dkeys];
  },
};

/** Inputs on which attention scores are checked. */
const cases: OpCase<AdditiveAttentionAttributes>[] = [
  { name: "one key", shapes: [[1, 8], [8, 1], [1, 8]], attributes: {} },
  { name: "three keys", shapes: [[5, 3], [3, 1], ...Array(3).fill([5, 3])], attributes: {} },
  { name: "width 1", shapes: [[2, 1], [1, 1], [2, 1], [2, 1]], attributes: {} },
];

/** Inputs `query [n,H]`, `v [H,1]`, `key_0 … key_{m-1} [n,H]`; output `scores [n,m]`, m ≥ 1. */
export const additiveAttention: CpuOp<AdditiveAttentionAttributes> = defineOp({
  name: "additive_attention",
  inputs: ["query", "v", "...key"],
  shape(inputs) {
    expectInputs("additive_attention", inputs, 3);
    const [query, v, ...keys] = inputs;
    const [n, width] = matrixExtents("additive_attention", "query", query);
    expectShape("additive_attention", "v", v, [width, 1]);
    keys.forEach((key, i) => expectShape("additive_attention", `key ${i}`, key, query));
    return [[n, keys.length]];
  },
  gpu: null,
  reference,
  cases,
});
