import assert from "node:assert/strict";
import { GpuBackend } from "../../../engine/gpu_backend.ts";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { Random } from "../../../engine/random.ts";
import { Tape } from "../../../engine/tape.ts";
import type { Tensor } from "../../../engine/tensor.ts";
import {
  MACRO_OPS,
  macroArcFromRows,
  macroArcParameters,
  macroSupernetParameters,
} from "../../../nas/arc/mod.ts";
import { type ForwardMode, MacroNetwork } from "../../../nas/child/macro_network.ts";
import { ChildTrainer } from "../../../nas/child/trainer.ts";
import { ImageBytes } from "../../../engine/image_bytes.ts";
import { elementCount } from "../../../engine/shape.ts";

const gpu = await GpuBackend.open();
const OPTIONS = { layers: 4, filters: 4, inputChannels: 1, classes: 3, batchNormDecay: 0.9 };
const BATCH: ForwardMode = { batchNorm: "batch", dropout: null };

function images(random: Random): Float64Array {
  return Float64Array.from({ length: 2 * 8 * 8 }, () => random.normal());
}

function logitsOf(network: MacroNetwork, x: Tensor, rows: number[][]): Float64Array {
  const tape = new Tape(network.backend);
  return network.forward(tape, macroArcFromRows(rows), x, BATCH).cpu.slice();
}

Deno.test("op k of an arc runs op k and no other", () => {
  const backend = new CpuBackend();
  const x = backend.fromArray(images(new Random(2)), [2, 8, 8, 1]);
  const seen: Float64Array[] = [];
  for (const op of MACRO_OPS) {
    const network = new MacroNetwork(backend, OPTIONS, new Random(1));
    const rows = [[op.id], [0, 0], [2, 0, 0], [1, 0, 0, 0]];
    const logits = logitsOf(network, x, rows);
    assert.ok(logits.every(Number.isFinite));
    for (const other of seen) assert.notDeepEqual(logits, other);
    seen.push(logits);
    // With every other op of layer 0 poisoned nothing changes.
    for (const name of network.weights.names) {
      const foreign = MACRO_OPS.some((o) => o.id !== op.id && name.startsWith(`layer0/${o.name}/`));
      if (foreign) network.weights.get(name).cpu.fill(NaN);
    }
    assert.deepEqual(logitsOf(network, x, rows), logits);
  }
});

Deno.test("skip bit i changes the child, for every i", () => {
  const backend = new CpuBackend();
  const x = backend.fromArray(images(new Random(2)), [2, 8, 8, 1]);
  const network = new MacroNetwork(backend, OPTIONS, new Random(1));
  const base = [[0], [4, 0], [2, 0, 0], [5, 0, 0, 0]];
  const plain = logitsOf(network, x, base);
  for (let layer = 1; layer < 4; layer++) {
    for (let bit = 0; bit < layer; bit++) {
      const rows = base.map((row) => [...row]);
      rows[layer][1 + bit] = 1;
      assert.notDeepEqual(logitsOf(network, x, rows), plain, `layer ${layer}, bit ${bit}`);
    }
  }
});

Deno.test("the stores hold as many parameters as the formulas say", () => {
  const backend = new CpuBackend();
  const widths = { filters: 36, inputChannels: 3, classes: 10 };
  const options = { ...widths, layers: 12, batchNormDecay: 0.9 };
  const network = new MacroNetwork(backend, options, new Random(1));
  assert.equal(network.weights.parameterCount, 697_860);
  assert.equal(network.weights.parameterCount, macroSupernetParameters({ ...widths, layers: 12 }));
  const random = new Random(5);
  const arc = macroArcFromRows(
    Array.from({ length: 12 }, (_, l) => [
      random.integer(6),
      ...Array.from({ length: l }, () => random.integer(2)),
    ]),
  );
  const onPath = network.pathOf(arc).reduce(
    (sum, name) => sum + elementCount(network.weights.get(name).shape),
    0,
  );
  assert.equal(onPath, macroArcParameters(arc, widths));
  assert.equal(
    new MacroNetwork(backend, options, new Random(1), arc).weights.parameterCount,
    onPath,
  );
});

Deno.test("a step changes the weights, momentum and averages on its path and no other", async () => {
  const random = new Random(3);
  const bytes = Uint8Array.from({ length: 40 * 64 }, () => random.integer(256));
  const labels = Uint8Array.from({ length: 40 }, () => random.integer(3));
  const data = new ImageBytes(gpu, bytes, labels, [40, 8, 8, 1], { mean: [0.5], std: [0.3] });
  const network = new MacroNetwork(gpu, OPTIONS, random);
  const trainer = new ChildTrainer(network, data, Uint32Array.from([1, 2, 3, 5, 8, 13, 21, 34]), {
    batchSize: 4,
    stepsPerEpoch: 0,
    keepProbability: 0.9,
    l2: 1e-3,
    momentum: 0.9,
    gradientClip: 0,
    augment: { pad: 0, crop: false, flip: false },
  }, random);
  const arc = macroArcFromRows([[1], [2, 1], [5, 0, 1], [0, 1, 0, 0]]);
  const path = new Set(network.pathOf(arc));
  const before = await network.weights.values();
  const averages = await network.averages.values();
  await trainer.step(arc, 0.05);
  const after = await network.weights.values();
  for (const [name, { data: values }] of after) {
    const changed = values.some((value, i) => !Object.is(value, before.get(name)!.data[i]));
    assert.equal(changed, path.has(name), name);
  }
  for (const [name, { data: values }] of await network.averages.values()) {
    const prefix = name.slice(0, name.lastIndexOf("/"));
    const changed = values.some((value, i) => !Object.is(value, averages.get(name)!.data[i]));
    assert.equal(changed, path.has(`${prefix}/gamma`), name);
  }
  for (const name of network.weights.names) {
    const velocity = await gpu.toArray(trainer.optimizer.velocity(name));
    assert.equal(velocity.some((value) => value !== 0), path.has(name), name);
  }
  network.dispose();
  data.dispose();
  assert.equal(gpu.memory.use().liveBuffers, 0);
});

Deno.test("a training step on the gpu equals the cpu's", async () => {
  const run = async (backend: GpuBackend | CpuBackend) => {
    const random = new Random(4);
    const bytes = Uint8Array.from({ length: 40 * 64 }, () => random.integer(256));
    const labels = Uint8Array.from({ length: 40 }, () => random.integer(3));
    const data = new ImageBytes(backend, bytes, labels, [40, 8, 8, 1], { mean: [0.5], std: [0.3] });
    const network = new MacroNetwork(backend, OPTIONS, random);
    const trainer = new ChildTrainer(network, data, Uint32Array.from({ length: 40 }, (_, i) => i), {
      batchSize: 8,
      stepsPerEpoch: 0,
      keepProbability: 0.8,
      l2: 1e-3,
      momentum: 0.9,
      gradientClip: 1,
      augment: { pad: 1, crop: true, flip: true },
    }, random);
    const losses: number[] = [];
    for (let step = 0; step < 10; step++) {
      const arc = macroArcFromRows([[step % 6], [(step + 1) % 6, 1], [(step + 2) % 6, 0, 1], [
        (step + 3) % 6,
        1,
        0,
        step % 2,
      ]]);
      losses.push((await trainer.step(arc, 0.02)).loss);
    }
    network.dispose();
    data.dispose();
    return losses;
  };
  const [expected, actual] = [await run(new CpuBackend()), await run(gpu)];
  expected.forEach((loss, step) => {
    assert.ok(
      Math.abs(actual[step] - loss) < 2e-3 * loss,
      `step ${step + 1}: ${actual[step]} instead of ${loss}`,
    );
  });
  assert.deepEqual(await run(gpu), actual, "same seed, same bits");
  assert.equal(gpu.memory.use().liveBuffers, 0);
});
