import assert from "node:assert/strict";
import { CpuBackend } from "../../engine/cpu_backend.ts";
import { relativeError } from "../../engine/check_op.ts";
import { GpuBackend } from "../../engine/gpu_backend.ts";
import { constantInit, heNormal } from "../../engine/init.ts";
import { debiasedRate, updateMovingStatistics } from "../../engine/moving_statistics.ts";
import { Adam } from "../../engine/optim/adam.ts";
import { cosineLearningRate } from "../../engine/optim/schedule.ts";
import { Sgd } from "../../engine/optim/sgd.ts";
import { ParameterStore } from "../../engine/parameters.ts";
import { Random } from "../../engine/random.ts";

const gpu = await GpuBackend.open();

Deno.test("cosineLearningRate() restarts at 10, 30, 70, 150", () => {
  const schedule = { max: 0.05, min: 0.0005, period: 10, factor: 2 };
  const formula = (t: number, length: number) =>
    0.0005 + 0.5 * 0.0495 * (1 + Math.cos(Math.PI * t / length));
  const wanted: [epoch: number, t: number, length: number][] = [
    [0, 0, 10],
    [9, 9, 10],
    [10, 0, 20],
    [29, 19, 20],
    [30, 0, 40],
    [69, 39, 40],
    [70, 0, 80],
    [149, 79, 80],
    [150, 0, 160],
    [155, 5, 160],
  ];
  for (const [epoch, t, length] of wanted) {
    assert.ok(Math.abs(cosineLearningRate(epoch, schedule) - formula(t, length)) < 1e-12);
  }
  assert.equal(cosineLearningRate(155, schedule).toFixed(4), "0.0499");
  const short = { max: 0.05, min: 0.0005, period: 2, factor: 2 };
  const byEpoch = [0.05, 0.02525, 0.05, 0.042751, 0.02525, 0.007749];
  byEpoch.forEach((rate, epoch) =>
    assert.ok(Math.abs(cosineLearningRate(epoch, short) - rate) < 1e-6)
  );
});

Deno.test("Sgd gives the original's numbers on the gpu", async () => {
  const store = new ParameterStore(
    gpu,
    [{ name: "w", shape: [1], init: constantInit(0) }],
    new Random(1),
  );
  const optimizer = new Sgd(store, { momentum: 0.9, l2: 0.1, clip: 0 });
  const rates = [0.05, 0.05, 0.05, 0.02525, 0.02525, 0.02525];
  const wanted = [0.190000, 0.421290, 0.660211, 0.770682, 0.872270, 0.960667];
  // The loss (w − 1)² has the gradient 2·(w − 1); the optimiser adds 2·l2·w.
  for (const [step, rate] of rates.entries()) {
    const [w] = await gpu.toArray(store.get("w"));
    gpu.write(store.gradient("w"), [2 * (w - 1)]);
    const selection = store.select(["w"]);
    gpu.release(optimizer.step(selection, rate));
    store.releaseSelection(selection);
    const [next] = await gpu.toArray(store.get("w"));
    assert.ok(Math.abs(next - wanted[step]) < 2e-6, `step ${step + 1}: ${next}`);
  }
  store.dispose();
  assert.equal(gpu.memory.use().liveBuffers, 0);
});

for (const kind of ["sgd", "adam"] as const) {
  Deno.test(`${kind} on the gpu equals the cpu and leaves unselected weights alone`, async () => {
    const run = async (backend: GpuBackend | CpuBackend) => {
      const store = new ParameterStore(backend, [
        { name: "a", shape: [3, 3, 5, 7], init: heNormal(45) },
        { name: "b", shape: [100, 130], init: heNormal(9) },
        { name: "c", shape: [5], init: heNormal(1) },
      ], new Random(8));
      const optimizer = kind === "sgd"
        ? new Sgd(store, { momentum: 0.9, l2: 1e-2, clip: 3 })
        : new Adam(store, { beta1: 0.5, beta2: 0.99, epsilon: 1e-3, clip: 3 });
      const random = new Random(9);
      const norms: number[] = [];
      for (let step = 0; step < 4; step++) {
        for (const name of ["a", "b"]) {
          const { shape } = store.get(name);
          const count = shape.reduce((x, y) => x * y);
          backend.write(
            store.gradient(name),
            Float32Array.from({ length: count }, () => random.normal()),
          );
        }
        const selection = store.select(["a", "b"]);
        const norm = optimizer.step(selection, 0.05);
        norms.push(...await backend.toArray(norm));
        backend.release(norm);
        store.releaseSelection(selection);
      }
      const values = await store.values();
      store.dispose();
      return { norms, values };
    };
    const [expected, actual] = [await run(new CpuBackend()), await run(gpu)];
    assert.ok(relativeError(actual.norms, expected.norms) < 1e-5);
    assert.ok(expected.norms[1] < 1, "the bound clips");
    for (const name of ["a", "b"]) {
      const error = relativeError(actual.values.get(name)!.data, expected.values.get(name)!.data);
      assert.ok(error < 1e-5, `${name}: ${error}`);
    }
    assert.deepEqual(actual.values.get("c")!.data, expected.values.get("c")!.data);
    assert.equal(gpu.memory.use().liveBuffers, 0);
  });
}

Deno.test("debiasedRate() equals a zero-started average divided by 1 - decay^k", () => {
  let [accumulator, average] = [0, 123];
  const random = new Random(1);
  for (let k = 1; k <= 20; k++) {
    const value = random.normal();
    accumulator = 0.9 * accumulator + 0.1 * value;
    average += debiasedRate(0.9, k) * (value - average);
    assert.ok(Math.abs(average - accumulator / (1 - 0.9 ** k)) < 1e-12);
  }
});

Deno.test("updateMovingStatistics() on the gpu equals the cpu", async () => {
  const run = async (backend: GpuBackend | CpuBackend) => {
    const make = (values: number[]) => backend.fromArray(values, [5]);
    const [mean, variance] = [make([1, 2, 3, 4, 5]), make([5, 4, 3, 2, 1])];
    const moving = { mean: make([0, 0, 1, 1, 2]), variance: make([1, 1, 1, 1, 1]) };
    updateMovingStatistics(backend, { mean, variance, rows: 8 }, moving, 0.3);
    const values = [
      ...await backend.toArray(moving.mean),
      ...await backend.toArray(moving.variance),
    ];
    for (const tensor of [mean, variance, moving.mean, moving.variance]) backend.release(tensor);
    return values;
  };
  const expected = await run(new CpuBackend());
  assert.ok(Math.abs(expected[5] - (1 + 0.3 * (5 * 8 / 7 - 1))) < 1e-12);
  assert.ok(relativeError(await run(gpu), expected) < 1e-6);
});

Deno.test("ParameterStore refuses weights of another network", () => {
  const store = new ParameterStore(
    new CpuBackend(),
    [{ name: "w", shape: [2], init: constantInit(0) }],
    new Random(1),
  );
  assert.throws(() => store.load(new Map()), /Expected weights w of shape \[2\] but found none/);
  assert.throws(() => store.get("v"), /found the name v/);
});
