/**
 * Additive attention scores, on the CPU alone:
 * `scores[r,i] = Σ_j tanh(key_i[r,j] + query[r,j])·v[j]` (spec C.2).
 *
 * @module
 */
import { defineOp, type Op } from "../op.ts";
import {
  type AdditiveAttentionAttributes,
  additiveAttentionCases,
  additiveAttentionReference,
} from "../reference/additive_attention.ts";
import { expectInputs, expectShape, matrixExtents } from "./_controller.ts";

/** Inputs `query [n,H]`, `v [H,1]`, `key_0 … key_{m-1} [n,H]`; output `scores [n,m]`, m ≥ 1. */
export const additiveAttention: Op<AdditiveAttentionAttributes> = defineOp({
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
  reference: additiveAttentionReference,
  cases: additiveAttentionCases,
});
