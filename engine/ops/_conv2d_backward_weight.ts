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
import type { GpuBackend } from "../gpu_backend.ts";
import { defineKernel } from "../kernel.ts";
import { flatGrid } from "../queue.ts";
import { recordReduceSplits } from "../reduce_splits.ts";
import { paddedCount, type Tensor } from "../tensor.ts";
import { rowsPerSplit } from "../windows.ts";
import { CONV_PARAMS, type Geometry } from "./_conv2d_geometry.ts";

const STORAGE = ["stream", "stream", "read_write"] as const;
const ROW_PARAMS = { ...CONV_PARAMS, splits: "u32", rows_per_split: "u32" } as const;
const directKernel = defineKernel({
  name: "conv2d_backward_weight_direct",
  source: backwardWeightDirect,
  storage: STORAGE,
  params: ROW_PARAMS,
});
const subgroupKernel = defineKernel({
  name: "conv2d_backward_weight_subgroup",
  source: backwardWeightSubgroup,
  storage: STORAGE,
  params: ROW_PARAMS,
});
const tiledKernel = defineKernel({
  name: "conv2d_backward_weight_tiled",
  source: backwardWeightTiled,
  storage: STORAGE,
  params: { ...CONV_PARAMS, splits: "u32", pixels_per_split: "u32" },
});

/** Ranges of output rows that the register-tiled kernels sum separately. */
const SPLITS = 32;
/** Ranges of output pixels that the workgroup-tiled kernel sums separately. */
const TILED_SPLITS = 128;
/** Bytes of partial sums beyond which there are fewer ranges: every adapter binds twice as much. */
const PARTIAL_BYTES = 64 * 2 ** 20;

/** At most `splits` ranges, but no more than fit into {@link PARTIAL_BYTES}. */
function splitsThatFit(splits: number, dw: Tensor): number {
  const fitting = Math.floor(PARTIAL_BYTES / (4 * paddedCount(dw.shape)));
  return Math.max(1, Math.min(splits, fitting));
}

/** Records the gradient of `weight`. */
export function recordBackwardWeight(
  gpu: GpuBackend,
  geometry: Geometry,
  x: Tensor,
  dy: Tensor,
  dw: Tensor,
): void {
  const partial = gpu.tileSet === "tiled"
    ? recordTiled(gpu, geometry, x, dy, dw)
    : recordRows(gpu, geometry, x, dy, dw);
  recordReduceSplits(gpu, partial, dw);
  gpu.release(partial);
}

function recordTiled(gpu: GpuBackend, geometry: Geometry, x: Tensor, dy: Tensor, dw: Tensor) {
  const { kernel: K, stride: S, params } = geometry;
  const pixels = params.n * params.oh * params.ow;
  const CT = Math.min(params.cin4, 16);
  const NT = Math.min(params.cout4, 16);
  const G = Math.max(1, Math.min(8, Math.floor(128 / (CT * NT))));
  const ranges = splitsThatFit(TILED_SPLITS, dw);
  const pixels_per_split = Math.ceil(Math.max(pixels / ranges, 256) / 16) * 16;
  const splits = Math.ceil(pixels / pixels_per_split);
  const partial = gpu.allocate([splits, ...dw.shape]);
  gpu.run(
    tiledKernel,
    { CT, NT, G, K, S },
    [x, dy, partial],
    { ...params, splits, pixels_per_split },
    [Math.ceil(splits / G), K * K, Math.ceil(params.cin4 / CT) * Math.ceil(params.cout4 / NT)],
  );
  return partial;
}

function recordRows(gpu: GpuBackend, geometry: Geometry, x: Tensor, dy: Tensor, dw: Tensor) {
  const { kernel: K, stride: S, params } = geometry;
  const rows = params.n * params.oh;
  const rows_per_split = rowsPerSplit(rows, params.ow, splitsThatFit(SPLITS, dw));
  const splits = Math.ceil(rows / rows_per_split);
  const partial = gpu.allocate([splits, ...dw.shape]);
  const all = { ...params, splits, rows_per_split };
  if (gpu.tileSet === "subgroup" && S === 1) {
    const G = gpu.adapter.subgroupSize;
    // A power of two, so that the lanes of a subgroup load whole pixels; four vec4s of channels would
    // spill with kernels wider than 5.
    const Q = params.cout4 >= 4 && K <= 5 ? 4 : params.cout4 >= 2 ? 2 : 1;
    const subgroups = splits * Math.ceil(params.cout4 / Q) * Math.ceil(K * params.cin4 / G);
    const grid = flatGrid(Math.ceil(subgroups * G / 64));
    gpu.run(subgroupKernel, { Q, K, G }, [x, dy, partial], all, grid);
    return partial;
  }
  // 4 taps times 8 channels would spill; a 1x1 kernel has room for more.
  const A = Math.min(K > 3 ? 1 : K === 1 ? 4 : 2, params.cin4);
  const Q = Math.min(K > 5 ? 1 : 2, params.cout4);
  const threads = splits * K * Math.ceil(params.cin4 / A) * Math.ceil(params.cout4 / Q);
  gpu.run(directKernel, { A, Q, K, S }, [x, dy, partial], all, flatGrid(Math.ceil(threads / 8)));
  return partial;
}
