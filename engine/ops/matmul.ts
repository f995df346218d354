/**
 * Matrix product: inputs `a [m,k]`, `b [k,n]`, output `y [m,n]`.
 *
 * `da = dy·bᵀ`, `db = aᵀ·dy`
 *
 * @module
 */
import backwardASource from "../../shaders/matmul_backward_a.wgsl" with { type: "text" };
import backwardBSource from "../../shaders/matmul_backward_b.wgsl" with { type: "text" };
import forwardSource from "../../shaders/matmul_forward.wgsl" with { type: "text" };
import { ShapeError } from "../errors.ts";
import { backwardInputFlops, forwardFlops } from "../measure/flops.ts";
import { defineKernel } from "../webgpu/kernel.ts";
import { defineOp, type Op } from "../op.ts";
import { flatGrid } from "../webgpu/queue.ts";
import { recordReduceSplits } from "../webgpu/reduce_splits.ts";
import { type MatmulAttributes, matmulCases, matmulReference } from "../reference/matmul.ts";
import { elementCount, expectRank, formatShape } from "../shape.ts";
import { roundUp4, type Tensor } from "../tensor.ts";
import { rowsPerSplit } from "../reference/window_geometry.ts";

const PARAMS = { m: "u32", k: "u32", k4: "u32", n4: "u32" } as const;
const forwardKernel = defineKernel({
  name: "matmul_forward",
  source: forwardSource,
  storage: ["read", "read", "read_write"],
  params: PARAMS,
  flops: forwardFlops,
});
const backwardAKernel = defineKernel({
  name: "matmul_backward_a",
  source: backwardASource,
  storage: ["read", "read", "read_write"],
  params: PARAMS,
  flops: backwardInputFlops,
});
const backwardBKernel = defineKernel({
  name: "matmul_backward_b",
  source: backwardBSource,
  storage: ["read", "read", "read_write"],
  params: { ...PARAMS, splits: "u32", rows_per_split: "u32" },
  flops: ([a, dy]) => 2 * a[1] * elementCount(dy),
});

function paramsOf(a: Tensor, b: Tensor) {
  const [m, k] = a.shape;
  return { m, k, k4: roundUp4(k) / 4, n4: roundUp4(b.shape[1]) / 4 };
}

/** Matrix product; see the module's text. */
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
      const params = paramsOf(a, b);
      const y = gpu.allocate([a.shape[0], b.shape[1]]);
      gpu.run(
        forwardKernel,
        {},
        [a, b, y],
        params,
        flatGrid(Math.ceil(params.m * params.n4 / 64)),
      );
      return { outputs: [y], saved: [] };
    },
    backward(gpu, [dy], { inputs: [a, b], needs, into }) {
      const params = paramsOf(a, b);
      const da = needs[0] ? into(0) : null;
      if (da !== null) {
        const grid = flatGrid(Math.ceil(params.m * params.k4 / 64));
        gpu.run(backwardAKernel, {}, [dy!, b, da], params, grid);
      }
      const db = needs[1] ? into(1) : null;
      if (db !== null) {
        const rows_per_split = rowsPerSplit(params.m, 1, 1);
        const splits = Math.ceil(params.m / rows_per_split);
        const partial = splits === 1 ? db : gpu.allocate([splits, ...db.shape]);
        const grid = flatGrid(Math.ceil(splits * params.k4 * params.n4 / 64));
        const all = { ...params, splits, rows_per_split };
        gpu.run(backwardBKernel, {}, [a, dy!, partial], all, grid);
        if (splits > 1) {
          recordReduceSplits(gpu, partial, db);
          gpu.release(partial);
        }
      }
      return [da, db];
    },
  },
  reference: matmulReference,
  cases: matmulCases,
});
