// The micro retraining network: its form, parameters, drop-path, auxiliary head and gradients.
import assert from "node:assert/strict";
import fc from "fast-check";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { heNormal } from "../../../engine/init.ts";
import type { Op } from "../../../engine/op.ts";
import { Random } from "../../../engine/random.ts";
import { elementCount } from "../../../engine/shape.ts";
import { Tape } from "../../../engine/tape.ts";
import type { Tensor } from "../../../engine/tensor.ts";
import {
  ArcError,
  microArcFromDecisions,
  parseMacroArc,
  parseMicroArc,
} from "../../../nas/space/mod.ts";
import { microOfficialArcParameters } from "../../../nas/space/micro/cost.ts";
import { isAuxiliary } from "../../../nas/child/micro/auxiliary_head.ts";
import { MicroOfficialNetwork } from "../../../nas/child/micro/official.ts";
import type { MicroOfficialOptions } from "../../../nas/space/micro/network_spec.ts";
import { microOfficialParameters } from "../../../nas/child/micro/official_parameters.ts";
import { pathKeepProbability } from "../../../nas/child/micro/drop_path.ts";
import { assertNear, assertNoLiveBuffers } from "../../engine/helpers.ts";
import { J2_MICRO, README_MICRO } from "../space/examples.ts";
import { noise } from "./by_hand.ts";
import { anyDecisions } from "./micro_by_hand.ts";
import { microOfficialByHand, scrambleOfficial } from "./official_by_hand.ts";
import { BATCH, logitsOf, runOfficial } from "./official_helpers.ts";

const gpu = await GpuBackend.open();
const cpu = new CpuBackend();
const OPTIONS: MicroOfficialOptions = {
  layers: 3,
  filters: 4,
  nodes: 2,
  inputChannels: 1,
  classes: 3,
  imageHeight: 9,
  imageWidth: 7,
  batchNormDecay: 0.9,
};
const SHAPE = [3, 9, 7, 1] as const;
/** Both cells have every op; the reduction cell reads an input by each of them, both inputs twice. */
const ALL_OPS = [
  ...[0, 0, 1, 1, 0, 2, 1, 3, 2, 4, 3, 0],
  ...[0, 0, 1, 1, 0, 2, 1, 3, 0, 4, 1, 4],
];

function make(
  decisions: readonly number[],
  options: Partial<MicroOfficialOptions> = {},
  backend: CpuBackend | GpuBackend = cpu,
): MicroOfficialNetwork {
  const all = { ...OPTIONS, nodes: decisions.length / 8, ...options };
  const arc = microArcFromDecisions(decisions);
  const network = new MicroOfficialNetwork(backend, all, new Random(1), arc);
  scrambleOfficial(network, new Random(7));
  return network;
}

/** A tape that notes which ops it applied. */
class NotingTape extends Tape {
  readonly applied: { op: Op; attributes: unknown }[] = [];

  override apply<Attributes>(
    op: Op<Attributes>,
    inputs: readonly Tensor[],
    attributes: Attributes,
  ): readonly Tensor[] {
    this.applied.push({ op, attributes });
    return super.apply(op, inputs, attributes);
  }
}

Deno.test("the micro retraining network is the one of the specification", () => {
  const x = cpu.fromArray(noise(new Random(2), 63), [1, 9, 7, 1]);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3 }).chain(anyDecisions),
      fc.constantFrom(1, 3, 4),
      fc.constantFrom("batch" as const, "moving" as const),
      (decisions, layers, batchNorm) => {
        const network = make(decisions, { layers });
        const { logits } = network.forward(new Tape(cpu), network.arc, x, {
          batchNorm,
          dropout: null,
        });
        assertNear("logits", logits.cpu, microOfficialByHand(network, x, batchNorm).cpu, 1e-8);
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("the README cells have as many parameters as the released graph", () => {
  const options = {
    ...OPTIONS,
    layers: 15,
    filters: 36,
    nodes: 5,
    inputChannels: 3,
    classes: 10,
    imageHeight: 32,
    imageWidth: 32,
    auxiliaryHead: { trainable: false },
  };
  const { parameters } = microOfficialParameters(options, parseMicroArc(README_MICRO));
  const count = (auxiliary: boolean) =>
    parameters.filter(({ name }) => isAuxiliary(name) === auxiliary)
      .reduce((sum, { shape }) => sum + elementCount(shape), 0);
  assert.equal(count(false), 3_894_372);
  assert.equal(count(true), 494_848);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3 }).chain(anyDecisions),
      fc.integer({ min: 1, max: 6 }),
      (decisions, layers) => {
        const { weights, options, arc } = make(decisions, { layers });
        assert.equal(weights.parameterCount, microOfficialArcParameters(arc, options));
      },
    ),
    { numRuns: 20 },
  );
});

Deno.test("initial values have the fan-in of the stored shapes", () => {
  const arc = microArcFromDecisions([0, 0, 1, 1, 0, 4, 0, 4]);
  const { parameters } = microOfficialParameters({ ...OPTIONS, nodes: 1 }, arc);
  const fanIns: Record<string, number> = {
    "stem/conv": 9,
    "layer0/input0/conv": 12,
    "layer0/base/conv": 4,
    "layer0/node0/x/sep_conv3x3/0/depthwise": 9 * 4,
    "layer0/node0/x/sep_conv3x3/1/pointwise": 4,
    "layer2/node0/y/sep_conv5x5/1/depthwise": 25 * 8,
    "layer1/node0/y/identity/odd": 8,
    // Input 1 of the reduction layers is a loose end; 2 loose ends go into the head's layer.
    "layer3/loose1/even": 16,
    "head/weight": 16,
  };
  for (const [name, fanIn] of Object.entries(fanIns)) {
    const spec = parameters.find((spec) => spec.name === name);
    assert.ok(spec !== undefined, name);
    const { init, shape } = spec;
    assert.deepEqual(init(shape, new Random(5)), heNormal(fanIn)(shape, new Random(5)), name);
  }
});

Deno.test("a network takes no arc but its own, and cells of its own size", () => {
  const network = make(ALL_OPS);
  const x = cpu.fromArray(noise(new Random(2), 63), [1, 9, 7, 1]);
  const others = [parseMicroArc(J2_MICRO), parseMacroArc("0")];
  for (const other of others) {
    assert.throws(() => network.pathOf(other), ArcError);
    assert.throws(
      () => network.forward(new Tape(cpu), other, x, BATCH),
      /for which this network was made/,
    );
  }
  assert.throws(() => make(ALL_OPS, { nodes: 5 }), /cells of 5 nodes but found 3/);
});

Deno.test("without a backward pass the gpu gives the cpu's logits, whatever is given up early", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }).chain(anyDecisions),
      fc.constantFrom("batch" as const, "moving" as const),
      async (decisions, batchNorm) => {
        const dropPath = { keepProbability: 0.6, progress: 0.5, seed: 5 };
        const [expected, actual] = await Promise.all([cpu, gpu].map(async (backend) => {
          const network = make(decisions, { auxiliaryHead: { trainable: false } }, backend);
          const mode = { batchNorm, dropout: null, dropPath, auxiliary: true };
          const logits = await logitsOf(network, SHAPE, mode);
          network.dispose();
          return logits;
        }));
        assertNear("logits", actual, expected, 1e-3);
      },
    ),
    { numRuns: 8 },
  );
  assertNoLiveBuffers(gpu);
});

Deno.test("every op trains: the gpu's logits and gradients are the cpu's, none is zero", async () => {
  const dropPath = { keepProbability: 0.6, progress: 0.5, seed: 5 };
  for (const mode of [BATCH, { ...BATCH, dropPath }]) {
    const run = async (backend: CpuBackend | GpuBackend) => {
      const network = make(ALL_OPS, {}, backend);
      const result = await runOfficial(network, SHAPE, mode);
      assert.deepEqual([...result.gradients.keys()], network.pathOf(network.arc));
      network.dispose();
      return result;
    };
    const [expected, actual] = [await run(cpu), await run(gpu)];
    assertNear("logits", actual.logits, expected.logits, 1e-3);
    for (const [name, gradient] of expected.gradients) {
      assert.ok(gradient.some((value) => Math.abs(value) > 1e-9), `${name} is zero`);
      assertNear(name, actual.gradients.get(name)!, gradient, 1e-2);
    }
  }
  assertNoLiveBuffers(gpu);
});

Deno.test("a path is kept by depth and progress, as the schedule of the released code says", () => {
  const keep = (layer: number, progress: number) =>
    pathKeepProbability(layer, 15, { keepProbability: 0.6, progress, seed: 0 });
  assertNear("first layer, end", [keep(0, 1)], [1 - 0.4 / 17], 1e-12);
  assertNear("last layer, end", [keep(16, 1)], [0.6], 1e-12);
  assertNear("middle layer, half", [keep(8, 0.5)], [1 - 0.5 * 0.4 * 9 / 17], 1e-12);
  assert.equal(keep(16, 0), 1);
});

Deno.test("each path of ops 0 to 3 draws its own stream, with its layer's probability", () => {
  const network = make(ALL_OPS);
  const dropPath = { keepProbability: 0.6, progress: 0.5, seed: 5 };
  const record = (seed: number) => {
    const tape = new NotingTape(cpu);
    const x = cpu.fromArray(noise(new Random(2), 63), [1, 9, 7, 1]);
    network.forward(tape, network.arc, x, { ...BATCH, dropPath: { ...dropPath, seed } });
    return tape.applied.filter(({ op }) => op.name === "drop_path").map(({ attributes }) =>
      attributes as { keepProbability: number; seed: number }
    );
  };
  const paths = record(5);
  // The normal cell has 5 operands that are no identity, the reduction cell 4.
  const perLayer = [5, 4, 5, 4, 5];
  assert.deepEqual(
    paths.map(({ keepProbability }) => keepProbability),
    perLayer.flatMap((count, layer) =>
      new Array(count).fill(pathKeepProbability(layer, 3, dropPath))
    ),
  );
  assert.equal(new Set(paths.map(({ seed }) => seed)).size, paths.length);
  assert.deepEqual(record(5), paths);
  const others = new Set(record(6).map(({ seed }) => seed));
  assert.ok(paths.every(({ seed }) => !others.has(seed)));
  const tape = new NotingTape(cpu);
  const x = cpu.fromArray(noise(new Random(2), 63), [1, 9, 7, 1]);
  network.forward(tape, network.arc, x, BATCH);
  assert.ok(tape.applied.every(({ op }) => op.name !== "drop_path"));
});

Deno.test("the auxiliary head reads the layer behind the second reduction", async () => {
  // Six layers; 1 and 3 reduce, 4 is read, 5 is behind it.
  const options = { layers: 4, auxiliaryHead: { trainable: false } };
  const network = make([0, 0, 1, 1, 0, 3, 1, 4], options);
  const mode = { ...BATCH, auxiliary: true };
  const pass = await runOfficial(network, SHAPE, mode, "auxiliary");
  assert.equal(pass.auxiliaryLogits!.length, 9);
  const reached = [...pass.gradients].filter(([, gradient]) => gradient.some((g) => g !== 0))
    .map(([name]) => name);
  const expected = network.trained.filter((name) => !/^(layer5|head)\//.test(name));
  assert.deepEqual(reached, expected);
  const without = await runOfficial(network, SHAPE);
  assert.equal(without.auxiliaryLogits, null);
  assert.deepEqual(without.logits, pass.logits);
});

Deno.test("auxiliary weights are trained only where they are trainable", async () => {
  const decisions = [0, 0, 1, 1, 0, 3, 1, 4];
  const fixed = make(decisions, { auxiliaryHead: { trainable: false } }, gpu);
  const trained = make(decisions, { auxiliaryHead: { trainable: true } }, gpu);
  assert.ok(fixed.weights.names.some(isAuxiliary));
  assert.ok(!fixed.trained.some(isAuxiliary));
  assert.deepEqual(fixed.pathOf(fixed.arc), [...fixed.trained]);
  assert.deepEqual(trained.trained, trained.weights.names);
  const mode = { ...BATCH, auxiliary: true };
  const { gradients } = await runOfficial(trained, SHAPE, mode, "auxiliary");
  assert.ok(gradients.get("aux/spatial/conv")!.some((value) => value !== 0));
  // Nobody else's weights change by it.
  assert.deepEqual(fixed.trained, trained.trained.filter((name) => !isAuxiliary(name)));
  const plain = make(decisions, {}, gpu);
  assert.deepEqual(plain.weights.names, fixed.trained);
  assert.equal((await runOfficial(plain, SHAPE, mode)).auxiliaryLogits, null);
  for (const network of [fixed, trained, plain]) network.dispose();
  assertNoLiveBuffers(gpu);
});

Deno.test("moving averages follow training batches", async () => {
  const network = make(ALL_OPS, {}, gpu);
  const moving = { batchNorm: "moving", dropout: null } as const;
  const before = await logitsOf(network, SHAPE, moving);
  await logitsOf(network, SHAPE, { batchNorm: "train", dropout: null });
  assert.notDeepEqual(await logitsOf(network, SHAPE, moving), before);
  network.dispose();
  assertNoLiveBuffers(gpu);
});
