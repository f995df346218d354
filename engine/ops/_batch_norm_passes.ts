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
import type { GpuBackend } from "../webgpu/gpu_backend.ts";
import { defineKernel } from "../webgpu/kernel.ts";
import { type MovingStatistics, unbias } from "../moving_statistics.ts";
import { flatGrid } from "../webgpu/queue.ts";
import type { BatchNormAttributes } from "../reference/batch_norm.ts";
import { elementCount, type Shape } from "../shape.ts";
import { pitch, type Tensor } from "../tensor.ts";
import { rowsPerSplit } from "../reference/window_geometry.ts";

const SPLIT_PARAMS = { rows: "u32", c4: "u32", splits: "u32", rows_per_split: "u32" } as const;
const STATISTICS_PARAMS = { ...SPLIT_PARAMS, rate: "f32", unbias: "f32" } as const;
/** Mean and variance, then the moving averages if there are any. */
const STATISTICS = ["read_write", "read_write"] as const;

const statisticsKernel = defineKernel({
  name: "batch_norm_statistics",
  source: statisticsSource,
  storage: ["stream", "read_write"],
  params: SPLIT_PARAMS,
});
/** Without and with moving averages. */
const finalizeKernels = [STATISTICS, [...STATISTICS, ...STATISTICS]].map((statistics) =>
  defineKernel({
    name: "batch_norm_finalize",
    source: finalizeSource,
    storage: ["read", ...statistics],
    params: STATISTICS_PARAMS,
  })
);
/** Without and with moving averages. */
const statisticsSmallKernels = [STATISTICS, [...STATISTICS, ...STATISTICS]].map((statistics) =>
  defineKernel({
    name: "batch_norm_statistics_small",
    source: statisticsSmallSource,
    storage: ["stream", ...statistics],
    params: STATISTICS_PARAMS,
  })
);
const applyKernel = defineKernel({
  name: "batch_norm_apply",
  source: applySource,
  storage: ["stream", "read", "read", "read", "read", "read_write"],
  params: { rows: "u32", c4: "u32", channels: "u32", epsilon: "f32" },
});
const backwardReduceKernel = defineKernel({
  name: "batch_norm_backward_reduce",
  source: backwardReduceSource,
  storage: ["stream", "stream", "read", "read", "read", "read", "read_write"],
  params: { ...SPLIT_PARAMS, channels: "u32", epsilon: "f32" },
});
const backwardFinalizeKernel = defineKernel({
  name: "batch_norm_backward_finalize",
  source: backwardFinalizeSource,
  storage: ["read", "read", "read", "read", "read", "read_write"],
  params: { rows: "u32", c4: "u32", splits: "u32", channels: "u32", epsilon: "f32" },
});
const backwardSmallKernel = defineKernel({
  name: "batch_norm_backward_small",
  source: backwardSmallSource,
  storage: ["stream", "stream", "read", "read", "read", "read", "read_write"],
  params: { ...SPLIT_PARAMS, channels: "u32", epsilon: "f32" },
});
const backwardApplyKernel = defineKernel({
  name: "batch_norm_backward_apply",
  source: backwardApplySource,
  storage: ["stream", "stream", "read", "read_write", "read_write", "read_write"],
  params: { rows: "u32", c4: "u32" },
});

const backwardStatisticsKernel = defineKernel({
  name: "batch_norm_backward_statistics",
  source: backwardStatisticsSource,
  storage: ["read", "read", "read", "read", "read_write"],
  params: { rows: "u32", c4: "u32" },
});

/** Most rows that one workgroup sums. */
export const SMALL_ROWS = 16384;
/** Ranges that one thread of such a workgroup combines; it has the square of that many threads. */
const B = 8;
/** Ranges of more rows that are summed separately. */
const SPLITS = 128;

/**
 * Rows that one thread normalises, so that it loads the channel's numbers once. A software adapter
 * has few threads to fill and costly loads.
 */
function rowsPerThread(gpu: GpuBackend): number {
  return gpu.adapter.fallback ? 32 : 4;
}

/** Rows, vec4 columns and splits of a normalised tensor. */
function extents(shape: Shape) {
  const rows = elementCount(shape) / shape[shape.length - 1];
  const small = rows <= SMALL_ROWS;
  const rows_per_split = rowsPerSplit(rows, 1, small ? B * B : SPLITS);
  const splits = Math.ceil(rows / rows_per_split);
  return { small, sizes: { rows, c4: pitch(shape) / 4, rows_per_split, splits } };
}

/** Records mean and biased variance of `x`, and the step of `moving` towards them. */
export function recordStatistics(
  gpu: GpuBackend,
  x: Tensor,
  moving: MovingStatistics | undefined,
): { readonly mean: Tensor; readonly variance: Tensor } {
  const { small, sizes } = extents(x.shape);
  const channels = x.shape[x.shape.length - 1];
  const [mean, variance] = [gpu.allocate([channels]), gpu.allocate([channels])];
  const averages = moving === undefined ? [] : [moving.mean, moving.variance];
  const statistics = [mean, variance, ...averages];
  const MOVING = moving === undefined ? 0 : 1;
  const params = { ...sizes, rate: moving?.rate ?? 0, unbias: unbias(sizes.rows) };
  if (small) {
    const kernel = statisticsSmallKernels[MOVING];
    gpu.run(kernel, { B, MOVING }, [x, ...statistics], params, flatGrid(sizes.c4));
    return { mean, variance };
  }
  const partial = gpu.allocate([sizes.splits, 2, channels]);
  const grid = flatGrid(Math.ceil(sizes.splits * sizes.c4 / 64));
  gpu.run(statisticsKernel, {}, [x, partial], sizes, grid);
  const groups = flatGrid(Math.ceil(sizes.c4 / 64));
  gpu.run(finalizeKernels[MOVING], { MOVING }, [partial, ...statistics], params, groups);
  gpu.release(partial);
  return { mean, variance };
}

/** Records `y` from `x`, `gamma`, `beta`, mean and variance. */
export function recordApply(
  gpu: GpuBackend,
  inputs: readonly Tensor[],
  { epsilon, relu }: Pick<BatchNormAttributes, "epsilon" | "relu">,
): Tensor {
  const y = gpu.allocate(inputs[0].shape);
  const { rows, c4 } = extents(y.shape).sizes;
  const R = rowsPerThread(gpu);
  gpu.run(
    applyKernel,
    { R, RELU: Number(relu) },
    [...inputs, y],
    { rows, c4, channels: y.shape[y.shape.length - 1], epsilon },
    flatGrid(Math.ceil(Math.ceil(rows / R) * c4 / 64)),
  );
  return y;
}

/**
 * Records the gradients of x, gamma and beta; `inputs` are those three, mean and variance. `through`
 * tells whether mean and variance depend on x.
 */
export function recordBackward(
  gpu: GpuBackend,
  dy: Tensor,
  inputs: readonly Tensor[],
  { epsilon, relu }: Pick<BatchNormAttributes, "epsilon" | "relu">,
  into: (index: number) => Tensor,
  through: boolean,
): Tensor[] {
  const [x, ...perChannel] = inputs;
  const { small, sizes } = extents(x.shape);
  const { rows, c4, splits } = sizes;
  const channels = x.shape[x.shape.length - 1];
  const RELU = Number(relu);
  const coefficients = gpu.allocate([7, channels]);
  if (small) {
    const tensors = [x, dy, ...perChannel, coefficients];
    const params = { ...sizes, channels, epsilon };
    gpu.run(backwardSmallKernel, { B, RELU }, tensors, params, flatGrid(c4));
  } else {
    const partial = gpu.allocate([splits, 2, channels]);
    const grid = flatGrid(Math.ceil(splits * c4 / 64));
    const tensors = [x, dy, ...perChannel, partial];
    gpu.run(backwardReduceKernel, { RELU }, tensors, { ...sizes, channels, epsilon }, grid);
    gpu.run(
      backwardFinalizeKernel,
      {},
      [partial, ...perChannel, coefficients],
      { rows, c4, splits, channels, epsilon },
      flatGrid(Math.ceil(c4 / 64)),
    );
    gpu.release(partial);
  }
  const [dx, dgamma, dbeta] = [into(0), into(1), into(2)];
  const R = rowsPerThread(gpu);
  gpu.run(
    backwardApplyKernel,
    { R, RELU, THROUGH: Number(through) },
    [x, dy, coefficients, dx, dgamma, dbeta],
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
  gpu: GpuBackend,
  [x, mean]: readonly [Tensor, Tensor],
  arriving: readonly (Tensor | null)[],
  dx: Tensor,
  add: boolean,
): void {
  const { rows, c4 } = extents(x.shape).sizes;
  const zeros = gpu.allocate(mean.shape);
  gpu.queue.clear(zeros.gpu);
  const gradients = arriving.map((gradient) => gradient ?? zeros);
  gpu.run(
    backwardStatisticsKernel,
    { ADD: Number(add) },
    [x, mean, ...gradients, dx],
    { rows, c4 },
    flatGrid(Math.ceil(rows * c4 / 64)),
  );
  gpu.release(zeros);
}
