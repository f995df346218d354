/**
 * Batch normalisation with the statistics of the batch, and an optional ReLU behind it.
 *
 * `y = γ·(x − mean) / √(variance + ε) + β`, then `max(y, 0)` with `relu`
 *
 * Inputs `x [...,c]`, `gamma [c]`, `beta [c]`; outputs `y`, and `mean [c]` and the biased
 * `variance [c]` over all axes but the last. Gradients run through mean and variance; those that
 * arrive at the outputs `mean` and `variance` are ignored.
 *
 * @module
 */
import applySource from "../../shaders/batch_norm_apply.wgsl" with { type: "text" };
import backwardApplySource from "../../shaders/batch_norm_backward_apply.wgsl" with {
  type: "text",
};
import backwardFinalizeSource from "../../shaders/batch_norm_backward_finalize.wgsl" with {
  type: "text",
};
import backwardReduceSource from "../../shaders/batch_norm_backward_reduce.wgsl" with {
  type: "text",
};
import finalizeSource from "../../shaders/batch_norm_finalize.wgsl" with { type: "text" };
import statisticsSource from "../../shaders/batch_norm_statistics.wgsl" with { type: "text" };
import type { GpuBackend } from "../gpu_backend.ts";
import { defineKernel } from "../kernel.ts";
import { defineOp, type Op } from "../op.ts";
import { flatGrid } from "../queue.ts";
import {
  type BatchNormAttributes,
  batchNormCases,
  batchNormReference,
} from "../reference/batch_norm.ts";
import {
  type BatchNormInferenceAttributes,
  batchNormInferenceCases,
  batchNormInferenceReference,
} from "../reference/batch_norm_inference.ts";
import { ShapeError } from "../errors.ts";
import { elementCount, formatShape, type Shape } from "../shape.ts";
import { pitch, type Tensor } from "../tensor.ts";
import { rowsPerSplit } from "../windows.ts";

const statisticsKernel = defineKernel({
  name: "batch_norm_statistics",
  source: statisticsSource,
  storage: ["stream", "read_write"],
  params: { rows: "u32", c4: "u32", splits: "u32", rows_per_split: "u32" },
});
const finalizeKernel = defineKernel({
  name: "batch_norm_finalize",
  source: finalizeSource,
  storage: ["read", "read_write", "read_write"],
  params: { rows: "u32", c4: "u32", splits: "u32", rows_per_split: "u32" },
});
const applyKernel = defineKernel({
  name: "batch_norm_apply",
  source: applySource,
  storage: ["stream", "read", "read", "read", "read", "read_write"],
  params: { rows: "u32", c4: "u32", epsilon: "f32" },
});
const backwardReduceKernel = defineKernel({
  name: "batch_norm_backward_reduce",
  source: backwardReduceSource,
  storage: ["stream", "stream", "read", "read", "read", "read", "read_write"],
  params: { rows: "u32", c4: "u32", splits: "u32", rows_per_split: "u32", epsilon: "f32" },
});
const backwardFinalizeKernel = defineKernel({
  name: "batch_norm_backward_finalize",
  source: backwardFinalizeSource,
  storage: [
    "read",
    "read",
    "read",
    "read",
    "read",
    "read_write",
    "read_write",
    "read_write",
  ],
  params: { rows: "u32", c4: "u32", splits: "u32", epsilon: "f32" },
});
const backwardApplyKernel = defineKernel({
  name: "batch_norm_backward_apply",
  source: backwardApplySource,
  storage: ["stream", "stream", "read", "read_write"],
  params: { rows: "u32", c4: "u32" },
});

/**
 * Rows that one thread normalises, so that it loads the channel's numbers once. A software adapter
 * has few threads to fill and costly loads.
 */
function rowsPerThread(gpu: GpuBackend): number {
  return gpu.adapter.fallback ? 32 : 4;
}

/** Ranges of rows that are summed separately. */
const SPLITS = 128;

/** Rows, vec4 columns and split of a normalised tensor. */
function extents(shape: Shape) {
  const rows = elementCount(shape) / shape[shape.length - 1];
  const rows_per_split = rowsPerSplit(rows, 1, SPLITS);
  return {
    rows,
    c4: pitch(shape) / 4,
    rows_per_split,
    splits: Math.ceil(rows / rows_per_split),
  };
}

function expectChannels(op: string, shapes: readonly Shape[]): void {
  const channels = shapes[0].at(-1);
  for (const shape of shapes.slice(1)) {
    if (shape.length !== 1 || shape[0] !== channels) {
      throw new ShapeError(
        `${op}() expects scale, offset and statistics of shape [${channels}] for x ${
          formatShape(shapes[0])
        } but found ${formatShape(shape)}`,
      );
    }
  }
}

function recordApply(
  gpu: GpuBackend,
  tensors: readonly Tensor[],
  shape: Shape,
  epsilon: number,
  relu: boolean,
) {
  const { rows, c4 } = extents(shape);
  const R = rowsPerThread(gpu);
  const threads = Math.ceil(rows / R) * c4;
  gpu.run(
    applyKernel,
    { R, RELU: Number(relu) },
    tensors,
    { rows, c4, epsilon },
    flatGrid(Math.ceil(threads / 64)),
  );
}

/** The backward pass of both ops; `through` tells whether mean and variance depend on x. */
function recordBackward(
  gpu: GpuBackend,
  dy: Tensor,
  [x, gamma, beta, mean, variance]: readonly Tensor[],
  { epsilon, relu }: BatchNormAttributes,
  into: (index: number) => Tensor,
  through: boolean,
): (Tensor | null)[] {
  const { rows, c4, splits, rows_per_split } = extents(x.shape);
  const channels = x.shape[x.shape.length - 1];
  const partial = gpu.allocate([splits, 2, channels]);
  gpu.run(
    backwardReduceKernel,
    { RELU: Number(relu) },
    [x, dy, gamma, beta, mean, variance, partial],
    { rows, c4, splits, rows_per_split, epsilon },
    flatGrid(Math.ceil(splits * c4 / 64)),
  );
  const [dx, dgamma, dbeta] = [into(0), into(1), into(2)];
  const coefficients = gpu.allocate([5, channels]);
  gpu.run(
    backwardFinalizeKernel,
    {},
    [partial, gamma, beta, mean, variance, dgamma, dbeta, coefficients],
    { rows, c4, splits, epsilon },
    flatGrid(Math.ceil(c4 / 64)),
  );
  const R = rowsPerThread(gpu);
  gpu.run(
    backwardApplyKernel,
    { R, RELU: Number(relu), THROUGH: Number(through) },
    [x, dy, coefficients, dx],
    { rows, c4 },
    flatGrid(Math.ceil(Math.ceil(rows / R) * c4 / 64)),
  );
  gpu.release(partial);
  gpu.release(coefficients);
  return [dx, dgamma, dbeta];
}

/** Batch normalisation with batch statistics; see the module's text. */
export const batchNorm: Op<BatchNormAttributes> = defineOp({
  name: "batch_norm",
  shape(shapes) {
    expectChannels("batch_norm", shapes);
    const channels = [shapes[0][shapes[0].length - 1]];
    return [[...shapes[0]], channels, channels];
  },
  gpu: {
    forward(gpu, [x, gamma, beta], { epsilon, relu }) {
      const { rows, c4, splits, rows_per_split } = extents(x.shape);
      const channels = x.shape[x.shape.length - 1];
      const partial = gpu.allocate([splits, 2, channels]);
      gpu.run(
        statisticsKernel,
        {},
        [x, partial],
        { rows, c4, splits, rows_per_split },
        flatGrid(Math.ceil(splits * c4 / 64)),
      );
      const mean = gpu.allocate([channels]);
      const variance = gpu.allocate([channels]);
      gpu.run(
        finalizeKernel,
        {},
        [partial, mean, variance],
        { rows, c4, splits, rows_per_split },
        flatGrid(Math.ceil(c4 / 64)),
      );
      gpu.release(partial);
      const y = gpu.allocate(x.shape);
      recordApply(gpu, [x, gamma, beta, mean, variance, y], x.shape, epsilon, relu);
      return { outputs: [y, mean, variance], saved: [] };
    },
    backward(gpu, [dy], { inputs, outputs: [, mean, variance], attributes, into }) {
      return recordBackward(gpu, dy!, [...inputs, mean, variance], attributes, into, true);
    },
  },
  reference: batchNormReference,
  cases: batchNormCases,
  tolerance: 1e-4,
});

/**
 * Batch normalisation with given statistics: inputs `x [...,c]`, `gamma`, `beta`, `movingMean`,
 * `movingVariance` `[c]`; output `y`. The statistics get no gradient.
 */
export const batchNormInference: Op<BatchNormInferenceAttributes> = defineOp({
  name: "batch_norm_inference",
  shape(shapes) {
    expectChannels("batch_norm_inference", shapes);
    return [[...shapes[0]]];
  },
  gpu: {
    forward(gpu, inputs, { epsilon, relu }) {
      const y = gpu.allocate(inputs[0].shape);
      recordApply(gpu, [...inputs, y], inputs[0].shape, epsilon, relu);
      return { outputs: [y], saved: [] };
    },
    backward(gpu, [dy], { inputs, attributes, into }) {
      return [...recordBackward(gpu, dy!, inputs, attributes, into, false), null, null];
    },
  },
  reference: batchNormInferenceReference,
  cases: batchNormInferenceCases,
  tolerance: 1e-4,
});
