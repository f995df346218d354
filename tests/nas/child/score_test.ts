import assert from "node:assert/strict";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { ImageBytes } from "../../../engine/image_bytes.ts";
import { Random } from "../../../engine/random.ts";
import { macroArcFromRows } from "../../../nas/space/mod.ts";
import { MacroNetwork } from "../../../nas/child/macro/network.ts";
import { accuracyOf, recordScore } from "../../../nas/child/score.ts";
import { ChildTrainer, type TrainerOptions } from "../../../nas/child/trainer.ts";
import { childByHand, scramble } from "./by_hand.ts";

type Either = GpuBackend | CpuBackend;

const gpu = await GpuBackend.open();
const OPTIONS = { layers: 3, filters: 4, inputChannels: 1, classes: 3, batchNormDecay: 0.9 };
const ROWS = [[1], [5, 1], [2, 0, 1]];
const ARC = macroArcFromRows(ROWS);
const TRAINING: TrainerOptions = {
  batchSize: 10,
  stepsPerEpoch: 0,
  keepProbability: 1,
  l2: 1e-3,
  l2Mode: "released",
  momentum: 0.9,
  gradientClip: 0,
  gradientClipMode: "global",
  cutout: 0,
  augment: { pad: 0, crop: false, flip: false },
};

function setUp(backend: Either) {
  const random = new Random(6);
  const bytes = Uint8Array.from({ length: 60 * 64 }, () => random.integer(256));
  const labels = Uint8Array.from({ length: 60 }, () => random.integer(3));
  const data = new ImageBytes(backend, bytes, labels, [60, 8, 8, 1], { mean: [0.5], std: [0.3] });
  const network = new MacroNetwork(backend, OPTIONS, new Random(1));
  scramble(network, new Random(5));
  const dispose = () => [network, data].forEach((part) => part.dispose());
  return { network, data, dispose };
}

/** Logits and labels of some images, computed in one batch by hand. */
function byHand(indices: readonly number[], statistics: "batch" | "moving") {
  const { network, data } = setUp(new CpuBackend());
  const numbers = network.backend.fromArray(indices, [indices.length], "u32");
  const { images, labels } = data.gather(numbers, 0, indices.length);
  const { logits } = childByHand(network, ROWS, images, statistics);
  return indices.map((_, i) => ({
    logits: Array.from(logits.cpu.subarray(i * 3, i * 3 + 3)),
    label: labels.cpu[i],
  }));
}

const hits = (rows: ReturnType<typeof byHand>) =>
  rows.filter(({ logits, label }) => logits.indexOf(Math.max(...logits)) === label).length;

Deno.test("accuracyOf() is the share of right predictions, in batches of any size", async () => {
  const indices = Array.from({ length: 23 }, (_, i) => (i * 7) % 60);
  const expected = hits(byHand(indices, "moving")) / 23;
  assert.ok(expected > 0 && expected < 1);
  for (const backend of [new CpuBackend(), gpu]) {
    const { network, data, dispose } = setUp(backend);
    for (const batchSize of [1, 5, 22, 23, 1000]) {
      const how = { batchSize, batchNorm: "moving" } as const;
      const accuracy = await accuracyOf(network, ARC, data, Uint32Array.from(indices), how);
      assert.equal(accuracy, expected, `${backend.kind}, batches of ${batchSize}`);
    }
    dispose();
  }
  assert.equal(gpu.memory.use().liveBuffers, 0);
});

Deno.test("recordScore() uses its part of the table, with the statistics of each pass", async () => {
  const { network, data, dispose } = setUp(gpu);
  const numbers = Array.from({ length: 40 }, (_, i) => 59 - i);
  const table = gpu.fromArray(numbers, [40], "u32");
  const request = { images: data, table, first: 7, count: 21, batchNorm: "batch" } as const;
  // 21 images at most 10 at a time are three passes of 7.
  const scores = [21, 10].map((batchSize) => recordScore(network, ARC, { ...request, batchSize }));
  gpu.submit();
  gpu.release(table);
  const part = numbers.slice(7, 28);
  assert.deepEqual(await Promise.all(scores), [
    hits(byHand(part, "batch")),
    [0, 7, 14].reduce((sum, at) => sum + hits(byHand(part.slice(at, at + 7), "batch")), 0),
  ]);
  dispose();
  assert.equal(gpu.memory.use().liveBuffers, 0);
});

Deno.test("a step's loss is the batch's mean cross-entropy before the update, without L2", async () => {
  const { network, data, dispose } = setUp(gpu);
  const indices = Array.from({ length: 10 }, (_, i) => i * 3);
  // A batch is one pass: its order is random, its images are not.
  const trainer = new ChildTrainer(
    network,
    data,
    Uint32Array.from(indices),
    TRAINING,
    new Random(1),
  );
  assert.equal(trainer.stepsPerEpoch, 1);
  const rows = byHand(indices, "batch");
  const losses = rows.map(({ logits, label }) =>
    Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0)) - logits[label]
  );
  const result = await trainer.step(ARC, 0.1);
  assert.ok(result.skipped === null);
  const { loss, accuracy } = result;
  assert.ok(Math.abs(loss - losses.reduce((a, b) => a + b) / 10) < 1e-4, `loss ${loss}`);
  assert.equal(accuracy, hits(rows) / 10);
  dispose();
  assert.equal(gpu.memory.use().liveBuffers, 0);
});

Deno.test("stepsPerEpoch is one pass unless it is set", () => {
  const { network, data } = setUp(new CpuBackend());
  const indices = Uint32Array.from({ length: 41 }, (_, i) => i);
  const steps = (stepsPerEpoch: number) =>
    new ChildTrainer(network, data, indices, { ...TRAINING, stepsPerEpoch }, new Random(1))
      .stepsPerEpoch;
  assert.deepEqual([steps(0), steps(2)], [5, 2]);
});

for (const backend of [new CpuBackend(), gpu]) {
  Deno.test(`a step on the ${backend.kind} whose loss is not finite says so and changes nothing`, async () => {
    const { network, data, dispose } = setUp(backend);
    const indices = Uint32Array.from({ length: 20 }, (_, i) => i);
    const trainer = new ChildTrainer(network, data, indices, TRAINING, new Random(1));
    assert.equal((await trainer.step(ARC, 0.1)).skipped, null);
    const weights = await network.weights.values();
    const poisoned = "stem/beta";
    const good = weights.get(poisoned)!.data;
    network.weights.set(poisoned, [NaN, 0, 0, 0]);
    const averages = await network.averages.values();
    const { skipped } = await trainer.step(ARC, 0.1);
    assert.ok(skipped !== null);
    assert.equal(skipped.loss, "NaN");
    assert.equal(skipped.gradientNorm, "NaN");
    assert.equal(skipped.batch.length, TRAINING.batchSize);
    assert.ok(skipped.batch.every((image) => indices.includes(image)));
    network.weights.set(poisoned, good);
    assert.deepEqual(await network.weights.values(), weights);
    for (const [name, { data }] of await network.averages.values()) {
      assert.ok(data.every(Number.isFinite), name);
      // Only what was computed before the first NaN may have moved.
      if (!name.startsWith("stem/")) assert.deepEqual(data, averages.get(name)!.data, name);
    }
    assert.equal((await trainer.step(ARC, 0.1)).skipped, null);
    dispose();
    assert.equal(gpu.memory.use().liveBuffers, 0);
  });
}
