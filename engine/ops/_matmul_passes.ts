/**
 * The passes of a matrix product. A thread adds at most {@link MAX_TURNS} vec4s of terms; a longer sum
 * goes on in further dispatches from where it stood, which gives the same bits as one long loop.
 *
 * @module
 */
import backwardASource from "../../shaders/matmul_backward_a.wgsl" with { type: "text" };
import backwardBSource from "../../shaders/matmul_backward_b.wgsl" with { type: "text" };
import forwardSource from "../../shaders/matmul_forward.wgsl" with { type: "text" };
import { productFlops } from "../measure/flops.ts";
import type { GpuRecorder } from "../webgpu/recorder.ts";
import { defineKernel } from "../webgpu/kernel.ts";
import { flatGrid } from "../webgpu/queue.ts";
import { recordSplitSum, SPLIT_PARAMS, splitRows } from "../webgpu/split_sum.ts";
import { elementCount } from "../shape.ts";
import { roundUp4, type Tensor } from "../tensor.ts";
import { MAX_TURNS } from "./_windows.ts";

const PARAMS = { m: "u32", k: "u32", k4: "u32", n4: "u32" } as const;
const RANGE_PARAMS = { ...PARAMS, first: "u32", turns: "u32" } as const;
const forwardKernel = defineKernel({
  name: "matmul_forward",
  source: forwardSource,
  bindings: { a: "read vec4f", b: "read vec4f", y: "read_write vec4f" },
  params: RANGE_PARAMS,
  flops: ({ b, y }) => productFlops(b, y),
});
const backwardAKernel = defineKernel({
  name: "matmul_backward_a",
  source: backwardASource,
  bindings: { dy: "read vec4f", b: "read vec4f", da: "read_write vec4f" },
  params: RANGE_PARAMS,
  flops: ({ dy, b }) => productFlops(b, dy),
});
const backwardBKernel = defineKernel({
  name: "matmul_backward_b",
  source: backwardBSource,
  bindings: { a: "read vec4f", dy: "read vec4f", db: "read_write vec4f" },
  params: { ...PARAMS, ...SPLIT_PARAMS },
  flops: ({ a, dy }) => 2 * a[1] * elementCount(dy),
});

function paramsOf(a: Tensor, b: Tensor) {
  const [m, k] = a.shape;
  return { m, k, k4: roundUp4(k) / 4, n4: roundUp4(b.shape[1]) / 4 };
}

/** Ranges of at most {@link MAX_TURNS} of `count` turns, in order. */
function ranges(count: number): { first: number; turns: number }[] {
  return Array.from({ length: Math.ceil(count / MAX_TURNS) }, (_, i) => {
    const first = i * MAX_TURNS;
    return { first, turns: Math.min(MAX_TURNS, count - first) };
  });
}

/** Records `y = a·b` of `a [m,k]`, `b [k,n]`. */
export function recordProduct(gpu: GpuRecorder, a: Tensor, b: Tensor, y: Tensor): void {
  const params = paramsOf(a, b);
  const grid = flatGrid(Math.ceil(params.m * params.n4 / 64));
  for (const range of ranges(params.k4)) {
    gpu.run(forwardKernel, {}, { a, b, y }, { ...params, ...range }, grid);
  }
}

/** Records `da = dy·bᵀ`. */
export function recordLeftGradient(gpu: GpuRecorder, dy: Tensor, b: Tensor, da: Tensor): void {
  const params = paramsOf(da, b);
  const grid = flatGrid(Math.ceil(params.m * params.k4 / 64));
  for (const range of ranges(params.n4)) {
    gpu.run(backwardAKernel, {}, { dy, b, da }, { ...params, ...range }, grid);
  }
}

/** Records `db = aᵀ·dy`. */
export function recordRightGradient(gpu: GpuRecorder, a: Tensor, dy: Tensor, db: Tensor): void {
  const params = paramsOf(a, db);
  const split = splitRows(params.m, 1, 1);
  const grid = flatGrid(Math.ceil(split.splits * params.k4 * params.n4 / 64));
  recordSplitSum(gpu, split, [db], ([partial]) => {
    gpu.run(backwardBKernel, {}, { a, dy, db: partial }, { ...params, ...split }, grid);
  });
}
