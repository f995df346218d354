/**
 * Sums in two stages: ranges of rows by themselves, each by other threads, then the ranges in order.
 *
 * How many ranges there are is a function of the shapes alone, so that equal inputs give equal bits.
 *
 * @module
 */
import source from "../../shaders/reduce_splits.wgsl" with { type: "text" };
import { paddedCount, type Tensor } from "../tensor.ts";
import { defineKernel } from "./kernel.ts";
import { flatGrid } from "./queue.ts";
import type { GpuRecorder } from "./recorder.ts";

const kernel = defineKernel({
  name: "reduce_splits",
  source,
  bindings: { partial: "read vec4f", total: "read_write vec4f" },
  params: { splits: "u32", count4: "u32" },
});

/** Parameters of a kernel that sums ranges. */
export const SPLIT_PARAMS = { splits: "u32", rows_per_split: "u32" } as const;

/** How rows are divided into ranges: all of `rows_per_split` rows, but for the last. */
export type Split = Readonly<Record<keyof typeof SPLIT_PARAMS, number>>;

/** Most turns of a loop of one thread: lavapipe ends all loops silently after 65535. */
const MAX_TURNS = 16384;
/** Bytes of partial sums beyond which there are fewer ranges: every adapter binds twice as much. */
const PARTIAL_BYTES = 64 * 2 ** 20;

/**
 * Divides `rows` into about `ranges` ranges: more where a thread's loops would be too long, fewer where
 * the partial sums would take too much memory.
 *
 * @param turnsPerRow turns of a loop that a thread makes for each row
 * @param bytes of the partial sums of one range
 */
export function splitRows(rows: number, turnsPerRow: number, ranges: number, bytes = 0): Split {
  const fitting = Math.max(1, Math.min(ranges, Math.floor(PARTIAL_BYTES / bytes)));
  const rows_per_split = Math.max(
    1,
    Math.min(Math.ceil(rows / fitting), Math.floor(MAX_TURNS / turnsPerRow)),
  );
  return { splits: Math.ceil(rows / rows_per_split), rows_per_split };
}

/**
 * Ranges of pixels that the few threads of a software adapter sum: enough for them, at most `most`, and
 * between them one for 256 pixels, beside which adding up the ranges costs little.
 */
export function fewRanges(pixels: number, most: number): number {
  return Math.min(most, Math.max(8, Math.ceil(pixels / 256)));
}

/**
 * Records both stages. `record` records the first, into a tensor `[splits, …shape]` for each of
 * `totals`; with a single range these are the totals themselves.
 */
export function recordSplitSum(
  gpu: GpuRecorder,
  { splits }: Split,
  totals: readonly Tensor[],
  record: (partials: readonly Tensor[]) => void,
): void {
  if (splits === 1) return record(totals);
  const partials = totals.map(({ shape }) => gpu.allocate([splits, ...shape]));
  record(partials);
  totals.forEach((total, i) => {
    const count4 = paddedCount(total.shape) / 4;
    const grid = flatGrid(Math.ceil(count4 / 64));
    gpu.run(kernel, {}, { partial: partials[i], total }, { splits, count4 }, grid);
    gpu.release(partials[i]);
  });
}
