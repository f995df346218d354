// The same child and the same training on the GPU and by the f64 reference.
import assert from "node:assert/strict";
import fc from "fast-check";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { ImageBytes } from "../../../engine/image_bytes.ts";
import { Random } from "../../../engine/random.ts";
import { Tape } from "../../../engine/tape.ts";
import { macroArcFromRows } from "../../../nas/space/mod.ts";
import { MacroNetwork } from "../../../nas/child/macro/network.ts";
import { ChildTrainer } from "../../../nas/child/trainer.ts";
import { anyRows, noise, scramble } from "./by_hand.ts";
import { takenStep } from "../search/small_runs.ts";

type Either = GpuBackend | CpuBackend;

const gpu = await GpuBackend.open();
const cpu = new CpuBackend();
const OPTIONS = { layers: 4, filters: 4, inputChannels: 1, classes: 3, batchNormDecay: 0.9 };

/** A network and its trainer, from the same seed whatever the backend. */
function setUp(backend: Either) {
  const random = new Random(4);
  const bytes = Uint8Array.from({ length: 40 * 64 }, () => random.integer(256));
  const labels = Uint8Array.from({ length: 40 }, () => random.integer(3));
  const data = new ImageBytes(backend, bytes, labels, [40, 8, 8, 1], { mean: [0.5], std: [0.3] });
  const network = new MacroNetwork(backend, OPTIONS, random);
  // The batch norms behind a convolution have averages that do not start with the batch.
  scramble(network, new Random(9));
  const trainer = new ChildTrainer(network, data, Uint32Array.from({ length: 40 }, (_, i) => i), {
    batchSize: 8,
    stepsPerEpoch: 0,
    keepProbability: 0.8,
    l2: 1e-3,
    l2Mode: "released",
    momentum: 0.9,
    gradientClip: 1,
    gradientClipMode: "global",
    cutout: 0,
    augment: { pad: 1, crop: true, flip: true },
  }, random);
  return { network, trainer, data };
}

/** Largest difference of two arrays, as a share of the largest value of `expected`. */
function relativeDistance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [distance, size] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    distance = Math.max(distance, Math.abs(actual[i] - expected[i]));
    size = Math.max(size, Math.abs(expected[i]));
  }
  return distance === 0 ? 0 : distance / size;
}

Deno.test("logits of any child on the gpu are the cpu's", async () => {
  for (const layers of [1, 2, 3, 5]) {
    const options = { ...OPTIONS, layers };
    const networks = [cpu, gpu].map((backend) => {
      const network = new MacroNetwork(backend, options, new Random(1));
      scramble(network, new Random(5));
      return network;
    });
    const images = noise(new Random(layers), 3 * 9 * 7);
    await fc.assert(
      fc.asyncProperty(
        anyRows(layers, layers),
        fc.constantFrom("batch", "moving"),
        async (rows, batchNorm) => {
          const [expected, actual] = await Promise.all(networks.map((network) => {
            const { backend } = network;
            return backend.scope(() => {
              const x = backend.fromArray(images, [3, 9, 7, 1]);
              const mode = { batchNorm, dropout: null };
              const arc = macroArcFromRows(rows);
              return backend.toArray(network.forward(new Tape(backend), arc, x, mode).logits);
            });
          }));
          assert.equal(actual.length, 9);
          const distance = relativeDistance(actual, expected);
          assert.ok(distance < 1e-3, `${actual} instead of ${expected}: ${distance}`);
        },
      ),
      { numRuns: 8 },
    );
    networks.forEach((network) => network.dispose());
  }
  assert.equal(gpu.memory.use().liveBuffers, 0);
});

Deno.test("one step from equal weights gives equal losses, norms, weights and averages", async () => {
  // Together these arcs have every op, skips near and far, and live and dead reductions.
  for (
    const rows of [[[0], [1, 1], [2, 0, 1], [3, 1, 0, 1]], [[4], [5, 0], [0, 1, 0], [3, 0, 1, 0]]]
  ) {
    const arc = macroArcFromRows(rows);
    const run = async (backend: Either) => {
      const { network, trainer, data } = setUp(backend);
      const path = network.pathOf(arc);
      const before = await network.weights.values();
      const result = await takenStep(trainer, arc, 0.05);
      const after = await network.weights.values();
      const averages = await network.averages.values();
      const pending = path.map((name) => backend.read(trainer.optimizer.velocity(name)));
      backend.submit();
      const velocities = await Promise.all(pending);
      network.dispose();
      data.dispose();
      return { path, before, result, after, averages, velocities };
    };
    const [expected, actual] = [await run(cpu), await run(gpu)];
    for (const key of ["loss", "gradientNorm"] as const) {
      const [value, wanted] = [actual.result[key], expected.result[key]];
      assert.ok(Math.abs(value - wanted) < 1e-4 * wanted, `${key}: ${value} instead of ${wanted}`);
    }
    assert.equal(actual.result.accuracy, expected.result.accuracy);
    for (const [i, name] of expected.path.entries()) {
      // Weights begin with the same bits, so that the change alone can be compared.
      const start = expected.before.get(name)!.data;
      assert.deepEqual(actual.before.get(name)!.data, start, name);
      const change = relativeDistance(
        actual.after.get(name)!.data.map((value, j) => value - start[j]),
        expected.after.get(name)!.data.map((value, j) => value - start[j]),
      );
      assert.ok(change < 1e-2, `change of ${name}: ${change}`);
      const distance = relativeDistance(
        actual.after.get(name)!.data,
        expected.after.get(name)!.data,
      );
      assert.ok(distance < 1e-5, `${name}: ${distance}`);
      const velocity = relativeDistance(actual.velocities[i], expected.velocities[i]);
      assert.ok(velocity < 1e-3, `momentum of ${name}: ${velocity}`);
    }
    for (const [name, { data }] of expected.averages) {
      const distance = relativeDistance(actual.averages.get(name)!.data, data);
      assert.ok(distance < 1e-4, `${name}: ${distance}`);
    }
  }
  assert.equal(gpu.memory.use().liveBuffers, 0);
});

Deno.test("ten steps follow the cpu's, and repeat to the bit", async () => {
  const run = async (backend: Either) => {
    const { network, trainer, data } = setUp(backend);
    const losses: number[] = [];
    for (let step = 0; step < 10; step++) {
      const [a, b, c, d] = [0, 1, 2, 3].map((layer) => (step + layer) % 6);
      const arc = macroArcFromRows([[a], [b, 1], [c, 0, 1], [d, 1, 0, step % 2]]);
      losses.push((await takenStep(trainer, arc, 0.02)).loss);
    }
    network.dispose();
    data.dispose();
    return losses;
  };
  const [expected, actual] = [await run(cpu), await run(gpu)];
  expected.forEach((loss, step) => {
    const distance = Math.abs(actual[step] - loss) / loss;
    assert.ok(distance < 2e-3, `step ${step + 1}: ${actual[step]} instead of ${loss}`);
  });
  assert.deepEqual(await run(gpu), actual, "same seed, same bits");
  assert.equal(gpu.memory.use().liveBuffers, 0);
});
