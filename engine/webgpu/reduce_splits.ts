/**
 * Second stage of every split reduction.
 *
 * @module
 */
import source from "../../shaders/reduce_splits.wgsl" with { type: "text" };
import type { GpuBackend } from "./gpu_backend.ts";
import { defineKernel } from "./kernel.ts";
import { flatGrid } from "./queue.ts";
import { paddedCount, type Tensor } from "../tensor.ts";

const kernel = defineKernel({
  name: "reduce_splits",
  source,
  storage: ["read", "read_write"],
  params: { splits: "u32", count4: "u32" },
});

/** Records `total = Σ_s partial[s]` in order; `partial` is `[splits, …total.shape]`. */
export function recordReduceSplits(gpu: GpuBackend, partial: Tensor, total: Tensor): void {
  const count4 = paddedCount(total.shape) / 4;
  gpu.run(
    kernel,
    {},
    [partial, total],
    { splits: partial.shape[0], count4 },
    flatGrid(Math.ceil(count4 / 64)),
  );
}
