// The macro retraining network: its form, options, parameters and gradients.
import assert from "node:assert/strict";
import fc from "fast-check";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { heNormal } from "../../../engine/init.ts";
import { Random } from "../../../engine/random.ts";
import { elementCount } from "../../../engine/shape.ts";
import { Tape } from "../../../engine/tape.ts";
import {
  ArcError,
  MACRO_OPS,
  macroArcFromRows,
  parseMacroArc,
  parseMicroArc,
} from "../../../nas/space/mod.ts";
import { macroOfficialArcParameters } from "../../../nas/space/macro/official_cost.ts";
import { MacroOfficialNetwork } from "../../../nas/child/macro/official.ts";
import type { MacroOfficialOptions } from "../../../nas/space/macro/network_spec.ts";
import { macroOfficialParameters } from "../../../nas/child/macro/official_parameters.ts";
import { assertNear, assertNoLiveBuffers } from "../../engine/helpers.ts";
import { README_MICRO, README_ROWS } from "../space/examples.ts";
import { anyRows, noise } from "./by_hand.ts";
import { macroOfficialByHand, scrambleOfficial } from "./official_by_hand.ts";
import { BATCH, logitsOf, runOfficial } from "./official_helpers.ts";

const gpu = await GpuBackend.open();
const cpu = new CpuBackend();
const OPTIONS = { filters: 4, inputChannels: 1, classes: 3, batchNormDecay: 0.9 };
const SHAPE = [3, 9, 7, 1] as const;
const FORMS = ["separable", "full"] as const;

type Rows = readonly (readonly number[])[];

function make(
  rows: Rows,
  options: Partial<MacroOfficialOptions> = {},
  backend: CpuBackend | GpuBackend = cpu,
): MacroOfficialNetwork {
  const arc = macroArcFromRows(rows);
  const all = { ...OPTIONS, layers: rows.length, ...options };
  const network = new MacroOfficialNetwork(backend, all, new Random(1), arc);
  scrambleOfficial(network, new Random(7));
  return network;
}

Deno.test("the macro retraining network is the one of the specification, in every option", () => {
  const x = cpu.fromArray(noise(new Random(2), 63), [1, 9, 7, 1]);
  fc.assert(
    fc.property(
      anyRows(1, 7),
      fc.constantFrom("full" as const, "separable" as const),
      fc.constantFrom("stem-first" as const, "layer-output" as const),
      fc.constantFrom("batch" as const, "moving" as const),
      (rows, separableOps, skipIndex, batchNorm) => {
        const network = make(rows, { separableOps, skipIndex });
        const mode = { batchNorm, dropout: null };
        const { logits, auxiliaryLogits } = network.forward(new Tape(cpu), network.arc, x, mode);
        assert.equal(auxiliaryLogits, null);
        const expected = macroOfficialByHand(network, x, batchNorm);
        assertNear("logits", logits.cpu, expected.cpu, 1e-8);
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("the README architecture has as many parameters as the released graph", () => {
  const arc = parseMacroArc(README_ROWS);
  for (const [filters, published] of [[96, 42_559_392], [36, 5_997_852]]) {
    const options = { layers: 24, filters, inputChannels: 3, classes: 10 };
    const count = (reductions: "all" | "live") =>
      macroOfficialParameters(options, arc, reductions).parameters
        .reduce((sum, { shape }) => sum + elementCount(shape), 0);
    assert.equal(count("all"), published);
    // This architecture reads every tensor again behind the pooling points.
    assert.equal(count("live"), published);
  }
  fc.assert(
    fc.property(
      anyRows(1, 7),
      fc.constantFrom(...FORMS),
      fc.constantFrom("stem-first" as const, "layer-output" as const),
      (rows, separableOps, skipIndex) => {
        const network = make(rows, { separableOps, skipIndex });
        const { weights, options, arc } = network;
        assert.equal(weights.parameterCount, macroOfficialArcParameters(arc, options));
        const live = network.pathOf(arc).map((name) => elementCount(weights.get(name).shape));
        assert.equal(
          live.reduce((a, b) => a + b),
          macroOfficialArcParameters(arc, options, "live"),
        );
      },
    ),
    { numRuns: 20 },
  );
});

Deno.test("the path is what a pass reads; it lacks reductions that nothing reads", async () => {
  await fc.assert(
    fc.asyncProperty(
      anyRows(1, 6),
      fc.constantFrom("stem-first" as const, "layer-output" as const),
      async (rows, skipIndex) => {
        const network = make(rows, { skipIndex });
        const { gradients } = await runOfficial(network, [2, 8, 8, 1]);
        const path = network.pathOf(network.arc);
        assert.deepEqual([...gradients.keys()], path);
        for (const name of network.trained.filter((name) => !path.includes(name))) {
          assert.match(name, /^layer\d+\/reduce\d+\//);
        }
      },
    ),
    { numRuns: 20 },
  );
  // Neither the stem nor layer 0 is read after layer 1, where 3 tensors are reduced.
  const network = make([[0], [1, 1], [2, 0, 0]]);
  const path = network.pathOf(network.arc);
  const dead = network.trained.filter((name) => !path.includes(name));
  const norm = (prefix: string) =>
    ["even", "odd", "gamma", "beta"].map((part) => `${prefix}/${part}`);
  assert.deepEqual(dead, [...norm("layer1/reduce0"), ...norm("layer1/reduce1")]);
});

Deno.test("initial values have the fan-in of the stored shapes", () => {
  const rows = [[0], [3, 1], [1, 1, 1]];
  const options = { ...OPTIONS, layers: 3, separableOps: "separable" } as const;
  const { parameters } = macroOfficialParameters(options, macroArcFromRows(rows));
  const fanIns: Record<string, number> = {
    "stem/conv": 9,
    "layer0/conv3x3/point/conv": 4,
    "layer0/conv3x3/conv": 36,
    "layer0/reduce1/odd": 4,
    "layer1/sep_conv5x5/depthwise": 25 * 8,
    "layer1/sep_conv5x5/pointwise": 8,
    "layer1/merge/source0": 16,
    "layer2/merge/source0": 48,
    "layer2/merge/own": 48,
    "head/weight": 16,
  };
  for (const [name, fanIn] of Object.entries(fanIns)) {
    const { init, shape } = parameters.find((spec) => spec.name === name)!;
    assert.deepEqual(init(shape, new Random(5)), heNormal(fanIn)(shape, new Random(5)), name);
  }
});

Deno.test("separableOps full makes separable convolutions full ones, separable keeps them", async () => {
  const [separable, full] = [[[1], [3, 1]], [[0], [2, 1]]];
  const shapes = ({ weights }: MacroOfficialNetwork) =>
    weights.names.map((name) => weights.get(name).shape);
  const [released, kept] = [make(separable), make(separable, { separableOps: "separable" })];
  assert.deepEqual(shapes(released), shapes(make(full)));
  assert.deepEqual(kept.weights.get("layer1/sep_conv5x5/depthwise").shape, [5, 5, 4]);
  assert.ok(kept.weights.parameterCount < released.weights.parameterCount);
  assert.notDeepEqual(await logitsOf(kept, SHAPE), await logitsOf(released, SHAPE));
});

Deno.test("skipIndex says what a bit reads: names and results differ", async () => {
  // Bit 0 of layer 2 reads the stem, or layer 0.
  const rows = [[0], [0, 0], [0, 1, 0]];
  const [first, output] = [make(rows), make(rows, { skipIndex: "layer-output" })];
  assert.ok(first.weights.names.includes("layer2/merge/source0"));
  assert.ok(output.weights.names.includes("layer2/merge/source1"));
  assert.notDeepEqual(await logitsOf(output, SHAPE), await logitsOf(first, SHAPE));
});

Deno.test("poolOps refuse names the first pooling row, pre-activation builds it", () => {
  const rows = [[0], [2, 0], [4, 1, 0], [5, 0, 0, 0]];
  assert.throws(() => make(rows, { poolOps: "refuse" }), (error: Error) => {
    assert.ok(error instanceof ArcError);
    assert.match(error.message, /found avg_pool3x3 in row 3;/);
    return true;
  });
  make([[0], [2, 0], [1, 1, 0], [3, 0, 0, 0]], { poolOps: "refuse" });
  make(rows);
});

Deno.test("a network takes no arc but its own", () => {
  const network = make([[0], [1, 1]]);
  assert.deepEqual(network.pathOf(macroArcFromRows([[0], [1, 1]])), [...network.trained]);
  const others = [
    macroArcFromRows([[0], [1, 0]]),
    macroArcFromRows([[0]]),
    parseMicroArc(README_MICRO),
  ];
  const x = cpu.fromArray(noise(new Random(2), 63), [1, 9, 7, 1]);
  for (const other of others) {
    assert.throws(() => network.pathOf(other), /for which this network was made/);
    assert.throws(() => network.forward(new Tape(cpu), other, x, BATCH), ArcError);
  }
  assert.throws(() => make([[0], [1, 1]], { layers: 3 }), /of 3 layers but found one of 2/);
});

Deno.test("without a backward pass the gpu gives the cpu's logits, whatever is given up early", async () => {
  await fc.assert(
    fc.asyncProperty(
      anyRows(1, 7),
      fc.constantFrom(...FORMS),
      fc.constantFrom("batch" as const, "moving" as const),
      async (rows, separableOps, batchNorm) => {
        const [expected, actual] = await Promise.all([cpu, gpu].map(async (backend) => {
          const network = make(rows, { separableOps }, backend);
          const logits = await logitsOf(network, SHAPE, { batchNorm, dropout: null });
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
  const base = [[2], [1, 1], [0, 1, 0], [3, 0, 1, 1]];
  for (const { id, kind } of MACRO_OPS) {
    const rows = [base[0], base[1], [id, 1, 0], base[3]];
    for (const separableOps of kind === "sep_conv" ? FORMS : FORMS.slice(1)) {
      const run = async (backend: CpuBackend | GpuBackend) => {
        const network = make(rows, { separableOps }, backend);
        const result = await runOfficial(network, SHAPE);
        network.dispose();
        return result;
      };
      const [expected, actual] = [await run(cpu), await run(gpu)];
      assertNear(`logits of op ${id}`, actual.logits, expected.logits, 1e-3);
      for (const [name, gradient] of expected.gradients) {
        assert.ok(gradient.some((value) => Math.abs(value) > 1e-9), `op ${id}: ${name} is zero`);
        assertNear(`op ${id}: ${name}`, actual.gradients.get(name)!, gradient, 1e-2);
      }
    }
  }
  assertNoLiveBuffers(gpu);
});

Deno.test("moving averages follow training batches, and dropout acts in training alone", async () => {
  const network = make([[0], [4, 1], [3, 1, 0]], {}, gpu);
  const moving = { batchNorm: "moving", dropout: null } as const;
  const before = await logitsOf(network, SHAPE, moving);
  await logitsOf(network, SHAPE, { batchNorm: "train", dropout: null });
  const after = await logitsOf(network, SHAPE, moving);
  assert.notDeepEqual(after, before);
  const dropout = { keepProbability: 0.5, seed: 3 };
  const kept = await logitsOf(network, SHAPE, BATCH);
  assert.notDeepEqual(await logitsOf(network, SHAPE, { ...BATCH, dropout }), kept);
  // Drop-path and auxiliary heads belong to the micro space.
  const dropPath = { keepProbability: 0.1, progress: 1, seed: 1 };
  assert.deepEqual(await logitsOf(network, SHAPE, { ...BATCH, dropPath, auxiliary: true }), kept);
  network.dispose();
  assertNoLiveBuffers(gpu);
});
