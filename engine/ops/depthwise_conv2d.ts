/**
 * Depthwise 2-D convolution with channel multiplier 1.
 *
 * `y[b,oy,ox,c] = Σ_{ky,kx} x[b, oy·s+ky−p, ox·s+kx−q, c] · w[ky,kx,c]`
 *
 * Inputs `x [n,h,w,c]`, `weight [k,k,c]`, attributes `stride` and `padding`; output `y [n,oh,ow,c]` with
 * the extents of `conv2d`.
 *
 * @module
 */
import backwardInputSource from "../../shaders/depthwise_conv2d_backward_input_strided.wgsl" with {
  type: "text",
};
import backwardWeightSource from "../../shaders/depthwise_conv2d_backward_weight.wgsl" with {
  type: "text",
};
import forwardSource from "../../shaders/depthwise_conv2d_forward.wgsl" with { type: "text" };
import { ShapeError } from "../errors.ts";
import { productFlops } from "../measure/flops.ts";
import type { GpuRecorder } from "../webgpu/recorder.ts";
import { defineKernel } from "../webgpu/kernel.ts";
import { defineOp, type Op } from "../op.ts";
import { flatGrid } from "../webgpu/queue.ts";
import { fewRanges, recordSplitSum, SPLIT_PARAMS, splitRows } from "../webgpu/split_sum.ts";
import {
  type DepthwiseConv2dAttributes,
  depthwiseConv2dCases,
  depthwiseConv2dReference,
} from "../reference/depthwise_conv2d.ts";
import { expectRank, formatShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import {
  expectTurns,
  stripWidth,
  WINDOW_PARAMS,
  type WindowParams,
  windowParams,
} from "./_windows.ts";

const forwardKernel = defineKernel({
  name: "depthwise_conv2d_forward",
  source: forwardSource,
  bindings: { x: "stream", weight: "stream", y: "read_write vec4f" },
  params: WINDOW_PARAMS,
  flops: ({ weight, y }) => productFlops(weight, y),
});
const backwardInputKernel = defineKernel({
  name: "depthwise_conv2d_backward_input_strided",
  source: backwardInputSource,
  bindings: { dy: "stream", weight: "stream", dx: "read_write vec4f" },
  params: WINDOW_PARAMS,
  flops: ({ dy, weight }) => productFlops(weight, dy),
});
const backwardWeightKernel = defineKernel({
  name: "depthwise_conv2d_backward_weight",
  source: backwardWeightSource,
  bindings: { x: "stream", dy: "stream", partial: "read_write vec4f" },
  params: { ...WINDOW_PARAMS, ...SPLIT_PARAMS },
  flops: ({ dy, partial }) => productFlops(partial.slice(-3), dy),
});

/** Most ranges of output rows whose weight gradients are summed separately. */
const SPLITS = 64;

function recordForward(
  gpu: GpuRecorder,
  tensors: { readonly x: Tensor; readonly weight: Tensor; readonly y: Tensor },
  params: WindowParams,
  K: number,
  S: number,
  FLIP: 0 | 1,
) {
  const P = stripWidth(params.ow);
  const threads = params.n * params.oh * Math.ceil(params.ow / P) * params.c4;
  gpu.run(forwardKernel, { P, K, S, FLIP }, tensors, params, flatGrid(Math.ceil(threads / 64)));
}

/**
 * Depthwise convolution: inputs `x [n,h,w,c]`, `weight [k,k,c]`, output `y [n,oh,ow,c]`. Attributes: `stride`
 * 1 to 3, `padding` "same" (default), "valid", pixels, or pixels for each side.
 */
export const depthwiseConv2d: Op<DepthwiseConv2dAttributes> = defineOp({
  name: "depthwise_conv2d",
  inputs: ["x", "weight"],
  shape([x, weight], { stride, padding }) {
    expectRank("depthwise_conv2d", "x", x, 4);
    expectRank("depthwise_conv2d", "weight", weight, 3);
    if (weight[0] !== weight[1] || weight[0] % 2 === 0 || weight[0] > 5) {
      throw new ShapeError(
        `depthwise_conv2d() expects a square kernel of side 1, 3 or 5 but found weight ${
          formatShape(weight)
        }`,
      );
    }
    if (weight[2] !== x[3]) {
      throw new ShapeError(
        `depthwise_conv2d() expects weight with ${x[3]} channels, as x ${
          formatShape(x)
        } has, but ` +
          `found ${formatShape(weight)}`,
      );
    }
    const { oh, ow } = windowParams("depthwise_conv2d", x, weight[0], stride, padding);
    return [[x[0], oh, ow, x[3]]];
  },
  gpu: {
    forward(gpu, [x, weight], { stride, padding }) {
      const params = windowParams("depthwise_conv2d", x.shape, weight.shape[0], stride, padding);
      const y = gpu.allocate([params.n, params.oh, params.ow, x.shape[3]]);
      recordForward(gpu, { x, weight, y }, params, weight.shape[0], stride, 0);
      return { outputs: [y], saved: [] };
    },
    backward(gpu, [dy], { inputs: [x, weight], attributes, needs, into }) {
      const { stride, padding } = attributes;
      const K = weight.shape[0];
      const params = windowParams("depthwise_conv2d", x.shape, K, stride, padding);
      const dx = needs[0] ? into(0) : null;
      if (dx !== null && stride === 1) {
        const before_y = K - 1 - params.before_y;
        const before_x = K - 1 - params.before_x;
        const { h, w, oh, ow } = params;
        const turned = { ...params, h: oh, w: ow, oh: h, ow: w, before_y, before_x };
        recordForward(gpu, { x: dy!, weight, y: dx }, turned, K, 1, 1);
      } else if (dx !== null) {
        const threads = params.n * params.h * params.w * params.c4;
        gpu.run(
          backwardInputKernel,
          { K, S: stride },
          { dy: dy!, weight, dx },
          params,
          flatGrid(Math.ceil(threads / 64)),
        );
      }
      const dw = needs[1] ? into(1) : null;
      if (dw !== null) {
        const pixels = "output pixels in a row where weights train";
        expectTurns("depthwise_conv2d", pixels, params.ow, 1);
        const rows = params.n * params.oh;
        const many = gpu.target.weightSplits === "many";
        const ranges = many ? SPLITS : fewRanges(rows * params.ow, SPLITS);
        const split = splitRows(rows, params.ow, ranges);
        recordSplitSum(gpu, split, [dw], ([partial]) => {
          gpu.run(
            backwardWeightKernel,
            { K, S: stride },
            { x, dy: dy!, partial },
            { ...params, ...split },
            flatGrid(Math.ceil(split.splits * params.c4 / 8)),
          );
        });
      }
      return [dx, dw];
    },
  },
  reference: depthwiseConv2dReference,
  cases: depthwiseConv2dCases,
});
