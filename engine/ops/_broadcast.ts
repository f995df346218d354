/**
 * The passes of sum and product with a tensor that is repeated along some axes.
 *
 * @module
 */
import backwardSource from "../../shaders/broadcast_backward.wgsl" with { type: "text" };
import forwardSource from "../../shaders/broadcast_forward.wgsl" with { type: "text" };
import { ShapeError } from "../errors.ts";
import type { GpuRecorder } from "../webgpu/recorder.ts";
import { defineKernel } from "../webgpu/kernel.ts";
import { flatGrid } from "../webgpu/queue.ts";
import { recordSplitSum, SPLIT_PARAMS, splitRows } from "../webgpu/split_sum.ts";
import { formatShape, type Shape } from "../shape.ts";
import { roundUp4, type Tensor } from "../tensor.ts";

const forwardKernel = defineKernel({
  name: "broadcast_forward",
  source: forwardSource,
  bindings: { a: "read vec4f", b: "read vec4f", y: "read_write vec4f" },
  params: {
    count4: "u32",
    c4: "u32",
    columns: "u32",
    d1: "u32",
    d2: "u32",
    s0: "u32",
    s1: "u32",
    s2: "u32",
    s3: "u32",
  },
});
const BACKWARD_PARAMS = {
  e0: "u32",
  e1: "u32",
  e2: "u32",
  e4: "u32",
  r1: "u32",
  r2: "u32",
  r3: "u32",
  repetitions: "u32",
  ...SPLIT_PARAMS,
} as const;
const addBackwardKernel = defineKernel({
  name: "broadcast_backward",
  source: backwardSource,
  bindings: { dy: "read vec4f", partial: "read_write vec4f" },
  params: BACKWARD_PARAMS,
});
const multiplyBackwardKernel = defineKernel({
  name: "broadcast_backward",
  source: backwardSource,
  bindings: { dy: "read vec4f", a: "read vec4f", partial: "read_write vec4f" },
  params: BACKWARD_PARAMS,
});

/** Most axes of `a`. */
const MAX_RANK = 4;
/** Ranges of repetitions that are added separately, and how many repetitions each has at least. */
const SPLITS = 64;
const RANGE = 256;

/** Throws a {@link ShapeError} unless `b` fits the last axes of `a`. */
export function expectBroadcast(op: string, a: Shape, b: Shape): void {
  const fits = a.length <= MAX_RANK && b.length <= a.length &&
    b.every((extent, axis) => extent === 1 || extent === a[a.length - b.length + axis]);
  if (fits) return;
  throw new ShapeError(
    `${op}() expects a of rank at most ${MAX_RANK} and b whose axes have one element or as many as the ` +
      `last axes of a, but found a ${formatShape(a)} and b ${formatShape(b)}`,
  );
}

/** Four extents, the last in vec4s, missing ones in front being 1. */
function extents(shape: Shape): number[] {
  const four = [...Array(MAX_RANK - shape.length).fill(1), ...shape];
  return [...four.slice(0, 3), roundUp4(four[3]) / 4];
}

/** Whether one element of `b` meets a whole row of `a`. */
function isSplat(a: Shape, b: Shape): boolean {
  return (b.at(-1) ?? 1) === 1 && (a.at(-1) ?? 1) > 1;
}

/** Records `y = a + b`, or `a · b`, where `b` fits the last axes of `a`. */
export function recordBroadcast(
  gpu: GpuRecorder,
  operation: "add" | "multiply",
  a: Tensor,
  b: Tensor,
  y: Tensor,
): void {
  const [d0, d1, d2, c4] = extents(a.shape);
  const own = extents(b.shape);
  let stride = 1;
  const strides = own.toReversed().map((extent) => {
    const step = extent > 1 ? stride : 0;
    stride *= extent;
    return step;
  });
  const [s3, s2, s1, s0] = strides;
  const count4 = d0 * d1 * d2 * c4;
  const columns = a.shape.at(-1) ?? 1;
  gpu.run(
    forwardKernel,
    { MULTIPLY: Number(operation === "multiply"), SPLAT: Number(isSplat(a.shape, b.shape)) },
    { a, b, y },
    { count4, c4, columns, d1, d2, s0, s1, s2, s3 },
    flatGrid(Math.ceil(count4 / 64)),
  );
}

/**
 * Records the gradient of `b`: `dy`, times `factor` where there is one, added up over the repetitions of `b`.
 */
export function recordRepetitions(
  gpu: GpuRecorder,
  dy: Tensor,
  factor: Tensor | null,
  db: Tensor,
): void {
  const all = extents(dy.shape);
  const own = extents(db.shape);
  const [r0, r1, r2, r3] = all.map((extent, axis) => extent / own[axis]);
  const [e0, e1, e2, e4] = own;
  const repetitions = r0 * r1 * r2 * r3;
  const ranges = Math.min(SPLITS, Math.ceil(repetitions / RANGE));
  const split = splitRows(repetitions, 1, ranges);
  const values = { MULTIPLY: Number(factor !== null), SPLAT: Number(isSplat(dy.shape, db.shape)) };
  const params = { e0, e1, e2, e4, r1, r2, r3, repetitions, ...split };
  const grid = flatGrid(Math.ceil(split.splits * e0 * e1 * e2 * e4 / 64));
  recordSplitSum(gpu, split, [db], ([partial]) => {
    if (factor === null) gpu.run(addBackwardKernel, values, { dy, partial }, params, grid);
    else gpu.run(multiplyBackwardKernel, values, { dy, a: factor, partial }, params, grid);
  });
}
