/**
 * Drop path: a sample is kept and divided by `keepProbability` with that probability, else zeroed.
 *
 * `y[b,…] = x[b,…] / keep · floor(keep + U[b])`, U uniform in [0, 1), one draw a sample
 *
 * Input `x [n,…]` of rank 2 or more, attributes `keepProbability` in (0, 1] and `seed` (u32); output
 * `y` of the same shape. The mask is a function of `seed` and the sample's number, so the backward
 * pass draws it again instead of storing it. With `keepProbability` 1 the output equals the input
 * exactly.
 *
 * @module
 */
import source from "../../shaders/drop_path_forward.wgsl" with { type: "text" };
import { ShapeError } from "../errors.ts";
import type { GpuRecorder } from "../webgpu/recorder.ts";
import { defineKernel } from "../webgpu/kernel.ts";
import { defineOp, type Op } from "../op.ts";
import { flatGrid } from "../webgpu/queue.ts";
import {
  type DropPathAttributes,
  dropPathCases,
  dropPathReference,
  dropPathThreshold,
} from "../reference/drop_path.ts";
import { formatShape } from "../shape.ts";
import { paddedCount, type Tensor } from "../tensor.ts";

const kernel = defineKernel({
  name: "drop_path_forward",
  source,
  bindings: { x: "read vec4f", y: "read_write vec4f" },
  params: { count4: "u32", sample4: "u32", seed: "u32", threshold: "u32", scale: "f32" },
});

function record(gpu: GpuRecorder, x: Tensor, y: Tensor, attributes: DropPathAttributes): void {
  const { keepProbability, seed } = attributes;
  const count4 = paddedCount(x.shape) / 4;
  gpu.run(
    kernel,
    {},
    { x, y },
    {
      count4,
      sample4: count4 / x.shape[0],
      seed,
      threshold: dropPathThreshold(keepProbability),
      scale: 1 / keepProbability,
    },
    flatGrid(Math.ceil(count4 / 64)),
  );
}

/**
 * Drop path: input `x [n,...]`, output of the same shape, whole samples of it being 0. Attributes:
 * `keepProbability` (others are divided by it), `seed`.
 */
export const dropPath: Op<DropPathAttributes> = defineOp({
  name: "drop_path",
  inputs: ["x"],
  shape([x], { keepProbability }) {
    if (x.length < 2) {
      throw new ShapeError(
        `drop_path() expects x of rank 2 or more, samples first, but found shape ${formatShape(x)}`,
      );
    }
    if (!(keepProbability > 0 && keepProbability <= 1)) {
      throw new ShapeError(
        `drop_path() expects keepProbability above 0 and at most 1 but found ${keepProbability}`,
      );
    }
    return [[...x]];
  },
  gpu: {
    forward(gpu, [x], attributes) {
      const y = gpu.allocate(x.shape);
      record(gpu, x, y, attributes);
      return { outputs: [y], saved: [] };
    },
    backward(gpu, [dy], { attributes, into }) {
      const dx = into(0);
      record(gpu, dy!, dx, attributes);
      return [dx];
    },
  },
  reference: dropPathReference,
  cases: dropPathCases,
});
