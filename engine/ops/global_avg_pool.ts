/**
 * Global average pooling: input `x [n,h,w,c]`, output `y [n,c]`, the mean over all pixels.
 *
 * @module
 */
import backwardSource from "../../shaders/global_avg_pool_backward.wgsl" with { type: "text" };
import forwardSource from "../../shaders/global_avg_pool_forward.wgsl" with { type: "text" };
import { defineKernel } from "../webgpu/kernel.ts";
import { defineOp, type Op } from "../op.ts";
import { flatGrid } from "../webgpu/queue.ts";
import { recordSplitSum, splitRows } from "../webgpu/split_sum.ts";
import {
  type GlobalAvgPoolAttributes,
  globalAvgPoolCases,
  globalAvgPoolReference,
} from "../reference/global_avg_pool.ts";
import { expectRank, type Shape } from "../shape.ts";
import { pitch } from "../tensor.ts";

const forwardKernel = defineKernel({
  name: "global_avg_pool_forward",
  source: forwardSource,
  bindings: { x: "stream", y: "read_write vec4f" },
  params: { n: "u32", pixels: "u32", c4: "u32", splits: "u32", pixels_per_split: "u32" },
});
const backwardKernel = defineKernel({
  name: "global_avg_pool_backward",
  source: backwardSource,
  bindings: { dy: "read vec4f", dx: "read_write vec4f" },
  params: { n: "u32", pixels: "u32", c4: "u32" },
});

function paramsOf([n, h, w, c]: Shape) {
  return { n, pixels: h * w, c4: pitch([c]) / 4 };
}

/** Mean over all pixels: input `x [n,h,w,c]`, output `y [n,c]`. */
export const globalAvgPool: Op<GlobalAvgPoolAttributes> = defineOp({
  name: "global_avg_pool",
  inputs: ["x"],
  shape([x]) {
    expectRank("global_avg_pool", "x", x, 4);
    return [[x[0], x[3]]];
  },
  gpu: {
    forward(gpu, [x]) {
      const params = paramsOf(x.shape);
      const y = gpu.allocate([x.shape[0], x.shape[3]]);
      const split = splitRows(params.pixels, 1, 1);
      const { splits, rows_per_split: pixels_per_split } = split;
      const grid = flatGrid(Math.ceil(splits * params.n * params.c4 / 64));
      recordSplitSum(gpu, split, [y], ([partial]) => {
        gpu.run(
          forwardKernel,
          {},
          { x, y: partial },
          { ...params, splits, pixels_per_split },
          grid,
        );
      });
      return { outputs: [y], saved: [] };
    },
    backward(gpu, [dy], { inputs: [x], into }) {
      const params = paramsOf(x.shape);
      const dx = into(0);
      const threads = params.n * params.pixels * params.c4;
      gpu.run(backwardKernel, {}, { dy: dy!, dx }, params, flatGrid(Math.ceil(threads / 64)));
      return [dx];
    },
  },
  reference: globalAvgPoolReference,
  cases: globalAvgPoolCases,
});
