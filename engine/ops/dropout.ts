/**
 * Inverted dropout: `y = x / keep` with probability `keep`, else 0. The mask is a function of `seed`
 * and the element's number, so the backward pass draws it again instead of storing it.
 *
 * @module
 */
import source from "../../shaders/dropout_forward.wgsl" with { type: "text" };
import { ShapeError } from "../errors.ts";
import type { GpuRecorder } from "../webgpu/recorder.ts";
import { defineKernel } from "../webgpu/kernel.ts";
import { defineOp, type Op } from "../op.ts";
import { flatGrid } from "../webgpu/queue.ts";
import { type DropoutAttributes, dropoutCases, dropoutReference } from "../reference/dropout.ts";
import { elementCount } from "../shape.ts";
import { pitch, type Tensor } from "../tensor.ts";

const kernel = defineKernel({
  name: "dropout_forward",
  source,
  bindings: { x: "read vec4f", y: "read_write vec4f" },
  params: { rows: "u32", c: "u32", c4: "u32", seed: "u32", keep: "f32" },
});

function record(gpu: GpuRecorder, x: Tensor, y: Tensor, attributes: DropoutAttributes) {
  const c = x.shape.at(-1)!;
  const rows = elementCount(x.shape) / c;
  const c4 = pitch(x.shape) / 4;
  gpu.run(
    kernel,
    {},
    { x, y },
    { rows, c, c4, seed: attributes.seed, keep: attributes.keepProbability },
    flatGrid(Math.ceil(rows * c4 / 64)),
  );
}

/**
 * Dropout: input `x` of any shape, output of the same shape. Attributes: `keepProbability` (what is kept is
 * divided by it), `seed`, a new one for every step.
 */
export const dropout: Op<DropoutAttributes> = defineOp({
  name: "dropout",
  inputs: ["x"],
  shape([x], { keepProbability }) {
    if (!(keepProbability > 0 && keepProbability <= 1)) {
      throw new ShapeError(
        `dropout() expects keepProbability above 0 and at most 1 but found ${keepProbability}`,
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
  reference: dropoutReference,
  cases: dropoutCases,
});
