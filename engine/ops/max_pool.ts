/**
 * Max pooling.
 *
 * `y[b,oy,ox,c] = max over the pixels of the window inside the image of x`; the first maximum in
 * row-major order gets the gradient. A window with NaN gives NaN.
 *
 * Input `x [n,h,w,c]`, attributes `size` (side of the window, 1 to 11), `stride` (1 to 3) and
 * `padding`; output `y [n,oh,ow,c]`: `oh = ⌈h/s⌉` with SAME padding, the default, else
 * `⌊(h + top + bottom − size)/s⌋ + 1`.
 *
 * @module
 */
import backwardSource from "../../shaders/max_pool_backward.wgsl" with { type: "text" };
import forwardSource from "../../shaders/max_pool_forward.wgsl" with { type: "text" };
import { defineKernel } from "../webgpu/kernel.ts";
import { defineOp, type Op } from "../op.ts";
import { flatGrid } from "../webgpu/queue.ts";
import { type MaxPoolAttributes, maxPoolCases, maxPoolReference } from "../reference/max_pool.ts";
import { expectRank } from "../shape.ts";
import { stripWidth, WINDOW_PARAMS, windowParams } from "./_windows.ts";

const forwardKernel = defineKernel({
  name: "max_pool_forward",
  source: forwardSource,
  bindings: { x: "stream", y: "read_write vec4f", winner: "read_write u32" },
  params: WINDOW_PARAMS,
});
const backwardKernel = defineKernel({
  name: "max_pool_backward",
  source: backwardSource,
  bindings: { dy: "stream", winner: "read u32", dx: "read_write vec4f" },
  params: WINDOW_PARAMS,
});

/**
 * Max pooling: input `x [n,h,w,c]`, output `y [n,oh,ow,c]`. Attributes: `size` of the window, `stride` 1 to
 * 3, `padding` "same" (default), "valid", pixels, or pixels for each side.
 */
export const maxPool: Op<MaxPoolAttributes> = defineOp({
  name: "max_pool",
  inputs: ["x"],
  shape([x], { size, stride, padding }) {
    expectRank("max_pool", "x", x, 4);
    const { oh, ow } = windowParams("max_pool", x, size, stride, padding);
    return [[x[0], oh, ow, x[3]]];
  },
  gpu: {
    forward(gpu, [x], { size, stride, padding }) {
      const params = windowParams("max_pool", x.shape, size, stride, padding);
      const shape = [params.n, params.oh, params.ow, x.shape[3]];
      const y = gpu.allocate(shape);
      const winner = gpu.allocate([params.n, params.oh, params.ow, params.c4], "u32");
      const P = stripWidth(params.ow) / 2;
      const threads = params.n * params.oh * Math.ceil(params.ow / P) * params.c4;
      gpu.run(
        forwardKernel,
        { P, K: size, S: stride },
        { x, y, winner },
        params,
        flatGrid(Math.ceil(threads / 64)),
      );
      return { outputs: [y], saved: [winner] };
    },
    backward(
      gpu,
      [dy],
      { inputs: [x], saved: [winner], attributes: { size, stride, padding }, into },
    ) {
      const params = windowParams("max_pool", x.shape, size, stride, padding);
      const dx = into(0);
      gpu.run(
        backwardKernel,
        { K: size, S: stride },
        { dy: dy!, winner, dx },
        params,
        flatGrid(Math.ceil(params.n * params.h * params.w * params.c4 / 64)),
      );
      return [dx];
    },
  },
  reference: maxPoolReference,
  cases: maxPoolCases,
});
