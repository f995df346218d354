/**
 * Moving averages of batch statistics (spec D.4).
 *
 * @module
 */
import source from "../shaders/moving_statistics.wgsl" with { type: "text" };
import type { Backend } from "./backend.ts";
import type { GpuBackend } from "./gpu_backend.ts";
import { defineKernel } from "./kernel.ts";
import { flatGrid } from "./queue.ts";
import { pitch, type Tensor } from "./tensor.ts";

const kernel = defineKernel({
  name: "moving_statistics",
  source,
  storage: ["read", "read", "read_write", "read_write"],
  params: { c4: "u32", rate: "f32", unbias: "f32" },
});

/**
 * The share of the newest batch in a zero-debiased moving average after its `updates`-th update
 * (1-based): an average that starts at zero, divided by `1 − decay^updates`, moves towards each new
 * value by exactly this share. The first update takes the batch's value as it is.
 */
export function debiasedRate(decay: number, updates: number): number {
  return (1 - decay) / (1 - decay ** updates);
}

/**
 * Records `moving ← moving + rate·(batch − moving)` for mean and variance. The batch's biased
 * variance over `rows` rows is made unbiased first, as in the original code.
 */
export function updateMovingStatistics(
  backend: Backend,
  batch: { readonly mean: Tensor; readonly variance: Tensor; readonly rows: number },
  moving: { readonly mean: Tensor; readonly variance: Tensor },
  rate: number,
): void {
  const unbias = batch.rows > 1 ? batch.rows / (batch.rows - 1) : 1;
  if (backend.kind === "cpu") {
    const [mean, variance] = [moving.mean.cpu, moving.variance.cpu];
    for (let c = 0; c < mean.length; c++) {
      mean[c] += rate * (batch.mean.cpu[c] - mean[c]);
      variance[c] += rate * (batch.variance.cpu[c] * unbias - variance[c]);
    }
    return;
  }
  const c4 = pitch(moving.mean.shape) / 4;
  (backend as GpuBackend).run(
    kernel,
    {},
    [batch.mean, batch.variance, moving.mean, moving.variance],
    { c4, rate, unbias },
    flatGrid(Math.ceil(c4 / 64)),
  );
}
