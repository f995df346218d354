/**
 * Scaled hyperbolic tangent: `y = scale·tanh(x/temperature)`. With `scale: 1` it is the plain one.
 *
 * @module
 */
import backwardSource from "../../shaders/tanh_backward.wgsl" with { type: "text" };
import forwardSource from "../../shaders/tanh_forward.wgsl" with { type: "text" };
import { defineKernel } from "../webgpu/kernel.ts";
import { defineOp, type Op } from "../op.ts";
import { flatGrid } from "../webgpu/queue.ts";
import { type TanhAttributes, tanhCases, tanhReference } from "../reference/tanh.ts";
import { paddedCount } from "../tensor.ts";

const PARAMS = { count4: "u32", scale: "f32", temperature: "f32" } as const;
const forwardKernel = defineKernel({
  name: "tanh_forward",
  source: forwardSource,
  bindings: { x: "read vec4f", y: "read_write vec4f" },
  params: PARAMS,
});
const backwardKernel = defineKernel({
  name: "tanh_backward",
  source: backwardSource,
  bindings: { y: "read vec4f", dy: "read vec4f", dx: "read_write vec4f" },
  params: PARAMS,
});

/** `scale·tanh(x/temperature)`: input `x` of any shape; output `y` of the same shape. */
export const tanh: Op<TanhAttributes> = defineOp({
  name: "tanh",
  inputs: ["x"],
  shape: ([x]) => [[...x]],
  gpu: {
    forward(gpu, [x], { scale, temperature = 1 }) {
      const y = gpu.allocate(x.shape);
      const count4 = paddedCount(x.shape) / 4;
      const grid = flatGrid(Math.ceil(count4 / 64));
      gpu.run(forwardKernel, {}, { x, y }, { count4, scale, temperature }, grid);
      return { outputs: [y], saved: [] };
    },
    backward(gpu, [dy], { outputs: [y], attributes: { scale, temperature = 1 }, into }) {
      const dx = into(0);
      const count4 = paddedCount(y.shape) / 4;
      const grid = flatGrid(Math.ceil(count4 / 64));
      gpu.run(backwardKernel, {}, { y, dy: dy!, dx }, { count4, scale, temperature }, grid);
      return [dx];
    },
  },
  reference: tanhReference,
  cases: tanhCases,
});
