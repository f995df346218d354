/**
 * Product with a number that is known beforehand: `y = factor·x`. A loss times `1 / steps` is one part of
 * a gradient that several steps gather.
 *
 * @module
 */
import source from "../../shaders/scale.wgsl" with { type: "text" };
import type { GpuRecorder } from "../webgpu/recorder.ts";
import { defineKernel } from "../webgpu/kernel.ts";
import { defineOp, type Op } from "../op.ts";
import { flatGrid } from "../webgpu/queue.ts";
import { type ScaleAttributes, scaleCases, scaleReference } from "../reference/scale.ts";
import { paddedCount, type Tensor } from "../tensor.ts";

const kernel = defineKernel({
  name: "scale",
  source,
  bindings: { x: "read vec4f", y: "read_write vec4f" },
  params: { count4: "u32", factor: "f32" },
});

function record(gpu: GpuRecorder, x: Tensor, y: Tensor, factor: number): void {
  const count4 = paddedCount(x.shape) / 4;
  gpu.run(kernel, {}, { x, y }, { count4, factor }, flatGrid(Math.ceil(count4 / 64)));
}

/** `factor·x`: input `x` of any shape; output `y` of the same shape. */
export const scale: Op<ScaleAttributes> = defineOp({
  name: "scale",
  inputs: ["x"],
  shape: ([x]) => [[...x]],
  gpu: {
    forward(gpu, [x], { factor }) {
      const y = gpu.allocate(x.shape);
      record(gpu, x, y, factor);
      return { outputs: [y], saved: [] };
    },
    backward(gpu, [dy], { attributes: { factor }, into }) {
      const dx = into(0);
      record(gpu, dy!, dx, factor);
      return [dx];
    },
  },
  reference: scaleReference,
  cases: scaleCases,
});
