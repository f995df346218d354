// The same micro child on the GPU and by the f64 reference, and what its batch norms keep.
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Backend } from "../../../engine/backend.ts";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { softmaxCrossEntropy } from "../../../engine/ops/mod.ts";
import { Random } from "../../../engine/random.ts";
import { Tape } from "../../../engine/tape.ts";
import type { Tensor } from "../../../engine/tensor.ts";
import { microArcFromDecisions } from "../../../nas/space/micro/arc.ts";
import { MicroNetwork } from "../../../nas/child/micro/network.ts";
import type { MicroNetworkOptions } from "../../../nas/space/micro/network_spec.ts";
import type { ForwardMode } from "../../../nas/child/network.ts";
import { noise } from "./by_hand.ts";
import { anyDecisions, microChildByHand, scrambleMicro } from "./micro_by_hand.ts";

const gpu = await GpuBackend.open();
const cpu = new CpuBackend();
const OPTIONS: MicroNetworkOptions = {
  layers: 3,
  filters: 3,
  nodes: 3,
  inputChannels: 1,
  classes: 3,
  imageHeight: 9,
  imageWidth: 8,
  batchNormDecay: 0.9,
};
const DECISIONS = [
  ...[0, 0, 1, 1, 2, 2, 0, 3, 2, 4, 1, 0],
  ...[1, 4, 0, 0, 2, 1, 1, 2, 0, 1, 3, 0],
];
const SHAPE = [4, 9, 8, 1];
const [FIRST, SECOND] = [2, 3].map((seed) => noise(new Random(seed), 4 * 72));

/** Largest difference of two arrays, as a share of the largest value of `expected`. */
function relativeDistance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [distance, size] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    distance = Math.max(distance, Math.abs(actual[i] - expected[i]));
    size = Math.max(size, Math.abs(expected[i]));
  }
  return distance === 0 ? 0 : distance / size;
}

/** Logits of a child on images. */
function logitsOf(
  network: MicroNetwork,
  values: Float64Array,
  mode: Partial<ForwardMode> = {},
  decisions: readonly number[] = DECISIONS,
): Promise<Float64Array> {
  const { backend } = network;
  return backend.scope(() => {
    const x = backend.fromArray(values, [values.length / 72, ...SHAPE.slice(1)]);
    const arc = microArcFromDecisions(decisions);
    const complete = { batchNorm: "batch", dropout: null, ...mode } as const;
    return backend.toArray(network.forward(new Tape(backend), arc, x, complete).logits);
  });
}

/** Logits, loss and all gradients of one training pass. */
async function pass(backend: Backend, decisions: readonly number[]) {
  const network = new MicroNetwork(backend, OPTIONS, new Random(1));
  scrambleMicro(network, new Random(5));
  const arc = microArcFromDecisions(decisions);
  const { weights } = network;
  const path = network.pathOf(arc);
  const x = backend.fromArray(FIRST, SHAPE);
  const labels = backend.fromArray([0, 2, 1, 1], [4], "u32");
  const pending = backend.scope(() => {
    const tape = new Tape(backend);
    for (const name of path) tape.watch(weights.get(name), weights.gradient(name));
    const dropout = { keepProbability: 0.8, seed: 3 };
    const { logits } = network.forward(tape, arc, x, { batchNorm: "train", dropout });
    const [loss] = tape.apply(softmaxCrossEntropy, [logits, labels], {});
    const first = [backend.read(logits), backend.read(loss)];
    tape.backward(loss);
    return [...first, ...path.map((name) => backend.read(weights.gradient(name)))];
  });
  backend.submit();
  const [logits, [loss], ...gradients] = await Promise.all(pending);
  const averages = await network.averages.values();
  for (const tensor of [x, labels]) backend.release(tensor);
  network.dispose();
  return { path, logits, loss, gradients, averages };
}

Deno.test("logits, gradients and averages of any child on the gpu are the cpu's", async () => {
  await fc.assert(
    fc.asyncProperty(anyDecisions(OPTIONS.nodes), async (decisions) => {
      const [expected, actual] = [await pass(cpu, decisions), await pass(gpu, decisions)];
      const near = (
        name: string,
        a: ArrayLike<number>,
        b: ArrayLike<number>,
        tolerance: number,
      ) => {
        const distance = relativeDistance(a, b);
        assert.ok(distance < tolerance, `${name}: ${distance}`);
      };
      near("logits", actual.logits, expected.logits, 1e-3);
      near("loss", [actual.loss], [expected.loss], 1e-3);
      const flat = (gradients: Float64Array[]) => gradients.flatMap((values) => [...values]);
      near("gradients", flat(actual.gradients), flat(expected.gradients), 2e-3);
      for (const [name, { data }] of expected.averages) {
        near(name, actual.averages.get(name)!.data, data, 1e-3);
      }
    }),
    { numRuns: 8 },
  );
  assert.equal(gpu.memory.use().liveBuffers, 0);
});

Deno.test("scoring leaves the averages alone; moving ones make an image independent", async () => {
  const network = new MicroNetwork(gpu, OPTIONS, new Random(1));
  scrambleMicro(network, new Random(5));
  const before = await network.averages.values();
  const logits = async (batchNorm: "moving" | "batch") => ({
    alone: await logitsOf(network, FIRST.slice(0, 72), { batchNorm }),
    together: (await logitsOf(network, FIRST, { batchNorm })).slice(0, 3),
  });
  const moving = await logits("moving");
  assert.deepEqual(moving.alone, moving.together);
  const batch = await logits("batch");
  assert.notDeepEqual(batch.alone, batch.together);
  assert.deepEqual(await network.averages.values(), before);
  network.dispose();
  assert.equal(gpu.memory.use().liveBuffers, 0);
});

/** Mean and unbiased variance of each channel. */
function moments({ shape, cpu: values }: Tensor) {
  const channels = shape[3];
  const rows = values.length / channels;
  const columns = Array.from(
    { length: channels },
    (_, c) => Array.from({ length: rows }, (_, row) => values[row * channels + c]),
  );
  const mean = columns.map((column) => column.reduce((a, b) => a + b) / rows);
  const variance = columns.map((column, c) =>
    column.reduce((total, value) => total + (value - mean[c]) ** 2, 0) / (rows - 1)
  );
  return { mean, variance };
}

/** Moments of the input of every batch norm of the child on a batch, by hand on the CPU. */
function statisticsByHand(network: MicroNetwork, values: Float64Array) {
  const { normalised } = microChildByHand(network, DECISIONS, cpu.fromArray(values, SHAPE));
  return new Map([...normalised].map(([prefix, tensor]) => [prefix, moments(tensor)]));
}

Deno.test("every batch norm of a path, rows of banks too, keeps zero-debiased averages", async () => {
  const network = new MicroNetwork(cpu, OPTIONS, new Random(1));
  const statistics = (values: Float64Array) => statisticsByHand(network, values);
  const [one, two] = [statistics(FIRST), statistics(SECOND)];
  await logitsOf(network, FIRST, { batchNorm: "train" });
  await logitsOf(network, SECOND, { batchNorm: "train" });
  const averages = await network.averages.values();
  const prefixes = [...new Set([...averages.keys()].map((name) => name.replace(/\/\w+$/, "")))];
  for (const prefix of prefixes) {
    for (const part of ["mean", "variance"] as const) {
      const { data } = averages.get(`${prefix}/${part}`)!;
      const start = part === "mean" ? 0 : 1;
      data.forEach((value, c) => {
        const [a, b] = [one.get(prefix)?.[part][c], two.get(prefix)?.[part][c]];
        const expected = a === undefined ? start : (0.09 * a + 0.1 * b!) / 0.19;
        const bound = 1e-6 * Math.max(1, Math.abs(expected));
        assert.ok(Math.abs(value - expected) < bound, `${prefix}/${part}[${c}]: ${value}`);
      });
    }
  }
  assert.ok(prefixes.some((prefix) => /row/.test(prefix) && one.has(prefix)));
  assert.ok(prefixes.some((prefix) => /row/.test(prefix) && !one.has(prefix)));
});

Deno.test("recalibrated statistics are the means over their batches and leave the others", async () => {
  // The reference: a network whose moving averages are those means.
  const reference = new MicroNetwork(cpu, OPTIONS, new Random(1));
  scrambleMicro(reference, new Random(5));
  const [one, two] = [FIRST, SECOND].map((values) => statisticsByHand(reference, values));
  for (const [prefix, statistics] of one) {
    for (const part of ["mean", "variance"] as const) {
      const means = statistics[part].map((value, c) => (value + two.get(prefix)![part][c]) / 2);
      reference.averages.set(`${prefix}/${part}`, means);
    }
  }
  const expected = await logitsOf(reference, FIRST, { batchNorm: "moving" });
  for (const backend of [cpu, gpu]) {
    const network = new MicroNetwork(backend, OPTIONS, new Random(1));
    scrambleMicro(network, new Random(5));
    const before = await network.averages.values();
    const recalibrate = async (...batches: Float64Array[]) => {
      for (const [recalibrationStep, values] of batches.entries()) {
        await logitsOf(network, values, { batchNorm: "recalibrate", recalibrationStep });
      }
      return await logitsOf(network, FIRST, { batchNorm: "recalibrated" });
    };
    // The second time forgets the first.
    const other = await recalibrate(SECOND);
    const both = await recalibrate(FIRST, SECOND);
    assert.ok(relativeDistance(both, expected) < 1e-3, `${both} instead of ${expected}`);
    assert.ok(relativeDistance(other, expected) > 1e-2);
    assert.deepEqual(await network.averages.values(), before);
    network.dispose();
  }
  assert.equal(gpu.memory.use().liveBuffers, 0);
});
