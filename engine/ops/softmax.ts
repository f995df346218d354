/**
 * Softmax over the last axis: `y[r,j] = exp(x[r,j]) / Σ_k exp(x[r,k])`. For training against labels
 * use `softmaxCrossEntropy`, which takes logits and stays exact where a probability rounds to 0.
 *
 * @module
 */
import backwardSource from "../../shaders/softmax_backward.wgsl" with { type: "text" };
import forwardSource from "../../shaders/softmax_forward.wgsl" with { type: "text" };
import { defineKernel } from "../webgpu/kernel.ts";
import { defineOp, type Op } from "../op.ts";
import { flatGrid } from "../webgpu/queue.ts";
import { type SoftmaxAttributes, softmaxCases, softmaxReference } from "../reference/softmax.ts";
import { expectColumns, recordStatistics, rowSizes } from "./_softmax_passes.ts";

const forwardKernel = defineKernel({
  name: "softmax_forward",
  source: forwardSource,
  bindings: { x: "read vec4f", statistics: "read vec4f", y: "read_write vec4f" },
  params: { rows: "u32", columns: "u32", c4: "u32" },
});
const backwardKernel = defineKernel({
  name: "softmax_backward",
  source: backwardSource,
  bindings: { y: "read vec4f", dy: "read vec4f", dx: "read_write vec4f" },
  params: { rows: "u32", c4: "u32" },
});

/** Softmax over the last axis: input `x [...,c]`, output `y [...,c]` whose rows add up to 1. */
export const softmax: Op<SoftmaxAttributes> = defineOp({
  name: "softmax",
  inputs: ["x"],
  shape([x]) {
    expectColumns("softmax", x);
    return [[...x]];
  },
  gpu: {
    forward(gpu, [x]) {
      const y = gpu.allocate(x.shape);
      const sizes = rowSizes(x.shape);
      const { statistics, place } = recordStatistics(gpu, x);
      const grid = flatGrid(Math.ceil(sizes.rows * sizes.c4 / 64));
      gpu.run(forwardKernel, {}, { x, statistics, y }, sizes, grid);
      for (const tensor of [statistics, place]) gpu.release(tensor);
      return { outputs: [y], saved: [] };
    },
    backward(gpu, [dy], { outputs: [y], into }) {
      const dx = into(0);
      const { rows, c4 } = rowSizes(y.shape);
      gpu.run(backwardKernel, {}, { y, dy: dy!, dx }, { rows, c4 }, flatGrid(rows));
      return [dx];
    },
  },
  reference: softmaxReference,
  cases: softmaxCases,
});
