/**
 * The kernels of batch normalisation. A batch with few rows has its sums made by one dispatch, one
 * workgroup for four channels; a large one by two, that every part of a device works on.
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
import backwardSmallSource from "../../shaders/batch_norm_backward_small.wgsl" with {
  type: "text",
};
import backwardStatisticsSource from "../../shaders/batch_norm_backward_statistics.wgsl" with {
  type: "text",
};
import finalizeSource from "../../shaders/batch_norm_finalize.wgsl" with { type: "text" };
import statisticsSource from "../../shaders/batch_norm_statistics.wgsl" with { type: "text" };
import statisticsSmallSource from "../../shaders/batch_norm_statistics_small.wgsl" with {
  type: "text",
};
import type { GpuRecorder } from "../webgpu/recorder.ts";
import { type Bound, defineKernel } from "../webgpu/kernel.ts";
import { type MovingStatistics, unbias } from "../moving_statistics.ts";
import { flatGrid } from "../webgpu/queue.ts";
import type { BatchNormAttributes } from "../reference/batch_norm.ts";
import { elementCount, type Shape } from "../shape.ts";
import { pitch, type Tensor } from "../tensor.ts";
import { SPLIT_PARAMS, splitRows } from "../webgpu/split_sum.ts";

const STATISTICS_PARAMS = {
  rows: "u32",
  c4: "u32",
  ...SPLIT_PARAMS,
  rate: "f32",
  unbias: "f32",
} as const;
const STATISTICS = { mean: "read_write vec4f", variance: "read_write vec4f" } as const;
const MOVING = { moving_mean: "read_write vec4f", moving_variance: "read_write vec4f" } as const;
const CHANNELS = {
  gamma: "read vec4f",
  beta: "read vec4f",
  mean: "read vec4f",
  variance: "read vec4f",
} as const;

const statisticsKernel = defineKernel({
  name: "batch_norm_statistics",
  source: statisticsSource,
  bindings: { x: "stream", partial: "read_write vec4f" },
  params: { rows: "u32", c4: "u32", ...SPLIT_PARAMS },
});
const finalize = {
  name: "batch_norm_finalize",
  source: finalizeSource,
  bindings: { partial: "read vec4f", ...STATISTICS },
  params: STATISTICS_PARAMS,
} as const;
const finalizeKernel = defineKernel(finalize);
const finalizeMovingKernel = defineKernel({
  ...finalize,
  bindings: { ...finalize.bindings, ...MOVING },
});
const small = {
  name: "batch_norm_statistics_small",
  source: statisticsSmallSource,
  bindings: { x: "stream", ...STATISTICS },
  params: STATISTICS_PARAMS,
} as const;
const statisticsSmallKernel = defineKernel(small);
const statisticsSmallMovingKernel = defineKernel({
  ...small,
  bindings: { ...small.bindings, ...MOVING },
});
const applyKernel = defineKernel({
  name: "batch_norm_apply",
  source: applySource,
  bindings: { x: "stream", ...CHANNELS, y: "read_write vec4f" },
  params: { rows: "u32", c4: "u32", channels: "u32", epsilon: "f32" },
});
const backwardReduceKernel = defineKernel({
  name: "batch_norm_backward_reduce",
  source: backwardReduceSource,
  bindings: { x: "stream", dy: "stream", ...CHANNELS, partial: "read_write vec4f" },
  params: { rows: "u32", c4: "u32", ...SPLIT_PARAMS, channels: "u32", epsilon: "f32" },
});
const backwardFinalizeKernel = defineKernel({
  name: "batch_norm_backward_finalize",
  source: backwardFinalizeSource,
  bindings: { partial: "read vec4f", ...CHANNELS, coefficients: "read_write vec4f" },
  params: { rows: "u32", c4: "u32", splits: "u32", channels: "u32", epsilon: "f32" },
});
const backwardSmallKernel = defineKernel({
  name: "batch_norm_backward_small",
  source: backwardSmallSource,
  bindings: { x: "stream", dy: "stream", ...CHANNELS, coefficients: "read_write vec4f" },
  params: { rows: "u32", c4: "u32", ...SPLIT_PARAMS, channels: "u32", epsilon: "f32" },
});
const backwardApplyKernel = defineKernel({
  name: "batch_norm_backward_apply",
  source: backwardApplySource,
  bindings: {
    x: "stream",
    dy: "stream",
    coefficients: "read vec4f",
    dx: "read_write vec4f",
    dgamma: "read_write vec4f",
    dbeta: "read_write vec4f",
  },
  params: { rows: "u32", c4: "u32" },
});

const backwardStatisticsKernel = defineKernel({
  name: "batch_norm_backward_statistics",
  source: backwardStatisticsSource,
  bindings: {
    x: "read vec4f",
    mean: "read vec4f",
    dmean: "read vec4f",
    dvariance: "read vec4f",
    dx: "read_write vec4f",
  },
  params: { rows: "u32", c4: "u32" },
});

/** Scale, offset and statistics of a normalisation, one number a channel. */
type Channels = Bound<keyof typeof CHANNELS>;

/** Ranges that one thread of a small sum combines; its workgroup has the square of that many threads. */
const B = 8;
/** Ranges of more rows that are summed separately. */
const SPLITS = 128;

/** Rows, vec4 columns and ranges of a normalised tensor. */
function extents({ target: { smallBatchNorm } }: GpuRecorder, shape: Shape) {
  const rows = elementCount(shape) / shape[shape.length - 1];
  const small = rows <= smallBatchNorm;
  return {
    small,
    sizes: { rows, c4: pitch(shape) / 4, ...splitRows(rows, 1, small ? B * B : SPLITS) },
  };
}

/** Records mean and biased variance of `x`, and the step of `moving` towards them. */
export function recordStatistics(
  gpu: GpuRecorder,
  x: Tensor,
  moving: MovingStatistics | undefined,
): { readonly mean: Tensor; readonly variance: Tensor } {
  const { small, sizes } = extents(gpu, x.shape);
  const channels = x.shape[x.shape.length - 1];
  const statistics = { mean: gpu.allocate([channels]), variance: gpu.allocate([channels]) };
  const averages = moving && { moving_mean: moving.mean, moving_variance: moving.variance };
  const params = { ...sizes, rate: moving?.rate ?? 0, unbias: unbias(sizes.rows) };
  if (small) {
    const grid = flatGrid(sizes.c4);
    const tensors = { x, ...statistics };
    if (averages === undefined) {
      gpu.run(statisticsSmallKernel, { B, MOVING: 0 }, tensors, params, grid);
    } else {
      const all = { ...tensors, ...averages };
      gpu.run(statisticsSmallMovingKernel, { B, MOVING: 1 }, all, params, grid);
    }
    return statistics;
  }
  const partial = gpu.allocate([sizes.splits, 2, channels]);
  const threads = sizes.splits * sizes.c4;
  gpu.run(statisticsKernel, {}, { x, partial }, sizes, flatGrid(Math.ceil(threads / 64)));
  const grid = flatGrid(Math.ceil(sizes.c4 / 64));
  const tensors = { partial, ...statistics };
  if (averages === undefined) gpu.run(finalizeKernel, { MOVING: 0 }, tensors, params, grid);
  else gpu.run(finalizeMovingKernel, { MOVING: 1 }, { ...tensors, ...averages }, params, grid);
  gpu.release(partial);
  return statistics;
}

/** Records `y` from `x` and the channels' numbers. */
export function recordApply(
  gpu: GpuRecorder,
  x: Tensor,
  channels: Channels,
  { epsilon, relu }: Pick<BatchNormAttributes, "epsilon" | "relu">,
): Tensor {
  const y = gpu.allocate(x.shape);
  const { rows, c4 } = extents(gpu, x.shape).sizes;
  const R = gpu.target.batchNormRows;
  gpu.run(
    applyKernel,
    { R, RELU: Number(relu) },
    { x, ...channels, y },
    { rows, c4, channels: y.shape[y.shape.length - 1], epsilon },
    flatGrid(Math.ceil(Math.ceil(rows / R) * c4 / 64)),
  );
  return y;
}

/**
 * Records the gradients of x, gamma and beta. `through` tells whether mean and variance depend on x.
 */
export function recordBackward(
  gpu: GpuRecorder,
  dy: Tensor,
  x: Tensor,
  channels: Channels,
  { epsilon, relu }: Pick<BatchNormAttributes, "epsilon" | "relu">,
  into: (index: number) => Tensor,
  through: boolean,
): Tensor[] {
  const { small, sizes } = extents(gpu, x.shape);
  const { rows, c4, splits } = sizes;
  const count = x.shape[x.shape.length - 1];
  const RELU = Number(relu);
  const coefficients = gpu.allocate([7, count]);
  if (small) {
    const tensors = { x, dy, ...channels, coefficients };
    gpu.run(
      backwardSmallKernel,
      { B, RELU },
      tensors,
      { ...sizes, channels: count, epsilon },
      flatGrid(c4),
    );
  } else {
    const partial = gpu.allocate([splits, 2, count]);
    const grid = flatGrid(Math.ceil(splits * c4 / 64));
    const tensors = { x, dy, ...channels, partial };
    gpu.run(backwardReduceKernel, { RELU }, tensors, { ...sizes, channels: count, epsilon }, grid);
    gpu.run(
      backwardFinalizeKernel,
      {},
      { partial, ...channels, coefficients },
      { rows, c4, splits, channels: count, epsilon },
      flatGrid(Math.ceil(c4 / 64)),
    );
    gpu.release(partial);
  }
  const [dx, dgamma, dbeta] = [into(0), into(1), into(2)];
  const R = gpu.target.batchNormRows;
  gpu.run(
    backwardApplyKernel,
    { R, RELU, THROUGH: Number(through) },
    { x, dy, coefficients, dx, dgamma, dbeta },
    { rows, c4 },
    flatGrid(Math.ceil(Math.ceil(rows / R) * c4 / 64)),
  );
  gpu.release(coefficients);
  return [dx, dgamma, dbeta];
}

/**
 * Records what the gradients that arrive at mean and variance give x: adds it to `dx`, or writes it
 * where `dx` holds nothing yet. Null stands for no gradient.
 */
export function recordStatisticsBackward(
  gpu: GpuRecorder,
  { x, mean }: Bound<"x" | "mean">,
  [dmean, dvariance]: readonly (Tensor | null)[],
  dx: Tensor,
  add: boolean,
): void {
  const { rows, c4 } = extents(gpu, x.shape).sizes;
  const zeros = gpu.allocate(mean.shape);
  gpu.clear(zeros);
  gpu.run(
    backwardStatisticsKernel,
    { ADD: Number(add) },
    { x, mean, dmean: dmean ?? zeros, dvariance: dvariance ?? zeros, dx },
    { rows, c4 },
    flatGrid(Math.ceil(rows * c4 / 64)),
  );
  gpu.release(zeros);
}
