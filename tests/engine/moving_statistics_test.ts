import assert from "node:assert/strict";
import type { Backend } from "../../engine/backend.ts";
import { CpuBackend } from "../../engine/cpu_backend.ts";
import { GpuBackend } from "../../engine/webgpu/gpu_backend.ts";
import { debiasedRate, type MovingStatistics } from "../../engine/moving_statistics.ts";
import { REAL_GPU } from "../../engine/webgpu/target.ts";
import { batchNorm } from "../../engine/ops/mod.ts";
import { assertClose, assertNoLiveBuffers, exactNormals } from "./helpers.ts";

const gpu = await GpuBackend.open();

/** Normalises `x [rows,channels]` and moves the averages. */
function normalise(
  backend: Backend,
  values: ArrayLike<number>,
  moving: MovingStatistics,
): { mean: Promise<Float64Array>; variance: Promise<Float64Array> } {
  const channels = moving.mean.shape[0];
  const x = backend.fromArray(values, [values.length / channels, channels]);
  const gamma = backend.fromArray(Array(channels).fill(1), [channels]);
  const inputs = [x, gamma, gamma];
  const attributes = { epsilon: 1e-5, relu: false, moving };
  const { outputs, saved } = backend.forward(batchNorm, inputs, attributes);
  const [, mean, variance] = outputs.map((output) => backend.read(output));
  backend.submit();
  backend.releaseSaved(saved);
  for (const tensor of [x, gamma, ...outputs]) backend.release(tensor);
  return { mean, variance };
}

Deno.test("debiasedRate() is 1 at the first update and 1 − decay in the end", () => {
  assert.equal(debiasedRate(0.9, 1), 1);
  assertClose("second", [debiasedRate(0.9, 2)], [0.1 / 0.19], { rtol: 1e-14 });
  assertClose("late", [debiasedRate(0.9, 1000)], [0.1], { rtol: 1e-12 });
});

for (const backend of [new CpuBackend(), gpu]) {
  for (const rows of [9, REAL_GPU.smallBatchNorm + 3]) {
    Deno.test(`averages of a channel with a value that is not finite stay, ${rows} rows on the ${backend.kind}`, async () => {
      const channels = 5;
      const start = [3, 1, 4, 1, 5];
      const mean = backend.fromArray(start, [channels]);
      const variance = backend.fromArray(start, [channels]);
      const values = exactNormals(rows * channels, 1);
      values[channels * (rows - 2) + 1] = NaN;
      values[channels * (rows - 1) + 3] = -Infinity;
      await normalise(backend, values, { mean, variance, rate: 0.5 }).mean;
      for (const average of [mean, variance]) {
        const found = await backend.toArray(average);
        assert.deepEqual(
          [...found].map((value, c) => value === start[c]),
          [false, true, false, true, false],
        );
        assert.ok(found.every(Number.isFinite), found.join());
        backend.release(average);
      }
      assertNoLiveBuffers(gpu);
    });
  }
}

/** Of batches that one workgroup sums, of some that many sum, and on the CPU. */
const BATCHES = [
  { backend: new CpuBackend(), rows: 9, channels: 37, count: 25 },
  { backend: gpu, rows: 9, channels: 37, count: 25 },
  { backend: gpu, rows: REAL_GPU.smallBatchNorm + 3, channels: 5, count: 4 },
] satisfies { backend: Backend; rows: number; channels: number; count: number }[];

for (const { backend, rows, channels, count } of BATCHES) {
  Deno.test(`averages of ${rows} rows on the ${backend.kind} equal an accumulator from zero over 1 − 0.9^k`, async () => {
    // What the averages start from must not count.
    const start = () => backend.fromArray(Array(channels).fill(1), [channels]);
    const averages = { mean: start(), variance: start() };
    const accumulators = [new Float64Array(channels), new Float64Array(channels)];
    const tolerance = backend.kind === "cpu"
      ? { rtol: 1e-12, atol: 1e-12 }
      : { rtol: 1e-5, atol: 1e-6 };
    for (let k = 1; k <= count; k++) {
      const moving = { ...averages, rate: debiasedRate(0.9, k) };
      const batch = normalise(backend, exactNormals(rows * channels, k), moving);
      const found = await Promise.all([
        backend.toArray(averages.mean),
        backend.toArray(averages.variance),
      ]);
      // The variance enters unbiased.
      const unbiased = (await batch.variance).map((value) => value * rows / (rows - 1));
      [await batch.mean, unbiased].forEach((statistic, which) => {
        const accumulator = accumulators[which];
        accumulator.forEach((value, c) => accumulator[c] = 0.9 * value + 0.1 * statistic[c]);
        const expected = accumulator.map((value) => value / (1 - 0.9 ** k));
        assertClose(`${["mean", "variance"][which]} ${k}`, found[which], expected, tolerance);
      });
    }
    backend.release(averages.mean);
    backend.release(averages.variance);
    assertNoLiveBuffers(gpu);
  });
}

for (const backend of [new CpuBackend(), gpu] satisfies Backend[]) {
  Deno.test(`a single row moves the averages on the ${backend.kind} by a variance of zero`, async () => {
    const tensor = (value: number) => backend.fromArray([value], [1]);
    const moving = { mean: tensor(0), variance: tensor(1), rate: 0.5 };
    normalise(backend, [4], moving);
    const values = [moving.mean, moving.variance].map((average) => backend.read(average));
    backend.submit();
    assert.deepEqual((await Promise.all(values)).map(([value]) => value), [2, 0.5]);
    backend.release(moving.mean);
    backend.release(moving.variance);
    assertNoLiveBuffers(gpu);
  });
}

Deno.test("batch_norm refuses averages of another number of channels", () => {
  const cpu = new CpuBackend();
  const moving = { mean: cpu.allocate([5]), variance: cpu.allocate([4]), rate: 1 };
  assert.throws(
    () => batchNorm.shape([[2, 5], [5], [5]], { epsilon: 1, relu: false, moving }),
    { name: "ShapeError", message: /statistics of shape \[5\].* but found \[4\]/ },
  );
});
