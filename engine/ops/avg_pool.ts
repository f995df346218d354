/**
 * Average pooling.
 *
 * `y[b,oy,ox,c] = mean over the pixels of the window inside the image of x` (padding does not count,
 * as with `count_include_pad=False` of PyTorch).
 *
 * Input `x [n,h,w,c]`, attributes `size` (side of the window, 1 to 11), `stride` (1 to 3) and
 * `padding`; output `y [n,oh,ow,c]`: `oh = ⌈h/s⌉` with SAME padding, the default, else
 * `⌊(h + top + bottom − size)/s⌋ + 1`.
 *
 * @module
 */
import backwardSource from "../../shaders/avg_pool_backward.wgsl" with { type: "text" };
import forwardSource from "../../shaders/avg_pool_forward.wgsl" with { type: "text" };
import { defineKernel } from "../webgpu/kernel.ts";
import { defineOp, type Op } from "../op.ts";
import { flatGrid } from "../webgpu/queue.ts";
import { type AvgPoolAttributes, avgPoolCases, avgPoolReference } from "../reference/avg_pool.ts";
import { expectRank } from "../shape.ts";
import { stripWidth, WINDOW_PARAMS, windowParams } from "./_windows.ts";

const forwardKernel = defineKernel({
  name: "avg_pool_forward",
  source: forwardSource,
  bindings: { x: "stream", y: "read_write vec4f" },
  params: WINDOW_PARAMS,
});
const backwardKernel = defineKernel({
  name: "avg_pool_backward",
  source: backwardSource,
  bindings: { dy: "stream", dx: "read_write vec4f" },
  params: WINDOW_PARAMS,
});

/**
 * Average pooling: input `x [n,h,w,c]`, output `y [n,oh,ow,c]`. Attributes: `size` of the window, `stride` 1 to
 * 3, `padding` "same" (default), "valid", pixels, or pixels for each side.
 */
export const avgPool: Op<AvgPoolAttributes> = defineOp({
  name: "avg_pool",
  inputs: ["x"],
  shape([x], { size, stride, padding }) {
    expectRank("avg_pool", "x", x, 4);
    const { oh, ow } = windowParams("avg_pool", x, size, stride, padding);
    return [[x[0], oh, ow, x[3]]];
  },
  gpu: {
    forward(gpu, [x], { size, stride, padding }) {
      const params = windowParams("avg_pool", x.shape, size, stride, padding);
      const shape = [params.n, params.oh, params.ow, x.shape[3]];
      const y = gpu.allocate(shape);
      const P = stripWidth(params.ow) / 2;
      const threads = params.n * params.oh * Math.ceil(params.ow / P) * params.c4;
      gpu.run(
        forwardKernel,
        { P, K: size, S: stride },
        { x, y },
        params,
        flatGrid(Math.ceil(threads / 64)),
      );
      return { outputs: [y], saved: [] };
    },
    backward(gpu, [dy], { inputs: [x], attributes: { size, stride, padding }, into }) {
      const params = windowParams("avg_pool", x.shape, size, stride, padding);
      const dx = into(0);
      gpu.run(
        backwardKernel,
        { K: size, S: stride },
        { dy: dy!, dx },
        params,
        flatGrid(Math.ceil(params.n * params.h * params.w * params.c4 / 64)),
      );
      return [dx];
    },
  },
  reference: avgPoolReference,
  cases: avgPoolCases,
});
