import assert from "node:assert/strict";
import fc from "fast-check";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { ImageBytes } from "../../../engine/image_bytes.ts";
import type { ParameterStore, ParameterValues } from "../../../engine/parameters.ts";
import { Random } from "../../../engine/random.ts";
import { elementCount } from "../../../engine/shape.ts";
import { Tape } from "../../../engine/tape.ts";
import type { Tensor } from "../../../engine/tensor.ts";
import {
  MACRO_OPS,
  macroArcFromRows,
  macroArcParameters,
  macroSupernetParameters,
} from "../../../nas/space/mod.ts";
import { MacroNetwork } from "../../../nas/child/macro/network.ts";
import { macroParameters } from "../../../nas/child/macro/parameters.ts";
import type { ForwardMode } from "../../../nas/child/network.ts";
import { ChildTrainer } from "../../../nas/child/trainer.ts";
import { anyRows, childByHand, noise, scramble } from "./by_hand.ts";

const gpu = await GpuBackend.open();
const cpu = new CpuBackend();
const OPTIONS = { layers: 4, filters: 4, inputChannels: 1, classes: 3, batchNormDecay: 0.9 };
const BATCH: ForwardMode = { batchNorm: "batch", dropout: null };

function logitsOf(network: MacroNetwork, rows: number[][]): Promise<Float64Array> {
  const { backend } = network;
  return backend.scope(() => {
    const x = backend.fromArray(noise(new Random(2), 2 * 8 * 8), [2, 8, 8, 1]);
    const { logits } = network.forward(new Tape(backend), macroArcFromRows(rows), x, BATCH);
    return backend.toArray(logits);
  });
}

const sameBits = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).every((value, i) => Object.is(value, b[i]));

/** Fills every parameter of `store` that `poisoned` names with NaN. */
function poison(store: ParameterStore, poisoned: (name: string) => boolean): void {
  for (const name of store.names.filter(poisoned)) {
    store.set(name, new Array(elementCount(store.get(name).shape)).fill(NaN));
  }
}

Deno.test("a child is the one of the specification: bit i adds the input of layer i", () => {
  const x = cpu.fromArray(noise(new Random(2), 2 * 64), [2, 8, 8, 1]);
  const check = (rows: number[][], batchNorm: "batch" | "moving") => {
    const network = new MacroNetwork(cpu, { ...OPTIONS, layers: rows.length }, new Random(1));
    scramble(network, new Random(7));
    const arc = macroArcFromRows(rows);
    const { logits } = network.forward(new Tape(cpu), arc, x, { batchNorm, dropout: null });
    const expected = childByHand(network, rows, x, batchNorm).logits;
    assert.deepEqual(logits.cpu, expected.cpu);
  };
  fc.assert(fc.property(anyRows(1, 7), fc.constantFrom("batch", "moving"), check), { numRuns: 40 });
  // Two layers do not pool: here bit 0 adds the stem's output, and not that of layer 0.
  check([[0], [2, 1]], "batch");
});

Deno.test("each skip bit changes the child", async () => {
  const network = new MacroNetwork(cpu, OPTIONS, new Random(1));
  const base = [[0], [4, 0], [2, 0, 0], [5, 0, 0, 0]];
  const plain = await logitsOf(network, base);
  for (let layer = 1; layer < 4; layer++) {
    for (let bit = 0; bit < layer; bit++) {
      const rows = base.map((row) => [...row]);
      rows[layer][1 + bit] = 1;
      assert.ok(!sameBits(await logitsOf(network, rows), plain), `layer ${layer}, bit ${bit}`);
    }
  }
});

Deno.test("a child reads all weights on its path and no other", () => {
  const x = cpu.fromArray(noise(new Random(2), 64), [1, 8, 8, 1]);
  fc.assert(
    fc.property(anyRows(1, 6), (rows) => {
      const network = new MacroNetwork(cpu, { ...OPTIONS, layers: rows.length }, new Random(1));
      const arc = macroArcFromRows(rows);
      const tape = new Tape(cpu);
      const { weights } = network;
      for (const name of weights.names) tape.watch(weights.get(name), weights.gradient(name));
      network.forward(tape, arc, x, BATCH);
      const read = weights.names.filter((name) => tape.used(weights.get(name)));
      assert.deepEqual(read.sort(), network.pathOf(arc).sort());
    }),
    { numRuns: 30 },
  );
});

Deno.test("two arcs share the tensors of equal choices in equal layers", () => {
  const network = new MacroNetwork(cpu, OPTIONS, new Random(1));
  const used = (rows: number[][]) => {
    const tensors = new Map<Tensor, string>();
    const { weights } = network;
    const tape = new Tape(cpu);
    for (const name of weights.names) tape.watch(weights.get(name), weights.gradient(name));
    const x = cpu.fromArray(noise(new Random(2), 64), [1, 8, 8, 1]);
    network.forward(tape, macroArcFromRows(rows), x, BATCH);
    for (const name of weights.names) {
      if (tape.used(weights.get(name))) tensors.set(weights.get(name), name);
    }
    return tensors;
  };
  // Layers 0 and 2 have the same op in both; layer 1 of one is layer 3 of the other.
  const one = used([[0], [1, 1], [4, 0, 1], [3, 0, 0, 0]]);
  const two = used([[0], [3, 1], [4, 0, 0], [1, 1, 0, 0]]);
  const shared = [...one].filter(([tensor]) => two.has(tensor)).map(([, name]) => name);
  const withNorm = (prefix: string, ...weights: string[]) =>
    [...weights, "gamma", "beta"].map((part) => `${prefix}/${part}`);
  assert.deepEqual(
    shared.sort(),
    [
      ...withNorm("stem", "conv"),
      ...withNorm("layer0/conv3x3/point", "conv"),
      ...withNorm("layer0/conv3x3", "conv"),
      // Both read the stem and layer 0 after layer 0. After layer 1 the first reads layer 0's output
      // (bit 1 of layer 2), the second the stem's (bit 0 of layer 3), and both that of layer 1.
      ...withNorm("layer0/reduce0", "even", "odd"),
      ...withNorm("layer0/reduce1", "even", "odd"),
      ...withNorm("layer1/skip"),
      ...withNorm("layer1/reduce2", "even", "odd"),
      ...withNorm("layer2/avg_pool3x3/point", "conv"),
      ...withNorm("layer2/skip"),
      ...withNorm("layer3/skip"),
      "head/weight",
    ].sort(),
  );
});

Deno.test("the stores hold as many parameters as the formulas say", () => {
  // The published numbers (enas-spec.md A.4), from names and shapes alone.
  for (
    const [layers, filters, published] of [
      [12, 36, 697_860],
      [24, 36, 1_391_652],
      [12, 96, 4_844_640],
      [24, 96, 9_666_912],
    ]
  ) {
    const options = { layers, filters, inputChannels: 3, classes: 10 };
    const { parameters } = macroParameters(options);
    const total = parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0);
    assert.equal(total, published);
    assert.equal(total, macroSupernetParameters(options));
  }
  fc.assert(
    fc.property(anyRows(1, 8), (rows) => {
      const options = { ...OPTIONS, layers: rows.length };
      const network = new MacroNetwork(cpu, options, new Random(1));
      const arc = macroArcFromRows(rows);
      assert.equal(network.weights.parameterCount, macroSupernetParameters(options));
      const path = network.pathOf(arc);
      const onPath = path.map((name) => elementCount(network.weights.get(name).shape));
      assert.equal(onPath.reduce((a, b) => a + b), macroArcParameters(arc, options));
      const child = new MacroNetwork(cpu, options, new Random(1), arc);
      assert.deepEqual(child.weights.names, path);
    }),
    { numRuns: 30 },
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
    l2Mode: "released",
    momentum: 0.9,
    gradientClip: 0,
    gradientClipMode: "global",
    cutout: 0,
    augment: { pad: 0, crop: false, flip: false },
  }, random);
  const momenta = async () => {
    const names = network.weights.names;
    const pending = names.map((name) => gpu.read(trainer.optimizer.velocity(name)));
    gpu.submit();
    const values = await Promise.all(pending);
    return new Map(names.map((name, i) => [name, { data: Float32Array.from(values[i]) }]));
  };
  const state = async () => [
    await network.weights.values(),
    await momenta(),
    await network.averages.values(),
  ];
  const changed = (
    before: ReadonlyMap<string, Pick<ParameterValues, "data">>,
    after: ReadonlyMap<string, Pick<ParameterValues, "data">>,
  ) => [...after.keys()].filter((name) => !sameBits(after.get(name)!.data, before.get(name)!.data));
  // The second arc meets momentum that the first one left behind, and must leave it alone.
  for (
    const rows of [[[1], [2, 1], [5, 0, 1], [0, 1, 0, 0]], [[1], [4, 0], [3, 1, 1], [2, 0, 1, 0]]]
  ) {
    const arc = macroArcFromRows(rows);
    const path = network.pathOf(arc);
    const before = await state();
    await trainer.step(arc, 0.05);
    const [weights, velocities, averages] = await state();
    assert.deepEqual(changed(before[0], weights), path);
    assert.deepEqual(changed(before[1], velocities), path);
    const prefixes = path.filter((name) => name.endsWith("/gamma"))
      .map((name) => name.slice(0, -"/gamma".length));
    assert.deepEqual(
      changed(before[2], averages),
      prefixes.flatMap((prefix) => [`${prefix}/mean`, `${prefix}/variance`]),
    );
  }
  network.dispose();
  data.dispose();
  assert.equal(gpu.memory.use().liveBuffers, 0);
});

// Last in this file: it leaves NaN in the pool, which later tests should not meet.
Deno.test("op k of an arc runs op k and no other, in every layer, on the gpu", async () => {
  const base = [[2], [3, 1], [0, 0, 1], [1, 1, 0, 0]];
  for (let layer = 0; layer < 4; layer++) {
    const seen: Float64Array[] = [];
    for (const { id, name } of MACRO_OPS) {
      const network = new MacroNetwork(gpu, OPTIONS, new Random(1));
      const rows = base.map((row, l) => l === layer ? [id, ...row.slice(1)] : row);
      const logits = await logitsOf(network, rows);
      assert.ok(logits.every(Number.isFinite));
      for (const other of seen) assert.ok(!sameBits(logits, other), `layer ${layer}, op ${id}`);
      seen.push(logits);
      const foreign = MACRO_OPS.filter((op) => op.id !== id).map((op) =>
        `layer${layer}/${op.name}/`
      );
      const elsewhere = (parameter: string) =>
        foreign.some((prefix) => parameter.startsWith(prefix));
      poison(network.weights, elsewhere);
      poison(network.averages, () => true);
      assert.deepEqual(await logitsOf(network, rows), logits, `layer ${layer}, op ${id}`);
      // And it does read its own.
      poison(network.weights, (parameter) => parameter === `layer${layer}/${name}/point/conv`);
      assert.ok((await logitsOf(network, rows)).every(Number.isNaN));
      network.dispose();
    }
  }
  assert.equal(gpu.memory.use().liveBuffers, 0);
});
