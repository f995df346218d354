/**
 * Convolution kernels of the forward pass and the input gradient.
 *
 * @module
 */
import backwardInputSource from "../../shaders/conv2d_backward_input_strided.wgsl" with {
  type: "text",
};
import flipSource from "../../shaders/conv2d_flip_weight.wgsl" with { type: "text" };
import forwardDirect from "../../shaders/conv2d_forward_direct.wgsl" with { type: "text" };
import forwardSubgroup from "../../shaders/conv2d_forward_subgroup.wgsl" with { type: "text" };
import forwardTiled from "../../shaders/conv2d_forward_tiled.wgsl" with { type: "text" };
import scatterSource from "../../shaders/scatter_strided.wgsl" with { type: "text" };
import { productFlops } from "../measure/flops.ts";
import type { GpuRecorder } from "../webgpu/recorder.ts";
import { defineKernel } from "../webgpu/kernel.ts";
import { flatGrid } from "../webgpu/queue.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { CONV_PARAMS, type Geometry } from "./_conv2d_geometry.ts";
import { expectTurns } from "./_windows.ts";
import { chooseTile, convClass, type ConvTile } from "./_conv2d_tiles.ts";

const FORWARD = {
  bindings: { x: "stream", weight: "stream", y: "read_write vec4f" },
  params: CONV_PARAMS,
  flops: ({ weight, y }: Record<"weight" | "y", Shape>) => productFlops(weight, y),
} as const;
const forwardDirectKernel = defineKernel({
  name: "conv2d_forward_direct",
  source: forwardDirect,
  ...FORWARD,
});
const forwardSubgroupKernel = defineKernel({
  name: "conv2d_forward_subgroup",
  source: forwardSubgroup,
  ...FORWARD,
});
const forwardTiledKernel = defineKernel({
  name: "conv2d_forward_tiled",
  source: forwardTiled,
  ...FORWARD,
  params: { ...CONV_PARAMS, cout: "u32" },
});
const backwardInputKernel = defineKernel({
  name: "conv2d_backward_input_strided",
  source: backwardInputSource,
  bindings: { dy: "stream", weight: "stream", dx: "read_write vec4f" },
  params: CONV_PARAMS,
  flops: ({ dy, weight }) => productFlops(weight, dy),
});
const scatterKernel = defineKernel({
  name: "scatter_strided",
  source: scatterSource,
  bindings: { x: "stream", y: "read_write vec4f" },
  params: { n: "u32", h: "u32", w: "u32", oh: "u32", ow: "u32", c4: "u32", shift: "u32" },
});
const flipKernel = defineKernel({
  name: "conv2d_flip_weight",
  source: flipSource,
  bindings: { weight: "read f32", flipped: "read_write vec4f" },
  params: { taps: "u32", cin: "u32", cin4: "u32", cout: "u32", cout_pitch: "u32" },
});

/**
 * Pixels P and channel vec4s Q of one thread. Without subgroups: about 1000 multiply-adds and 45
 * loads a body at most, or compilation takes seconds. With them weights cost little, so more
 * channels pay. Kernels wider than 5 get the smallest tiles for the same reason.
 */
function tileOf(gpu: GpuRecorder, geometry: Geometry): { P: number; Q: number } {
  const { kernel: K, stride: S, params } = geometry;
  const narrow = params.ow <= 4 ? 4 : 8;
  if (gpu.target.tileSet === "subgroup") {
    return K > 5
      ? { P: 4, Q: Math.min(2, params.cout4) }
      : { P: narrow, Q: Math.min(4, params.cout4) };
  }
  if (K > 5) return { P: 4, Q: 1 };
  const P = S === 1 && K < 5 && params.ow > 8 ? 16 : narrow;
  return { P, Q: Math.min(K < 5 && P < 16 ? 2 : 1, params.cout4) };
}

/**
 * Records `y = conv(x, weight)`.
 *
 * @param tile the kernel where the tile set is `tiled`; by default the one chosen for the shapes
 */
export function recordForward(
  gpu: GpuRecorder,
  geometry: Geometry,
  x: Tensor,
  weight: Tensor,
  y: Tensor,
  tile?: ConvTile,
): void {
  const { kernel, params } = geometry;
  expectTurns("conv2d", "input channels with this kernel", params.cin, kernel / 4);
  if (gpu.target.tileSet !== "tiled") return recordStrips(gpu, geometry, x, weight, y);
  const chosen = tile ?? chooseTile(gpu, convClass("forward", geometry));
  if (chosen.kernel === "tiled") recordTiled(gpu, geometry, x, weight, y, chosen, false);
  else recordStrips(gpu, geometry, x, weight, y, chosen);
}

function recordTiled(
  gpu: GpuRecorder,
  { kernel: K, stride: S, params }: Geometry,
  x: Tensor,
  weight: Tensor,
  y: Tensor,
  { values }: ConvTile,
  turned: boolean,
): void {
  const { BM, BN } = values;
  const [gx, gy] = flatGrid(Math.ceil(params.n * params.oh * params.ow / BM));
  gpu.run(
    forwardTiledKernel,
    { ...values, K, S, TURNED: Number(turned) },
    { x, weight, y },
    { ...params, cout: y.shape[3] },
    [gx, gy, Math.ceil(params.cout4 / BN)],
  );
}

function recordStrips(
  gpu: GpuRecorder,
  geometry: Geometry,
  x: Tensor,
  weight: Tensor,
  y: Tensor,
  tile?: ConvTile,
): void {
  const { kernel: K, stride: S } = geometry;
  const flat = K === 1 && S === 1 ? asOneRow(geometry) : geometry;
  const { params } = flat;
  const { P, Q } = tile?.values ?? tileOf(gpu, flat);
  const strips = params.n * params.oh * Math.ceil(params.ow / P);
  const blocks = Math.ceil(params.cout4 / Q);
  if (gpu.target.tileSet === "subgroup") {
    const G = gpu.target.subgroupSize;
    const threads = Math.ceil(strips / G) * G * blocks;
    const grid = flatGrid(Math.ceil(threads / 64));
    gpu.run(forwardSubgroupKernel, { P, Q, K, S, G }, { x, weight, y }, params, grid);
    return;
  }
  const grid = flatGrid(Math.ceil(strips * blocks / 64));
  gpu.run(forwardDirectKernel, { P, Q, K, S }, { x, weight, y }, params, grid);
}

/** A 1x1 convolution of stride 1 sees no neighbours: all pixels form one long row. */
function asOneRow(geometry: Geometry): Geometry {
  const { n, h, w } = geometry.params;
  const pixels = n * h * w;
  return {
    ...geometry,
    params: { ...geometry.params, n: 1, h: 1, oh: 1, w: pixels, ow: pixels },
  };
}

/**
 * Records the gradient of `x`.
 *
 * @param tile the kernel of stride 1 where the tile set is `tiled`; by default the one chosen for the
 * shapes
 */
export function recordBackwardInput(
  gpu: GpuRecorder,
  geometry: Geometry,
  dy: Tensor,
  weight: Tensor,
  dx: Tensor,
  tile?: ConvTile,
): void {
  const { kernel: K, stride: S, params } = geometry;
  const turns = S === 1 ? K : Math.ceil(K / S) ** 2;
  expectTurns("conv2d", "output channels with this kernel", weight.shape[3], turns / 4);
  if (S === 1) {
    recordTurned(gpu, geometry, dy, weight, dx, tile);
  } else if (K === 1) {
    // Each output pixel was made of one input pixel: compute densely, then spread.
    const { n, h, w, oh, ow, cin, cin4 } = params;
    const dense = gpu.allocate([n, oh, ow, cin]);
    const compact = { ...params, h: oh, w: ow, before_y: 0, before_x: 0 };
    recordTurned(gpu, { kernel: 1, stride: 1, params: compact }, dy, weight, dense);
    const grid = flatGrid(Math.ceil(n * oh * ow * cin4 / 64));
    const shift = -params.before_y;
    gpu.run(scatterKernel, { S }, { x: dense, y: dx }, { n, h, w, oh, ow, c4: cin4, shift }, grid);
    gpu.release(dense);
  } else {
    const grid = flatGrid(Math.ceil(params.n * params.h * params.w * params.cin4 / 64));
    gpu.run(backwardInputKernel, { K, S }, { dy, weight, dx }, params, grid);
  }
}

/** The input gradient of stride 1: a convolution of dy with the weights turned and transposed. */
function recordTurned(
  gpu: GpuRecorder,
  { kernel: K, params }: Geometry,
  dy: Tensor,
  weight: Tensor,
  dx: Tensor,
  tile?: ConvTile,
): void {
  const cout = weight.shape[3];
  const turned: Geometry = {
    kernel: K,
    stride: 1,
    params: {
      ...params,
      h: params.oh,
      w: params.ow,
      oh: params.h,
      ow: params.w,
      cin: cout,
      cin4: params.cout4,
      cout4: params.cin4,
      before_y: K - 1 - params.before_y,
      before_x: K - 1 - params.before_x,
    },
  };
  const chosen = gpu.target.tileSet === "tiled"
    ? tile ?? chooseTile(gpu, convClass("backward_input", turned))
    : undefined;
  if (chosen?.kernel === "tiled") {
    recordTiled(gpu, turned, dy, weight, dx, chosen, true);
    return;
  }
  const flipped = gpu.allocate([K, K, cout, params.cin]);
  gpu.run(flipKernel, {}, { weight, flipped }, {
    taps: K * K,
    cin: params.cin,
    cin4: params.cin4,
    cout,
    cout_pitch: params.cout4 * 4,
  }, flatGrid(Math.ceil(K * K * cout * params.cin4 / 64)));
  recordStrips(gpu, turned, dy, flipped, dx, chosen);
  gpu.release(flipped);
}
