/**
 * Convolution kernels of the weight gradient. Each sums a number of ranges of output pixels that is a
 * function of the shapes, not of the device, then the ranges in order.
 *
 * @module
 */
import backwardWeightDirect from "../../shaders/conv2d_backward_weight_direct.wgsl" with {
  type: "text",
};
import backwardWeightSubgroup from "../../shaders/conv2d_backward_weight_subgroup.wgsl" with {
  type: "text",
};
import backwardWeightTiled from "../../shaders/conv2d_backward_weight_tiled.wgsl" with {
  type: "text",
};
import { backwardWeightFlops } from "../measure/flops.ts";
import type { GpuBackend } from "../webgpu/gpu_backend.ts";
import { defineKernel } from "../webgpu/kernel.ts";
import { flatGrid } from "../webgpu/queue.ts";
import { recordReduceSplits } from "../webgpu/reduce_splits.ts";
import type { TemplateValues } from "../webgpu/template.ts";
import { paddedCount, type Tensor } from "../tensor.ts";
import { expectTurns, fewSplits, rowsPerSplit } from "../reference/window_geometry.ts";
import { CONV_PARAMS, type Geometry } from "./_conv2d_geometry.ts";
import { chooseTile, convClass, type ConvTile, weightSplits } from "./_conv2d_tiles.ts";

const STORAGE = ["stream", "stream", "read_write"] as const;
const ROW_PARAMS = { ...CONV_PARAMS, splits: "u32", rows_per_split: "u32" } as const;
const directKernel = defineKernel({
  name: "conv2d_backward_weight_direct",
  source: backwardWeightDirect,
  storage: STORAGE,
  params: ROW_PARAMS,
  flops: backwardWeightFlops,
});
const subgroupKernel = defineKernel({
  name: "conv2d_backward_weight_subgroup",
  source: backwardWeightSubgroup,
  storage: STORAGE,
  params: ROW_PARAMS,
  flops: backwardWeightFlops,
});
const tiledKernel = defineKernel({
  name: "conv2d_backward_weight_tiled",
  source: backwardWeightTiled,
  storage: STORAGE,
  params: ROW_PARAMS,
  flops: backwardWeightFlops,
});

/** Ranges of output rows that are summed separately on software adapters. */
const SPLITS = 32;
/** Bytes of partial sums beyond which there are fewer ranges: every adapter binds twice as much. */
const PARTIAL_BYTES = 64 * 2 ** 20;

/** At most `splits` ranges, but no more than fit into {@link PARTIAL_BYTES}. */
function splitsThatFit(splits: number, dw: Tensor): number {
  const fitting = Math.floor(PARTIAL_BYTES / (4 * paddedCount(dw.shape)));
  return Math.max(1, Math.min(splits, fitting));
}

/**
 * Records the gradient of `weight`.
 *
 * @param tile the kernel where the tile set is `tiled`; by default the one chosen for the shapes
 */
export function recordBackwardWeight(
  gpu: GpuBackend,
  geometry: Geometry,
  x: Tensor,
  dy: Tensor,
  dw: Tensor,
  tile?: ConvTile,
): void {
  const { kernel, params } = geometry;
  expectTurns("conv2d", "output pixels in a row where weights train", params.ow, 1);
  const rows = params.n * params.oh;
  const wanted = gpu.tileSet === "tiled"
    ? weightSplits(rows * params.ow, kernel * kernel * params.cin4 * params.cout4)
    : fewSplits(rows * params.ow, SPLITS);
  const rows_per_split = rowsPerSplit(rows, params.ow, splitsThatFit(wanted, dw));
  const splits = Math.ceil(rows / rows_per_split);
  const partial = gpu.allocate([splits, ...dw.shape]);
  const all = { ...params, splits, rows_per_split };
  if (gpu.tileSet === "tiled") {
    const chosen = tile ?? chooseTile(gpu, convClass("backward_weight", geometry));
    recordTile(gpu, geometry, [x, dy, partial], all, chosen);
  } else recordRows(gpu, geometry, [x, dy, partial], all);
  recordReduceSplits(gpu, partial, dw);
  gpu.release(partial);
}

type RowParams = Record<keyof typeof ROW_PARAMS, number>;

function recordTile(
  gpu: GpuBackend,
  { kernel: K, stride: S }: Geometry,
  tensors: readonly Tensor[],
  params: RowParams,
  { kernel, values }: ConvTile,
): void {
  if (kernel === "direct") return recordDirect(gpu, { ...values, K, S }, tensors, params);
  const rows = Math.ceil(K * K * params.cin4 / values.BM);
  const columns = Math.ceil(params.cout4 / values.BN);
  gpu.run(tiledKernel, { ...values, K, S }, tensors, params, [params.splits, rows, columns]);
}

function recordDirect(
  gpu: GpuBackend,
  values: TemplateValues,
  tensors: readonly Tensor[],
  params: RowParams,
): void {
  const { A, Q, K, T } = values;
  const threads = params.splits * K * Math.ceil(params.cin4 / A) * Math.ceil(params.cout4 / Q);
  gpu.run(directKernel, values, tensors, params, flatGrid(Math.ceil(threads / T)));
}

function recordRows(
  gpu: GpuBackend,
  { kernel: K, stride: S }: Geometry,
  tensors: readonly Tensor[],
  params: RowParams,
): void {
  if (gpu.tileSet === "subgroup" && S === 1) {
    const G = gpu.adapter.subgroupSize;
    // A power of two, so that the lanes of a subgroup load whole pixels; four vec4s of channels would
    // spill with kernels wider than 5.
    const Q = params.cout4 >= 4 && K <= 5 ? 4 : params.cout4 >= 2 ? 2 : 1;
    const subgroups = params.splits * Math.ceil(params.cout4 / Q) * Math.ceil(K * params.cin4 / G);
    const grid = flatGrid(Math.ceil(subgroups * G / 64));
    gpu.run(subgroupKernel, { Q, K, G }, tensors, params, grid);
    return;
  }
  // 4 taps times 8 channels would spill; a 1x1 kernel has room for more.
  const A = Math.min(K > 3 ? 1 : K === 1 ? 4 : 2, params.cin4);
  const Q = Math.min(K > 5 ? 1 : 2, params.cout4);
  recordDirect(gpu, { A, Q, K, S, T: 8 }, tensors, params);
}
