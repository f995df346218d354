/**
 * Logistic function: `y = 1 / (1 + exp(−x))`.
 *
 * @module
 */
import backwardSource from "../../shaders/sigmoid_backward.wgsl" with { type: "text" };
import forwardSource from "../../shaders/sigmoid_forward.wgsl" with { type: "text" };
import { defineKernel } from "../webgpu/kernel.ts";
import { defineOp, type Op } from "../op.ts";
import { flatGrid } from "../webgpu/queue.ts";
import { type SigmoidAttributes, sigmoidCases, sigmoidReference } from "../reference/sigmoid.ts";
import { paddedCount, pitch } from "../tensor.ts";

const forwardKernel = defineKernel({
  name: "sigmoid_forward",
  source: forwardSource,
  bindings: { x: "read vec4f", y: "read_write vec4f" },
  params: { count4: "u32", c4: "u32", columns: "u32" },
});
const backwardKernel = defineKernel({
  name: "sigmoid_backward",
  source: backwardSource,
  bindings: { y: "read vec4f", dy: "read vec4f", dx: "read_write vec4f" },
  params: { count4: "u32" },
});

/** Logistic function: input `x` of any shape; output `y` of the same shape, from 0 to 1. */
export const sigmoid: Op<SigmoidAttributes> = defineOp({
  name: "sigmoid",
  inputs: ["x"],
  shape: ([x]) => [[...x]],
  gpu: {
    forward(gpu, [x]) {
      const y = gpu.allocate(x.shape);
      const count4 = paddedCount(x.shape) / 4;
      const params = { count4, c4: pitch(x.shape) / 4, columns: x.shape.at(-1) ?? 1 };
      gpu.run(forwardKernel, {}, { x, y }, params, flatGrid(Math.ceil(count4 / 64)));
      return { outputs: [y], saved: [] };
    },
    backward(gpu, [dy], { outputs: [y], into }) {
      const dx = into(0);
      const count4 = paddedCount(y.shape) / 4;
      gpu.run(backwardKernel, {}, { y, dy: dy!, dx }, { count4 }, flatGrid(Math.ceil(count4 / 64)));
      return [dx];
    },
  },
  reference: sigmoidReference,
  cases: sigmoidCases,
});
