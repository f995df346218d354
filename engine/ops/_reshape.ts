/**
 * The copy into rows of another length, which reshape and flatten share.
 *
 * @module
 */
import text from "../../shaders/reshape.wgsl" with { type: "text" };
import type { GpuRecorder } from "../webgpu/recorder.ts";
import { defineKernel } from "../webgpu/kernel.ts";
import type { GpuPasses } from "../op.ts";
import { flatGrid } from "../webgpu/queue.ts";
import type { Shape } from "../shape.ts";
import { paddedCount, pitch, type Tensor } from "../tensor.ts";

const kernel = defineKernel({
  name: "reshape",
  source: text,
  bindings: { x: "read f32", y: "read_write vec4f" },
  params: { count4: "u32", width: "u32", width4: "u32", source: "u32", source_pitch: "u32" },
});

/** Records the elements of `x` in the shape of `y`. */
function record(gpu: GpuRecorder, x: Tensor, y: Tensor): void {
  const [source, width] = [x, y].map(({ shape }) => shape.at(-1) ?? 1);
  const count4 = paddedCount(y.shape) / 4;
  gpu.run(
    kernel,
    {},
    { x, y },
    { count4, width, width4: pitch(y.shape) / 4, source, source_pitch: pitch(x.shape) },
    flatGrid(Math.ceil(count4 / 64)),
  );
}

/** Both passes of an op that gives the elements of its input the shape that `shapeOf` says. */
export function reshapePasses<Attributes>(
  shapeOf: (x: Shape, attributes: Attributes) => Shape,
): GpuPasses<Attributes> {
  return {
    forward(gpu, [x], attributes) {
      const y = gpu.allocate(shapeOf(x.shape, attributes));
      record(gpu, x, y);
      return { outputs: [y], saved: [] };
    },
    backward(gpu, [dy], { into }) {
      const dx = into(0);
      record(gpu, dy!, dx);
      return [dx];
    },
  };
}
