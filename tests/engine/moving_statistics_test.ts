import assert from "node:assert/strict";
import type { Backend } from "../../engine/backend.ts";
import { CpuBackend } from "../../engine/cpu_backend.ts";
import { GpuBackend } from "../../engine/gpu_backend.ts";
import { debiasedRate, updateMovingStatistics } from "../../engine/moving_statistics.ts";
import { assertClose, assertNoLiveBuffers, exactNormals } from "./helpers.ts";

const gpu = await GpuBackend.open();
const CHANNELS = 37;
const ROWS = 9;

/** Mean and biased variance of the k-th batch. */
function statistics(k: number) {
  return {
    mean: exactNormals(CHANNELS, k),
    variance: exactNormals(CHANNELS, 100 + k).map((value) => value * value),
  };
}

/** Moving averages after each of `count` batches. */
async function movingAverages(backend: Backend, count: number, decay: number) {
  const make = (values: Float64Array) => backend.fromArray(values, [CHANNELS]);
  // What the averages start from must not count.
  const start = new Float64Array(CHANNELS).fill(1);
  const moving = { mean: make(start), variance: make(start) };
  const found: Float64Array[][] = [];
  for (let k = 1; k <= count; k++) {
    const { mean, variance } = statistics(k);
    const batch = { mean: make(mean), variance: make(variance), rows: ROWS };
    updateMovingStatistics(backend, batch, moving, debiasedRate(decay, k));
    found.push([await backend.toArray(moving.mean), await backend.toArray(moving.variance)]);
    backend.release(batch.mean);
    backend.release(batch.variance);
  }
  backend.release(moving.mean);
  backend.release(moving.variance);
  return found;
}

Deno.test("debiasedRate() is 1 at the first update and 1 − decay in the end", () => {
  assert.equal(debiasedRate(0.9, 1), 1);
  assertClose("second", [debiasedRate(0.9, 2)], [0.1 / 0.19], { rtol: 1e-14 });
  assertClose("late", [debiasedRate(0.9, 1000)], [0.1], { rtol: 1e-12 });
});

for (const backend of [new CpuBackend(), gpu] satisfies Backend[]) {
  Deno.test(`updateMovingStatistics() on the ${backend.kind} equals an accumulator from zero over 1 − 0.9^k`, async () => {
    const count = 25;
    const found = await movingAverages(backend, count, 0.9);
    const accumulators = [new Float64Array(CHANNELS), new Float64Array(CHANNELS)];
    for (let k = 1; k <= count; k++) {
      const { mean, variance } = statistics(k);
      // The variance enters unbiased.
      [mean, variance.map((value) => value * ROWS / (ROWS - 1))].forEach((batch, which) => {
        const accumulator = accumulators[which];
        accumulator.forEach((value, c) => accumulator[c] = 0.9 * value + 0.1 * batch[c]);
        const expected = accumulator.map((value) => value / (1 - 0.9 ** k));
        const tolerance = backend.kind === "cpu"
          ? { rtol: 1e-12, atol: 1e-12 }
          : { rtol: 1e-5, atol: 1e-6 };
        assertClose(
          `${["mean", "variance"][which]} ${k}`,
          found[k - 1][which],
          expected,
          tolerance,
        );
      });
    }
    assertNoLiveBuffers(gpu);
  });
}

Deno.test("updateMovingStatistics() of a single row leaves the variance as it is", () => {
  const cpu = new CpuBackend();
  const tensor = (value: number) => cpu.fromArray([value], [1]);
  const moving = { mean: tensor(0), variance: tensor(1) };
  updateMovingStatistics(cpu, { mean: tensor(4), variance: tensor(2), rows: 1 }, moving, 0.5);
  assert.deepEqual([moving.mean.cpu[0], moving.variance.cpu[0]], [2, 1.5]);
});
