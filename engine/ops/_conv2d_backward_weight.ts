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
import { productFlops } from "../measure/flops.ts";
import type { GpuRecorder } from "../webgpu/recorder.ts";
import { type Bound, defineKernel } from "../webgpu/kernel.ts";
import { flatGrid } from "../webgpu/queue.ts";
import {
  fewRanges,
  recordSplitSum,
  type Split,
  SPLIT_PARAMS,
  splitRows,
} from "../webgpu/split_sum.ts";
import type { TemplateValues } from "../webgpu/template.ts";
import { paddedCount, type Tensor } from "../tensor.ts";
import { expectTurns } from "./_windows.ts";
import { CONV_PARAMS, type Geometry } from "./_conv2d_geometry.ts";
import { chooseTile, convClass, type ConvTile, weightSplits } from "./_conv2d_tiles.ts";

const [directKernel, subgroupKernel, tiledKernel] = [
  { name: "conv2d_backward_weight_direct", source: backwardWeightDirect },
  { name: "conv2d_backward_weight_subgroup", source: backwardWeightSubgroup },
  { name: "conv2d_backward_weight_tiled", source: backwardWeightTiled },
].map((text) =>
  defineKernel({
    ...text,
    bindings: { x: "stream", dy: "stream", partial: "read_write vec4f" },
    params: { ...CONV_PARAMS, ...SPLIT_PARAMS },
    flops: ({ dy, partial }) => productFlops(partial.slice(-4), dy),
  })
);

/** Ranges of output rows that are summed separately on software adapters. */
const SPLITS = 32;
/**
 * Records the gradient of `weight`.
 *
 * @param tile the kernel where the tile set is `tiled`; by default the one chosen for the shapes
 */
export function recordBackwardWeight(
  gpu: GpuRecorder,
  geometry: Geometry,
  x: Tensor,
  dy: Tensor,
  dw: Tensor,
  tile?: ConvTile,
): void {
  const { kernel, params } = geometry;
  expectTurns("conv2d", "output pixels in a row where weights train", params.ow, 1);
  const rows = params.n * params.oh;
  const pixels = rows * params.ow;
  const ranges = gpu.target.weightSplits === "many"
    ? weightSplits(pixels, kernel * kernel * params.cin4 * params.cout4)
    : fewRanges(pixels, SPLITS);
  const split = splitRows(rows, params.ow, ranges, 4 * paddedCount(dw.shape));
  recordSplitSum(gpu, split, [dw], ([partial]) => {
    const tensors = { x, dy, partial };
    const all = { ...params, ...split };
    if (gpu.target.tileSet === "tiled") {
      const chosen = tile ?? chooseTile(gpu, convClass("backward_weight", geometry));
      recordTile(gpu, geometry, tensors, all, chosen);
    } else recordRows(gpu, geometry, tensors, all);
  });
}

type RowTensors = Bound<"x" | "dy" | "partial">;
type RowParams = Geometry["params"] & Split;

function recordTile(
  gpu: GpuRecorder,
  { kernel: K, stride: S }: Geometry,
  tensors: RowTensors,
  params: RowParams,
  { kernel, values }: ConvTile,
): void {
  if (kernel === "direct") return recordDirect(gpu, { ...values, K, S }, tensors, params);
  const rows = Math.ceil(K * K * params.cin4 / values.BM);
  const columns = Math.ceil(params.cout4 / values.BN);
  gpu.run(tiledKernel, { ...values, K, S }, tensors, params, [params.splits, rows, columns]);
}

function recordDirect(
  gpu: GpuRecorder,
  values: TemplateValues,
  tensors: RowTensors,
  params: RowParams,
): void {
  const { A, Q, K, T } = values;
  const threads = params.splits * K * Math.ceil(params.cin4 / A) * Math.ceil(params.cout4 / Q);
  gpu.run(directKernel, values, tensors, params, flatGrid(Math.ceil(threads / T)));
}

function recordRows(
  gpu: GpuRecorder,
  { kernel: K, stride: S }: Geometry,
  tensors: RowTensors,
  params: RowParams,
): void {
  if (gpu.target.tileSet === "subgroup" && S === 1) {
    const G = gpu.target.subgroupSize;
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
