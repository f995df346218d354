/**
 * Choice of rows of a table, on the CPU alone: `y[r] = table[indices[r]]`.
 *
 * @module
 */
import { defineOp, type Op } from "../op.ts";
import {
  type EmbeddingAttributes,
  embeddingCases,
  embeddingReference,
} from "../reference/embedding.ts";
import { expectRank } from "../shape.ts";
import { matrixExtents } from "./_controller.ts";

/** Inputs `table [v,H]`, `indices [n]` (whole numbers 0..v-1); output `y [n,H]`. */
export const embedding: Op<EmbeddingAttributes> = defineOp({
  name: "embedding",
  inputs: ["table", "indices"],
  inputTypes: ["f32", "u32"],
  shape([table, indices]) {
    const [, width] = matrixExtents("embedding", "table", table);
    expectRank("embedding", "indices", indices, 1);
    return [[indices[0], width]];
  },
  gpu: null,
  reference: embeddingReference,
  cases: embeddingCases,
});
