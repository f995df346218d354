/**
 * 2-D convolution with SAME padding.
 *
 * `y[b,oy,ox,co] = Σ_{ky,kx,ci} x[b, oy·s+ky−p, ox·s+kx−q, ci] · w[ky,kx,ci,co]`
 *
 * Inputs `x [n,h,w,cin]`, `weight [k,k,cin,cout]`, attributes `stride` and `shift` (`sameWindow`);
 * output `y [n,⌈h/s⌉,⌈w/s⌉,cout]`. The input gradient of stride 1 is the same convolution of `dy`
 * with the weights turned by 180° and transposed; the weight gradient sums a fixed number of ranges
 * of pixels and then the ranges in order, so that equal inputs give equal bits.
 *
 * @module
 */
import backwardInputSource from "../../shaders/conv2d_backward_input_strided.wgsl" with {
  type: "text",
};
import backwardWeightDirect from "../../shaders/conv2d_backward_weight_direct.wgsl" with {
  type: "text",
};
import backwardWeightTiled from "../../shaders/conv2d_backward_weight_tiled.wgsl" with {
  type: "text",
};
import flipSource from "../../shaders/conv2d_flip_weight.wgsl" with { type: "text" };
import forwardDirect from "../../shaders/conv2d_forward_direct.wgsl" with { type: "text" };
import forwardTiled from "../../shaders/conv2d_forward_tiled.wgsl" with { type: "text" };
import { ShapeError } from "../errors.ts";
import type { GpuBackend } from "../gpu_backend.ts";
import { defineKernel } from "../kernel.ts";
import { defineOp, type Op } from "../op.ts";
import { flatGrid } from "../queue.ts";
import { type Conv2dAttributes, conv2dCases, conv2dReference } from "../reference/conv2d.ts";
import { recordReduceSplits } from "../reduce_splits.ts";
import { expectRank, formatShape, sameWindow, type Shape } from "../shape.ts";
import { roundUp4, type Tensor } from "../tensor.ts";

const CONV_PARAMS = {
  n: "u32",
  h: "u32",
  w: "u32",
  cin: "u32",
  cin4: "u32",
  oh: "u32",
  ow: "u32",
  cout4: "u32",
  before_y: "i32",
  before_x: "i32",
} as const;

const forwardDirectKernel = defineKernel({
  name: "conv2d_forward_direct",
  source: forwardDirect,
  storage: ["read", "read", "read_write"],
  params: CONV_PARAMS,
});
const forwardTiledKernel = defineKernel({
  name: "conv2d_forward_tiled",
  source: forwardTiled,
  storage: ["read", "read", "read_write"],
  params: CONV_PARAMS,
});
const backwardInputKernel = defineKernel({
  name: "conv2d_backward_input_strided",
  source: backwardInputSource,
  storage: ["read", "read", "read_write"],
  params: CONV_PARAMS,
});
const flipKernel = defineKernel({
  name: "conv2d_flip_weight",
  source: flipSource,
  storage: ["read", "read_write"],
  params: { taps: "u32", cin: "u32", cin4: "u32", cout: "u32", cout_pitch: "u32" },
});
const backwardWeightDirectKernel = defineKernel({
  name: "conv2d_backward_weight_direct",
  source: backwardWeightDirect,
  storage: ["read", "read", "read_write"],
  params: { ...CONV_PARAMS, splits: "u32", rows_per_split: "u32" },
});
const backwardWeightTiledKernel = defineKernel({
  name: "conv2d_backward_weight_tiled",
  source: backwardWeightTiled,
  storage: ["read", "read", "read_write"],
  params: { ...CONV_PARAMS, splits: "u32", pixels_per_split: "u32" },
});

/** Everything the kernels need to know of one convolution, computed once. */
interface Geometry {
  readonly kernel: number;
  readonly stride: number;
  readonly params: Record<keyof typeof CONV_PARAMS, number>;
}

function geometryOf(x: Shape, weight: Shape, { stride, shift }: Conv2dAttributes): Geometry {
  const [n, h, w, cin] = x;
  const [kernel, , , cout] = weight;
  const rows = sameWindow(h, kernel, stride, shift);
  const columns = sameWindow(w, kernel, stride, shift);
  return {
    kernel,
    stride,
    params: {
      n,
      h,
      w,
      cin,
      cin4: roundUp4(cin) / 4,
      oh: rows.out,
      ow: columns.out,
      cout4: roundUp4(cout) / 4,
      before_y: rows.before,
      before_x: columns.before,
    },
  };
}

/** Pixels P and channel vec4s Q of one thread: about 1000 multiply-adds and 45 loads a body at most. */
function directTile(kernel: number, width: number): { P: number; Q: number } {
  if (kernel === 5) return width > 4 ? { P: 8, Q: 1 } : { P: 4, Q: 1 };
  if (width > 8) return { P: 16, Q: 1 };
  return width > 4 ? { P: 8, Q: 2 } : { P: 4, Q: 2 };
}

function recordForward(gpu: GpuBackend, geometry: Geometry, x: Tensor, weight: Tensor, y: Tensor) {
  const { kernel: K, stride: S } = geometry;
  if (gpu.tileSet === "tiled") {
    const { params } = geometry;
    const NT = Math.min(params.cout4, 16);
    const TM = 4;
    const [gx, gy] = flatGrid(Math.ceil(params.n * params.oh * params.ow / (16 * TM)));
    gpu.run(forwardTiledKernel, { NT, TM, K, S }, [x, weight, y], params, [
      gx,
      gy,
      Math.ceil(params.cout4 / NT),
    ]);
    return;
  }
  // A 1x1 convolution sees no neighbours: all pixels form one long row.
  const params = K === 1 && S === 1
    ? {
      ...geometry.params,
      n: 1,
      h: 1,
      oh: 1,
      w: geometry.params.n * geometry.params.h * geometry.params.w,
      ow: geometry.params.n * geometry.params.h * geometry.params.w,
    }
    : geometry.params;
  const tile = directTile(K, params.ow);
  const P = S === 1 ? tile.P : Math.min(tile.P, 8);
  const Q = Math.min(tile.Q, params.cout4);
  const threads = params.n * params.oh * Math.ceil(params.ow / P) * Math.ceil(params.cout4 / Q);
  gpu.run(
    forwardDirectKernel,
    { P, Q, K, S },
    [x, weight, y],
    params,
    flatGrid(Math.ceil(threads / 64)),
  );
}

function recordBackwardInput(
  gpu: GpuBackend,
  geometry: Geometry,
  dy: Tensor,
  weight: Tensor,
  dx: Tensor,
) {
  const { kernel: K, stride: S, params } = geometry;
  if (S > 1) {
    const threads = params.n * params.h * params.w * params.cin4;
    gpu.run(
      backwardInputKernel,
      { K, S },
      [dy, weight, dx],
      params,
      flatGrid(Math.ceil(threads / 64)),
    );
    return;
  }
  const cout = weight.shape[3];
  const flipped = gpu.allocate([K, K, cout, params.cin]);
  gpu.run(flipKernel, {}, [weight, flipped], {
    taps: K * K,
    cin: params.cin,
    cin4: params.cin4,
    cout,
    cout_pitch: params.cout4 * 4,
  }, flatGrid(Math.ceil(K * K * cout * params.cin4 / 64)));
  recordForward(
    gpu,
    {
      kernel: K,
      stride: 1,
      params: {
        ...params,
        cin: cout,
        cin4: params.cout4,
        cout4: params.cin4,
        before_y: K - 1 - params.before_y,
        before_x: K - 1 - params.before_x,
      },
    },
    dy,
    flipped,
    dx,
  );
  gpu.release(flipped);
}

function recordBackwardWeight(
  gpu: GpuBackend,
  geometry: Geometry,
  x: Tensor,
  dy: Tensor,
  dw: Tensor,
) {
  const { kernel: K, stride: S, params } = geometry;
  if (gpu.tileSet === "tiled") {
    const pixels = params.n * params.oh * params.ow;
    const CT = Math.min(params.cin4, 16);
    const NT = Math.min(params.cout4, 16);
    const G = Math.max(1, Math.min(8, Math.floor(128 / (CT * NT))));
    const pixelsPerSplit = Math.ceil(Math.max(pixels / 128, 256) / 16) * 16;
    const splits = Math.ceil(pixels / pixelsPerSplit);
    const partial = gpu.allocate([splits, ...dw.shape]);
    gpu.run(
      backwardWeightTiledKernel,
      { CT, NT, G, K, S },
      [x, dy, partial],
      { ...params, splits, pixels_per_split: pixelsPerSplit },
      [Math.ceil(splits / G), K * K, Math.ceil(params.cin4 / CT) * Math.ceil(params.cout4 / NT)],
    );
    recordReduceSplits(gpu, partial, dw);
    gpu.release(partial);
    return;
  }
  const rows = params.n * params.oh;
  // 5 taps times 8 channels would spill; a 1x1 kernel has room for more.
  const A = Math.min(K === 5 ? 1 : K === 1 ? 4 : 2, params.cin4);
  const Q = Math.min(2, params.cout4);
  // At most 16384 pixels a thread: lavapipe ends all loops silently after 65535 iterations.
  const rowsPerSplit = Math.max(
    1,
    Math.min(Math.ceil(rows / 32), Math.floor(16384 / params.ow)),
  );
  const splits = Math.ceil(rows / rowsPerSplit);
  const partial = gpu.allocate([splits, ...dw.shape]);
  const threads = splits * K * Math.ceil(params.cin4 / A) * Math.ceil(params.cout4 / Q);
  gpu.run(
    backwardWeightDirectKernel,
    { A, Q, K, S },
    [x, dy, partial],
    { ...params, splits, rows_per_split: rowsPerSplit },
    flatGrid(Math.ceil(threads / 8)),
  );
  recordReduceSplits(gpu, partial, dw);
  gpu.release(partial);
}

/** 2-D convolution; see the module's text. */
export const conv2d: Op<Conv2dAttributes> = defineOp({
  name: "conv2d",
  shape([x, weight], { stride, shift }) {
    expectRank("conv2d", "x", x, 4);
    expectRank("conv2d", "weight", weight, 4);
    if (weight[0] !== weight[1] || ![1, 3, 5].includes(weight[0])) {
      throw new ShapeError(
        `conv2d() expects a square kernel of side 1, 3 or 5 but found weight ${
          formatShape(weight)
        }`,
      );
    }
    if (weight[2] !== x[3]) {
      throw new ShapeError(
        `conv2d() expects weight with ${x[3]} input channels, as x ${formatShape(x)} has, but ` +
          `found ${formatShape(weight)}`,
      );
    }
    if (stride !== 1 && stride !== 2) {
      throw new ShapeError(`conv2d() expects stride 1 or 2 but found ${stride}`);
    }
    if (shift !== 0 && !(shift === 1 && stride === 2)) {
      throw new ShapeError(`conv2d() expects shift 0, or 1 with stride 2, but found ${shift}`);
    }
    const rows = sameWindow(x[1], weight[0], stride);
    const columns = sameWindow(x[2], weight[0], stride);
    return [[x[0], rows.out, columns.out, weight[3]]];
  },
  gpu: {
    forward(gpu, [x, weight], attributes) {
      const geometry = geometryOf(x.shape, weight.shape, attributes);
      const { n, oh, ow } = geometry.params;
      const y = gpu.allocate([n, oh, ow, weight.shape[3]]);
      recordForward(gpu, geometry, x, weight, y);
      return { outputs: [y], saved: [] };
    },
    backward(gpu, [dy], { inputs: [x, weight], attributes, needs, into }) {
      const geometry = geometryOf(x.shape, weight.shape, attributes);
      const dx = needs[0] ? into(0) : null;
      if (dx !== null) recordBackwardInput(gpu, geometry, dy!, weight, dx);
      const dw = needs[1] ? into(1) : null;
      if (dw !== null) recordBackwardWeight(gpu, geometry, x, dy!, dw);
      return [dx, dw];
    },
  },
  reference: conv2dReference,
  cases: conv2dCases,
});
