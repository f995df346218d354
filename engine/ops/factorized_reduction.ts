/**
 * Factorised reduction: halves both sides of a map (spec A.3). Even and odd pixels each go through a
 * 1x1 convolution of their own, and the two results lie side by side in the channels.
 *
 * `y[b,oy,ox] = (x[b,2oy,2ox]·even, x[b,2oy+1,2ox+1]·odd)`, pixels outside the image being 0
 *
 * Inputs `x [n,h,w,cin]`, `even [1,1,cin,ca]`, `odd [1,1,cin,cb]`; output `y [n,⌈h/2⌉,⌈w/2⌉,ca+cb]`.
 * Two strided convolutions and a concatenation give the same; they take 16 dispatches with their
 * gradients and this op 5, which is what counts for small maps.
 *
 * @module
 */
import backwardInputSource from "../../shaders/factorized_reduction_backward_input.wgsl" with {
  type: "text",
};
import backwardWeightSource from "../../shaders/factorized_reduction_backward_weight.wgsl" with {
  type: "text",
};
import backwardWeightSumSource from "../../shaders/factorized_reduction_backward_weight_sum.wgsl" with {
  type: "text",
};
import forwardSource from "../../shaders/factorized_reduction_forward.wgsl" with { type: "text" };
import weightsSource from "../../shaders/factorized_reduction_weights.wgsl" with { type: "text" };
import { ShapeError } from "../errors.ts";
import type { GpuRecorder } from "../webgpu/recorder.ts";
import { defineKernel } from "../webgpu/kernel.ts";
import { defineOp, type Op } from "../op.ts";
import { flatGrid } from "../webgpu/queue.ts";
import {
  type FactorizedReductionAttributes,
  factorizedReductionCases,
  factorizedReductionReference,
} from "../reference/factorized_reduction.ts";
import { elementCount, expectRank, formatShape, type Shape } from "../shape.ts";
import { pitch, roundUp4, type Tensor } from "../tensor.ts";
import { SPLIT_PARAMS, splitRows } from "../webgpu/split_sum.ts";
import { expectTurns } from "./_windows.ts";

const MAP_PARAMS = {
  n: "u32",
  h: "u32",
  w: "u32",
  oh: "u32",
  ow: "u32",
  cin4: "u32",
  c4: "u32",
  ca: "u32",
} as const;
const weightsKernel = defineKernel({
  name: "factorized_reduction_weights",
  source: weightsSource,
  bindings: { even: "read f32", odd: "read f32", tables: "read_write vec4f" },
  params: {
    cin: "u32",
    cin4: "u32",
    c4: "u32",
    ca: "u32",
    cb: "u32",
    pitch_a: "u32",
    pitch_b: "u32",
  },
});
const forwardKernel = defineKernel({
  name: "factorized_reduction_forward",
  source: forwardSource,
  bindings: { x: "stream", tables: "stream", y: "read_write vec4f" },
  params: MAP_PARAMS,
  flops: ({ x, y }) => 2 * x[3] * elementCount(y),
});
const backwardInputKernel = defineKernel({
  name: "factorized_reduction_backward_input",
  source: backwardInputSource,
  bindings: { dy: "stream", tables: "stream", dx: "read_write vec4f" },
  params: MAP_PARAMS,
  flops: ({ dy, dx }) => 2 * dx[3] * elementCount(dy),
});
const backwardWeightKernel = defineKernel({
  name: "factorized_reduction_backward_weight",
  source: backwardWeightSource,
  bindings: { x: "stream", dy: "stream", partial: "read_write vec4f" },
  params: { ...MAP_PARAMS, cin: "u32", blocks: "u32", ...SPLIT_PARAMS },
  flops: ({ x, dy }) => 2 * x[3] * elementCount(dy),
});
const backwardWeightSumKernel = defineKernel({
  name: "factorized_reduction_backward_weight_sum",
  source: backwardWeightSumSource,
  bindings: { partial: "read vec4f", deven: "read_write vec4f", dodd: "read_write vec4f" },
  params: {
    splits: "u32",
    cin: "u32",
    blocks: "u32",
    ca: "u32",
    cb: "u32",
    a4: "u32",
    b4: "u32",
  },
});

/** Ranges of output rows that are summed separately. */
const SPLITS = 32;
/** vec4s of channels that one thread makes. */
const Q = 2;

/** Pixels that one thread makes of rows of `ow`. */
function pixelsPerThread({ target: { reductionPixels: [narrow, wide] } }: GpuRecorder, ow: number) {
  return ow > 4 ? wide : narrow;
}

/** Sizes of a reduction, in the spelling of the kernels. */
function sizesOf(x: Shape, even: Shape, odd: Shape) {
  const [n, h, w, cin] = x;
  const [ca, cb] = [even[3], odd[3]];
  const map = {
    n,
    h,
    w,
    oh: Math.ceil(h / 2),
    ow: Math.ceil(w / 2),
    cin4: roundUp4(cin) / 4,
    c4: roundUp4(ca + cb) / 4,
    ca,
  };
  return { map, cin, weights: { ca, cb, pitch_a: pitch(even), pitch_b: pitch(odd) } };
}

/** Records the gradients of both weights. */
function recordBackwardWeight(
  gpu: GpuRecorder,
  { map, cin, weights }: ReturnType<typeof sizesOf>,
  x: Tensor,
  dy: Tensor,
  [deven, dodd]: readonly Tensor[],
): void {
  const { ca, cb, pitch_a, pitch_b } = weights;
  expectTurns("factorized_reduction", "output pixels in a row where weights train", map.ow, 1);
  const [a4, b4] = [pitch_a / 4, pitch_b / 4];
  // vec4s of output channels that a half's gradient covers, its padding included.
  const blocks = Math.max(a4, Math.ceil((ca % 4 + pitch_b) / 4));
  const rows = map.n * map.oh;
  const split = splitRows(rows, map.ow, SPLITS, 2 * cin * blocks * 16);
  const { splits } = split;
  const partial = gpu.allocate([splits, 2, cin, 4 * blocks]);
  const A = Math.min(map.cin4, 4);
  const threads = splits * 2 * Math.ceil(map.cin4 / A) * Math.ceil(blocks / Q);
  gpu.run(
    backwardWeightKernel,
    { A, Q },
    { x, dy, partial },
    { ...map, cin, blocks, ...split },
    flatGrid(Math.ceil(threads / 8)),
  );
  gpu.run(
    backwardWeightSumKernel,
    {},
    { partial, deven, dodd },
    { splits, cin, blocks, ca, cb, a4, b4 },
    flatGrid(Math.ceil(cin * (a4 + b4) / 64)),
  );
  gpu.release(partial);
}

/**
 * Factorised reduction: inputs `x [n,h,w,cin]`, `even [1,1,cin,ca]`, `odd [1,1,cin,cb]`; output
 * `y [n,⌈h/2⌉,⌈w/2⌉,ca+cb]`.
 */
export const factorizedReduction: Op<FactorizedReductionAttributes> = defineOp({
  name: "factorized_reduction",
  inputs: ["x", "even", "odd"],
  shape([x, even, odd]) {
    expectRank("factorized_reduction", "x", x, 4);
    for (const weight of [even, odd]) {
      if (weight.length !== 4 || weight[0] !== 1 || weight[1] !== 1 || weight[2] !== x[3]) {
        throw new ShapeError(
          `factorized_reduction() expects weights of shape [1,1,${x[3]},c] for x ` +
            `${formatShape(x)} but found ${formatShape(weight)}`,
        );
      }
    }
    return [[x[0], Math.ceil(x[1] / 2), Math.ceil(x[2] / 2), even[3] + odd[3]]];
  },
  gpu: {
    forward(gpu, [x, even, odd]) {
      const { map, cin, weights } = sizesOf(x.shape, even.shape, odd.shape);
      const { n, oh, ow, cin4, c4, ca } = map;
      expectTurns("factorized_reduction", "input channels", cin, 1 / 2);
      expectTurns("factorized_reduction", "output channels", ca + weights.cb, 1 / 4);
      const entries = 16 * cin4 * c4;
      const tables = gpu.allocate([entries, 4]);
      gpu.run(
        weightsKernel,
        {},
        { even, odd, tables },
        { ...weights, cin, cin4, c4 },
        flatGrid(Math.ceil(entries / 64)),
      );
      const y = gpu.allocate([n, oh, ow, ca + weights.cb]);
      const P = pixelsPerThread(gpu, ow);
      const threads = n * oh * Math.ceil(ow / P) * Math.ceil(c4 / Q);
      gpu.run(forwardKernel, { P, Q }, { x, tables, y }, map, flatGrid(Math.ceil(threads / 64)));
      return { outputs: [y], saved: [tables] };
    },
    backward(gpu, [dy], { inputs: [x, even, odd], saved: [tables], needs, into }) {
      const sizes = sizesOf(x.shape, even.shape, odd.shape);
      const { n, oh, ow, cin4 } = sizes.map;
      const dx = needs[0] ? into(0) : null;
      if (dx !== null) {
        const P = pixelsPerThread(gpu, ow);
        const threads = 2 * n * oh * Math.ceil(ow / P) * Math.ceil(cin4 / Q);
        const grid = flatGrid(Math.ceil(threads / 64));
        gpu.run(backwardInputKernel, { P, Q }, { dy: dy!, tables, dx }, sizes.map, grid);
      }
      if (!needs[1] && !needs[2]) return [dx, null, null];
      const dweights = [into(1), into(2)];
      recordBackwardWeight(gpu, sizes, x, dy!, dweights);
      return [dx, ...dweights];
    },
  },
  reference: factorizedReductionReference,
  cases: factorizedReductionCases,
});
