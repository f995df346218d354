import assert from "node:assert/strict";
import fc from "fast-check";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { ImageBytes } from "../../../engine/image_bytes.ts";
import { softmaxCrossEntropy } from "../../../engine/ops/mod.ts";
import { Random } from "../../../engine/random.ts";
import { elementCount } from "../../../engine/shape.ts";
import { Tape } from "../../../engine/tape.ts";
import { microArcFromDecisions } from "../../../nas/space/mod.ts";
import { microSupernetParameters } from "../../../nas/space/micro/cost.ts";
import { microSearchStructure } from "../../../nas/space/micro/structure.ts";
import { ArcError } from "../../../nas/space/errors.ts";
import { MicroNetwork } from "../../../nas/child/micro/network.ts";
import type { MicroNetworkOptions } from "../../../nas/space/micro/network_spec.ts";
import type { DropPath } from "../../../nas/child/network.ts";
import { ChildTrainer } from "../../../nas/child/trainer.ts";
import { noise } from "./by_hand.ts";
import { anyDecisions, microChildByHand, scrambleMicro } from "./micro_by_hand.ts";

const gpu = await GpuBackend.open();
const cpu = new CpuBackend();
const OPTIONS: MicroNetworkOptions = {
  layers: 3,
  filters: 2,
  nodes: 2,
  inputChannels: 1,
  classes: 3,
  imageHeight: 8,
  imageWidth: 8,
  batchNormDecay: 0.9,
};
const BATCH = { batchNorm: "batch", dropout: null } as const;
const J2 = "0 0 1 1 2 2 0 3 1 4 0 0 2 1 1 2".split(" ").map(Number);

const newImages = () => cpu.fromArray(noise(new Random(2), 2 * 64), [2, 8, 8, 1]);

/** Names of the weights that a recorded child read. */
function usedBy(network: MicroNetwork, decisions: readonly number[]): string[] {
  const { weights } = network;
  const tape = new Tape(cpu);
  for (const name of weights.names) tape.watch(weights.get(name), weights.gradient(name));
  network.forward(tape, microArcFromDecisions(decisions), newImages(), BATCH);
  return weights.names.filter((name) => tape.used(weights.get(name)));
}

Deno.test("a child is the one of the specification, whatever its depth and nodes", () => {
  const x = newImages();
  const anyChild = fc.record({
    layers: fc.integer({ min: 1, max: 6 }),
    decisions: fc.integer({ min: 1, max: 4 }).chain(anyDecisions),
    reductionPrev: fc.constantFrom("reduced", "earlier"),
    statistics: fc.constantFrom("batch", "moving"),
  });
  fc.assert(
    fc.property(anyChild, ({ layers, decisions, reductionPrev, statistics }) => {
      const nodes = decisions.length / 8;
      const options = { ...OPTIONS, layers, nodes, reductionPrev };
      const network = new MicroNetwork(cpu, options, new Random(1));
      scrambleMicro(network, new Random(7));
      const arc = microArcFromDecisions(decisions);
      const mode = { batchNorm: statistics, dropout: null };
      const { logits, auxiliaryLogits } = network.forward(new Tape(cpu), arc, x, mode);
      assert.equal(auxiliaryLogits, null);
      const expected = microChildByHand(network, decisions, x, statistics).logits;
      expected.cpu.forEach((value, i) => {
        assert.ok(Math.abs(logits.cpu[i] - value) < 1e-9 * Math.max(1, Math.abs(value)));
      });
    }),
    { numRuns: 40 },
  );
});

Deno.test("every decision changes the child: op k of an operand is an op of its own", () => {
  const network = new MicroNetwork(cpu, OPTIONS, new Random(1));
  scrambleMicro(network, new Random(7));
  const x = newImages();
  const logits = (decisions: number[]) =>
    network.forward(new Tape(cpu), microArcFromDecisions(decisions), x, BATCH).logits.cpu.join();
  for (const at of J2.keys()) {
    const node = Math.floor((at % 8) / 4);
    const choices = at % 2 === 1 ? 5 : node + 2;
    const outcomes = Array.from({ length: choices }, (_, choice) => logits(J2.with(at, choice)));
    assert.equal(new Set(outcomes).size, choices, `decision ${at}`);
  }
});

Deno.test("reductionPrev decides what the layers behind the reductions read", () => {
  const [reduced, earlier] = (["reduced", "earlier"] as const).map((reductionPrev) =>
    microSearchStructure({ ...OPTIONS, layers: 6, filters: 4, reductionPrev })
      .layers.map(({ inputs }) => inputs[0].calibration)
  );
  // Layers 2 and 5 reduce; layer 0 brings the stem to the layer's channels and layer 1 once more.
  assert.deepEqual(reduced, [
    "project",
    "project",
    "reduce",
    "none",
    "none",
    "reduce",
    "none",
    "none",
  ]);
  assert.deepEqual(earlier, [
    ...["project", "project", "reduce", "reduce"],
    ...["none", "reduce", "reduce", "none"],
  ]);
  const [one, two] = (["reduced", "earlier"] as const).map((reductionPrev) => {
    const network = new MicroNetwork(cpu, { ...OPTIONS, reductionPrev }, new Random(1));
    return network.forward(new Tape(cpu), microArcFromDecisions(J2), newImages(), BATCH).logits.cpu;
  });
  assert.notDeepEqual(one, two);
});

Deno.test("a child reads all weights on its path and no other, and has no others alone", () => {
  const anyChild = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 4 })).chain(
    ([nodes, layers]) => fc.record({ layers: fc.constant(layers), decisions: anyDecisions(nodes) }),
  );
  fc.assert(
    fc.property(anyChild, ({ layers, decisions }) => {
      const options = { ...OPTIONS, layers, nodes: decisions.length / 8 };
      const network = new MicroNetwork(cpu, options, new Random(1));
      const arc = microArcFromDecisions(decisions);
      const path = network.pathOf(arc);
      assert.deepEqual(usedBy(network, decisions).sort(), [...path].sort());
      assert.deepEqual(network.trained, network.weights.names);
      assert.equal(network.weights.parameterCount, microSupernetParameters(options));
      const alone = new MicroNetwork(cpu, options, new Random(1), arc);
      assert.deepEqual(alone.weights.names, path);
      // The streams of initial values have names, so that a child alone begins like the graph.
      for (const name of path) {
        assert.deepEqual(alone.weights.get(name).cpu, network.weights.get(name).cpu);
      }
    }),
    { numRuns: 20 },
  );
});

Deno.test("two arcs share the rows of equal choices in equal places", () => {
  const network = new MicroNetwork(cpu, { ...OPTIONS, layers: 3 }, new Random(1));
  // Normal cells: node 0 differs in y's op, node 1 in x's input; the loose ends are 1, 3 and 2, 3.
  const one = usedBy(network, [0, 0, 0, 1, 2, 0, 2, 4, 0, 1, 1, 1, 0, 0, 1, 0]);
  const two = usedBy(network, [0, 0, 0, 0, 1, 0, 0, 4, 0, 1, 1, 1, 1, 0, 0, 4]);
  const cells = one.filter((name) => two.includes(name) && /node|row/.test(name));
  const expected: string[] = [];
  for (const layer of [0, 2, 4]) {
    for (const stack of [0, 1]) {
      const prefix = `layer${layer}/node0/x/sep_conv3x3/${stack}/row0`;
      for (const part of ["depthwise", "pointwise", "gamma", "beta"]) {
        expected.push(`${prefix}/${part}`);
      }
    }
    expected.push(`layer${layer}/output/row3`);
  }
  for (const layer of [1, 3]) {
    for (
      const operand of ["x/sep_conv5x5/0/row0", "x/sep_conv5x5/1/row0"].concat(
        ["y/sep_conv5x5/0/row1", "y/sep_conv5x5/1/row1"],
      )
    ) {
      for (const part of ["depthwise", "pointwise", "gamma", "beta"]) {
        expected.push(`layer${layer}/node0/${operand}/${part}`);
      }
    }
    expected.push(`layer${layer}/output/row2`, `layer${layer}/output/row3`);
  }
  assert.deepEqual(cells.sort(), expected.sort());
});

Deno.test("every weight of a child gets a gradient, and padding does not hide one", async () => {
  // Every op in both operands; filters that are no multiple of 4.
  const decisions = [
    ...[0, 0, 1, 1, 1, 2, 0, 3, 2, 1, 3, 0, 0, 4, 2, 1],
    ...[1, 1, 0, 0, 2, 0, 1, 2, 3, 3, 2, 1, 1, 0, 0, 4],
  ];
  const network = new MicroNetwork(
    gpu,
    { ...OPTIONS, nodes: 4, filters: 3 },
    new Random(1),
  );
  const arc = microArcFromDecisions(decisions);
  const path = network.pathOf(arc);
  const { weights } = network;
  const x = gpu.fromArray(noise(new Random(2), 4 * 64), [4, 8, 8, 1]);
  const labels = gpu.fromArray([0, 1, 2, 1], [4], "u32");
  const pending = gpu.scope(() => {
    const tape = new Tape(gpu);
    for (const name of path) tape.watch(weights.get(name), weights.gradient(name));
    const { logits } = network.forward(tape, arc, x, BATCH);
    const [loss] = tape.apply(softmaxCrossEntropy, [logits, labels], {});
    tape.backward(loss);
    return path.map((name) => gpu.read(weights.gradient(name)));
  });
  gpu.submit();
  const gradients = await Promise.all(pending);
  gradients.forEach((gradient, i) => {
    assert.equal(gradient.length, elementCount(weights.get(path[i]).shape));
    assert.ok(gradient.every(Number.isFinite), path[i]);
    assert.ok(gradient.some((value) => value !== 0), path[i]);
  });
  for (const tensor of [x, labels]) gpu.release(tensor);
  network.dispose();
  assert.equal(gpu.memory.use().liveBuffers, 0);
});

Deno.test("a step changes the weights and averages on its path and no other", async () => {
  const random = new Random(3);
  const bytes = Uint8Array.from({ length: 20 * 64 }, () => random.integer(256));
  const labels = Uint8Array.from({ length: 20 }, () => random.integer(3));
  const data = new ImageBytes(gpu, bytes, labels, [20, 8, 8, 1], { mean: [0.5], std: [0.3] });
  const network = new MicroNetwork(gpu, OPTIONS, random);
  const trainer = new ChildTrainer(network, data, Uint32Array.from([1, 2, 3, 5, 8, 13]), {
    batchSize: 6,
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
  const state = async () => [await network.weights.values(), await network.averages.values()];
  for (const decisions of [J2, [1, 1, 0, 0, 0, 4, 2, 1, 0, 0, 1, 1, 1, 1, 0, 3]]) {
    const arc = microArcFromDecisions(decisions);
    const path = network.pathOf(arc);
    const before = await state();
    await trainer.step(arc, 0.05);
    const after = await state();
    const [weights, averages] = after.map((values, k) =>
      [...values.keys()].filter((name) => {
        const [old, now] = [before[k].get(name)!.data, values.get(name)!.data];
        return now.some((value, i) => !Object.is(value, old[i]));
      })
    );
    assert.deepEqual(weights, path);
    const norms = path.filter((name) => name.endsWith("/gamma"));
    const parts = norms.flatMap((name) =>
      ["mean", "variance"].map((p) => name.replace("gamma", p))
    );
    assert.deepEqual(averages, parts);
  }
  network.dispose();
  data.dispose();
  assert.equal(gpu.memory.use().liveBuffers, 0);
});

Deno.test("a pass without gradients gives all memory back but the logits", () => {
  const anyCell = fc.tuple(anyDecisions(3), fc.constantFrom("reduced", "earlier"));
  const x = gpu.fromArray(noise(new Random(2), 2 * 64), [2, 8, 8, 1]);
  fc.assert(
    fc.property(anyCell, ([decisions, reductionPrev]) => {
      const options = { ...OPTIONS, nodes: 3, reductionPrev, auxiliaryHead: { trainable: false } };
      const arc = microArcFromDecisions(decisions);
      const network = new MicroNetwork(gpu, options, new Random(1), arc);
      const before = gpu.memory.use().liveBuffers;
      // No scope is open: what the network does not release itself stays alive.
      const mode = { ...BATCH, auxiliary: true };
      const { logits, auxiliaryLogits } = network.forward(new Tape(gpu), arc, x, mode);
      assert.equal(gpu.memory.use().liveBuffers, before + 2);
      for (const tensor of [logits, auxiliaryLogits!]) gpu.release(tensor);
      network.dispose();
    }),
    { numRuns: 5 },
  );
  gpu.submit();
  gpu.release(x);
  assert.equal(gpu.memory.use().liveBuffers, 0);
});

Deno.test("an arc with another number of nodes is refused", () => {
  const network = new MicroNetwork(cpu, OPTIONS, new Random(1));
  const arc = microArcFromDecisions(new Array(24).fill(0));
  const message = /cells of 2 nodes, as this network has, but found an arc with 3/;
  assert.throws(() => network.pathOf(arc), { name: ArcError.name, message });
  const x = newImages();
  assert.throws(() => network.forward(new Tape(cpu), arc, x, BATCH), { message });
});

Deno.test("drop-path also works in the searched graph, for training from scratch", () => {
  const network = new MicroNetwork(cpu, OPTIONS, new Random(5));
  const x = newImages();
  const arc = microArcFromDecisions(J2);
  const logits = (dropPath: DropPath | null) =>
    network.forward(new Tape(cpu), arc, x, { ...BATCH, dropPath }).logits.cpu.join();
  const plain = logits(null);
  assert.equal(logits({ keepProbability: 0.5, progress: 0, seed: 1 }), plain);
  assert.notEqual(logits({ keepProbability: 0.5, progress: 1, seed: 1 }), plain);
  network.dispose();
});
