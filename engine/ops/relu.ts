/**
 * Rectifier: `y = max(x, 0)`, gradient 0 at 0. Input `x` of any shape, output of the same shape.
 *
 * @module
 */
import backwardSource from "../../shaders/relu_backward.wgsl" with { type: "text" };
import forwardSource from "../../shaders/relu_forward.wgsl" with { type: "text" };
import { defineKernel } from "../webgpu/kernel.ts";
import { defineOp, type Op } from "../op.ts";
import { flatGrid } from "../webgpu/queue.ts";
import { type ReluAttributes, reluCases, reluReference } from "../reference/relu.ts";
import { ELEMENTWISE_BLOCK } from "../webgpu/sum_kernel.ts";
import { paddedCount } from "../tensor.ts";

const forwardKernel = defineKernel({
  name: "relu_forward",
  source: forwardSource,
  bindings: { x: "stream", y: "read_write vec4f" },
  params: { count4: "u32" },
});
const backwardKernel = defineKernel({
  name: "relu_backward",
  source: backwardSource,
  bindings: { y: "stream", dy: "stream", dx: "read_write vec4f" },
  params: { count4: "u32" },
});

/** `max(x, 0)`: input `x` of any shape, output of the same shape. */
export const relu: Op<ReluAttributes> = defineOp({
  name: "relu",
  inputs: ["x"],
  shape: ([x]) => [[...x]],
  gpu: {
    forward(gpu, [x]) {
      const y = gpu.allocate(x.shape);
      const count4 = paddedCount(x.shape) / 4;
      const grid = flatGrid(Math.ceil(count4 / ELEMENTWISE_BLOCK));
      gpu.run(forwardKernel, {}, { x, y }, { count4 }, grid);
      return { outputs: [y], saved: [] };
    },
    backward(gpu, [dy], { outputs: [y], into }) {
      const dx = into(0);
      const count4 = paddedCount(y.shape) / 4;
      const grid = flatGrid(Math.ceil(count4 / ELEMENTWISE_BLOCK));
      gpu.run(backwardKernel, {}, { y, dy: dy!, dx }, { count4 }, grid);
      return [dx];
    },
  },
  reference: reluReference,
  cases: reluCases,
});
