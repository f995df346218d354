/**
 * The statistics of softmax over rows, which softmax and the cross-entropy of many classes share.
 *
 * @module
 */
import source from "../../shaders/softmax_statistics.wgsl" with { type: "text" };
import { ShapeError } from "../errors.ts";
import type { GpuRecorder } from "../webgpu/recorder.ts";
import { defineKernel } from "../webgpu/kernel.ts";
import { flatGrid } from "../webgpu/queue.ts";
import { elementCount, formatShape, type Shape } from "../shape.ts";
import { pitch, type Tensor } from "../tensor.ts";

const kernel = defineKernel({
  name: "softmax_statistics",
  source,
  bindings: { x: "read vec4f", statistics: "read_write vec4f", place: "read_write u32" },
  params: { rows: "u32", columns: "u32", c4: "u32" },
});

/** Most columns of a row: each of 64 threads walks twice over its part, 65 000 turns at most. */
const MAX_COLUMNS = 8_000_000;

/** Throws a {@link ShapeError} for rows that are too long for the kernels. */
export function expectColumns(op: string, x: Shape): void {
  if (x.length > 0 && x[x.length - 1] <= MAX_COLUMNS) return;
  throw new ShapeError(
    `${op}() expects rows of at most ${MAX_COLUMNS} elements but found shape ${formatShape(x)}`,
  );
}

/** Sizes of `x` as rows of its last dimension, in the spelling of the kernels. */
export function rowSizes(x: Shape): { rows: number; columns: number; c4: number } {
  const columns = x[x.length - 1];
  return { rows: elementCount(x) / columns, columns, c4: pitch(x) / 4 };
}

/**
 * Records for each row of `x` its largest element and the sum of exponentials, `statistics [rows,4]`,
 * and the place of the largest, `place [rows]`. The caller releases both.
 */
export function recordStatistics(
  gpu: GpuRecorder,
  x: Tensor,
): { statistics: Tensor; place: Tensor } {
  const sizes = rowSizes(x.shape);
  const statistics = gpu.allocate([sizes.rows, 4]);
  const place = gpu.allocate([sizes.rows], "u32");
  gpu.run(kernel, {}, { x, statistics, place }, sizes, flatGrid(sizes.rows));
  return { statistics, place };
}
