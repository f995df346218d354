/**
 * Matrix product: inputs `a [m,k]`, `b [k,n]`, output `y [m,n]`.
 *
 * `da = dy·bᵀ`, `db = aᵀ·dy`
 *
 * @module
 */
import { ShapeError } from "../errors.ts";
import { defineOp, type Op } from "../op.ts";
import { type MatmulAttributes, matmulCases, matmulReference } from "../reference/matmul.ts";
import { expectRank, formatShape } from "../shape.ts";
import { recordLeftGradient, recordProduct, recordRightGradient } from "./_matmul_passes.ts";

/** Matrix product: inputs `a [m,k]`, `b [k,n]`, output `y [m,n]`. */
export const matmul: Op<MatmulAttributes> = defineOp({
  name: "matmul",
  inputs: ["a", "b"],
  shape([a, b]) {
    expectRank("matmul", "a", a, 2);
    expectRank("matmul", "b", b, 2);
    if (a[1] !== b[0]) {
      throw new ShapeError(
        `matmul() expects as many rows in b as columns in a but found ${formatShape(a)} and ${
          formatShape(b)
        }`,
      );
    }
    return [[a[0], b[1]]];
  },
  gpu: {
    forward(gpu, [a, b]) {
      const y = gpu.allocate([a.shape[0], b.shape[1]]);
      recordProduct(gpu, a, b, y);
      return { outputs: [y], saved: [] };
    },
    backward(gpu, [dy], { inputs: [a, b], needs, into }) {
      const da = needs[0] ? into(0) : null;
      if (da !== null) recordLeftGradient(gpu, dy!, b, da);
      const db = needs[1] ? into(1) : null;
      if (db !== null) recordRightGradient(gpu, a, dy!, db);
      return [da, db];
    },
  },
  reference: matmulReference,
  cases: matmulCases,
});
