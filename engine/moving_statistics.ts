/**
 * Moving averages of batch statistics (spec D.4).
 *
 * @module
 */
import type { Tensor } from "./tensor.ts";

/**
 * Averages that a batch norm moves towards the statistics of its batch as it computes them:
 * `moving ← moving + rate·(batch − moving)`. The biased variance is made unbiased first, as in the
 * original code. Overwritten in place, on the backend that runs the op. Averages of a channel whose
 * batch statistics are not finite stay as they are: one batch that diverged would spoil them for good.
 */
export interface MovingStatistics {
  /** `[c]`. */
  readonly mean: Tensor;
  /** `[c]`. */
  readonly variance: Tensor;
  /** Share of the newest batch, 0..1. */
  readonly rate: number;
}

/**
 * The share of the newest batch in a zero-debiased moving average after its `updates`-th update
 * (1-based): an average that starts at zero, divided by `1 − decay^updates`, moves towards each new
 * value by exactly this share. The first update takes the batch's value as it is.
 */
export function debiasedRate(decay: number, updates: number): number {
  return (1 - decay) / (1 - decay ** updates);
}

/** What makes the biased variance of `rows` rows unbiased; 1 for a single row, which has none. */
export function unbias(rows: number): number {
  return rows > 1 ? rows / (rows - 1) : 1;
}

/** Moves averages on the CPU towards the statistics `mean [c]` and biased `variance [c]`. */
export function moveStatistics(
  moving: MovingStatistics,
  mean: Float64Array,
  variance: Float64Array,
  rows: number,
): void {
  const [movingMean, movingVariance] = [moving.mean.cpu, moving.variance.cpu];
  for (let c = 0; c < mean.length; c++) {
    const nextMean = movingMean[c] + moving.rate * (mean[c] - movingMean[c]);
    const nextVariance = movingVariance[c] +
      moving.rate * (variance[c] * unbias(rows) - movingVariance[c]);
    if (!Number.isFinite(nextMean) || !Number.isFinite(nextVariance)) continue;
    movingMean[c] = nextMean;
    movingVariance[c] = nextVariance;
  }
}
