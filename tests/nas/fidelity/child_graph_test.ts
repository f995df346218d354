// Rows of enas-spec.md section K that change the graph of the search's child: macro op mode, macro
// skip index, micro reduction prev.
import assert from "node:assert/strict";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { softmaxCrossEntropy } from "../../../engine/ops/mod.ts";
import { Random } from "../../../engine/random.ts";
import { elementCount } from "../../../engine/shape.ts";
import { Tape } from "../../../engine/tape.ts";
import { macroArcFromRows, parseMacroArc } from "../../../nas/space/mod.ts";
import { createNetwork, sharedNetworkSpec } from "../../../nas/child/create_network.ts";
import { getPreset, mergeConfig } from "../../../nas/config/mod.ts";
import { assertClose } from "../../engine/helpers.ts";
import { build, logitsOf, MACRO, macroArc, MICRO, MICRO_ARC, weightsOf } from "./build.ts";

const RELEASED = mergeConfig(MACRO, { child: { opMode: "released" } });
const isMaxPool = (name: string) => /^layer\d\/max_pool3x3\//.test(name);
const isBranch = (name: string) => /^layer\d\/\w*(conv|pool)\dx\d\//.test(name);

Deno.test("opMode released: logits depend on skips alone; correct: on ops too", async () => {
  const { network } = build(RELEASED);
  const logits = (ops: number[], skips: [number, number, number] = [1, 0, 1]) =>
    logitsOf(network, macroArc([ops[0]], [ops[1], skips[0]], [ops[2], skips[1], skips[2]]));
  const expected = await logits([5, 5, 5]);
  for (const ops of [[0, 0, 0], [1, 1, 1], [2, 2, 2], [3, 3, 3], [4, 4, 4], [0, 3, 4]]) {
    assert.deepEqual(await logits(ops), expected, `ops ${ops}`);
  }
  assert.notDeepEqual(await logits([5, 5, 5], [0, 0, 1]), expected);
  assert.notDeepEqual(await logits([0, 0, 0], [1, 1, 1]), expected);

  const correct = build(MACRO).network;
  const all = await Promise.all(
    [0, 1, 2, 3, 4, 5].map((op) => logitsOf(correct, macroArc([op], [5, 1], [5, 0, 1]))),
  );
  assert.equal(new Set(all.map((row) => row.join())).size, 6);
  // The weights are the same ones, so that what `released` runs is the arc of max pools.
  assert.deepEqual(all[5], expected);
});

Deno.test("opMode released: every choice of ops gives the original's numbers of max pools", () => {
  const golden = [-.10823, .05303, -.08799, .08651, -.09587, .07529, -.05160, -.01182, .00314];
  const config = mergeConfig(getPreset("official-code").config, {
    child: { layers: 3, filters: 4 },
  });
  assert.equal(config.child.opMode, "released");
  const backend = new CpuBackend();
  const spec = sharedNetworkSpec(config, { shape: [32, 32, 3], classes: 10 });
  const network = createNetwork(backend, spec, new Random(1), null);
  const wave = (n: number) => 0.5 * Math.sin(1000 * Math.sin(n + 1));
  for (const name of network.weights.names) {
    if (/\/(gamma|beta)$/.test(name)) continue;
    const count = elementCount(network.weights.get(name).shape);
    network.weights.set(name, Float64Array.from({ length: count }, (_, n) => Math.fround(wave(n))));
  }
  const images = backend.fromArray(
    Float64Array.from({ length: 2 * 32 * 32 * 3 }, (_, i) => {
      const [c, w, h] = [i % 3, Math.floor(i / 3) % 32, Math.floor(i / 96) % 32];
      return Math.sin(0.3 * h + 0.2 * w + 1.1 * c + 0.7 * Math.floor(i / 3072)) + wave(i);
    }),
    [2, 32, 32, 3],
  );
  const labels = backend.fromArray([3, 7], [2], "u32");
  const results = ["5 5 0 5 0 0", "0 0 0 0 0 0", "1 2 0 3 0 0", "4 4 0 1 0 0"].map((text) => {
    const tape = new Tape(backend);
    const { logits } = network.forward(tape, parseMacroArc(text), images, {
      batchNorm: "batch",
      dropout: null,
    });
    const [loss] = tape.apply(softmaxCrossEntropy, [logits, labels], {});
    return { logits: logits.cpu, loss: loss.cpu[0] };
  });
  for (const { logits, loss } of results) {
    assertClose("logits", logits.slice(0, 9), golden, { rtol: 0, atol: 2e-5 });
    assert.ok(Math.abs(loss - 2.255804) < 1e-4, `loss ${loss}`);
    assert.deepEqual(logits, results[0].logits);
  }
});

Deno.test("opMode released: the loss has no gradient for branches 0 to 4", async () => {
  for (const [config, reached] of [[RELEASED, isMaxPool], [MACRO, isBranch]] as const) {
    const { network } = build(config);
    const { backend, weights } = network;
    const tape = new Tape(backend);
    for (const name of weights.names) tape.watch(weights.get(name), weights.gradient(name));
    const images = backend.fromArray(Float64Array.from({ length: 128 }, Math.cos), [2, 8, 8, 1]);
    const mode = { batchNorm: "batch", dropout: null } as const;
    const { logits } = network.forward(tape, macroArc([0], [3, 1], [4, 1, 0]), images, mode);
    const labels = backend.fromArray([0, 1], [2], "u32");
    tape.backward(tape.apply(softmaxCrossEntropy, [logits, labels], {})[0]);
    const used = weights.names.filter((name) => tape.used(weights.get(name)) && isBranch(name));
    assert.ok(used.length > 0 && used.every(reached), used.join());
    const branches = [...new Set(used.map((name) => name.split("/").slice(0, 2).join("/")))];
    assert.deepEqual(
      branches,
      config === RELEASED
        ? ["layer0/max_pool3x3", "layer1/max_pool3x3", "layer2/max_pool3x3"]
        : ["layer0/conv3x3", "layer1/sep_conv5x5", "layer2/avg_pool3x3"],
    );
    for (const name of weights.names.filter((name) => isBranch(name) && !used.includes(name))) {
      assert.ok((await backend.toArray(weights.gradient(name))).every((g) => g === 0), name);
    }
  }
});

Deno.test("opMode released: other branches decay with weightUpdates all, and stay with path", async () => {
  for (const weightUpdates of ["all", "path"] as const) {
    const config = mergeConfig(RELEASED, { child: { weightUpdates, l2: 0.01 } });
    const { network, trainer } = build(config);
    const before = weightsOf(network);
    const rates = [0.1, 0.05, 0.2];
    for (const [i, rate] of rates.entries()) {
      await trainer.step(macroArc([i], [0, 1], [2, 1, 0]), rate);
    }
    const after = weightsOf(network);
    const others = [...before.keys()].filter((name) => isBranch(name) && !isMaxPool(name));
    assert.ok(others.length > 50);
    for (const name of others) {
      const expected = before.get(name)!.map((start) => {
        let [w, m] = [start, 0];
        for (const rate of weightUpdates === "all" ? rates : []) {
          const g = 2 * 0.01 * w;
          m = 0.9 * m + g;
          w -= rate * (g + 0.9 * m);
        }
        return w;
      });
      assertClose(name, after.get(name)!, expected, { rtol: weightUpdates === "all" ? 1e-12 : 0 });
    }
    // What runs does learn.
    const name = "layer0/max_pool3x3/point/conv";
    assert.notDeepEqual(after.get(name), before.get(name));
  }
});

Deno.test("skipIndex: bit i adds the input of layer i, or its output", async () => {
  const config = mergeConfig(MACRO, { child: { layers: 4 } });
  const stemFirst = build(config).network;
  const layerOutput = build(mergeConfig(config, { child: { skipIndex: "layer-output" } })).network;
  const arc = (...bits: number[][]) =>
    macroArcFromRows([[5], ...bits.map((row, i) => [[1, 4, 0][i], ...row])]);
  // The output of layer i is the input of layer i + 1.
  const shifted = await logitsOf(stemFirst, arc([0], [0, 1], [0, 1, 1]));
  assert.deepEqual(await logitsOf(layerOutput, arc([0], [1, 0], [1, 1, 0])), shifted);
  assert.notDeepEqual(await logitsOf(layerOutput, arc([0], [0, 1], [0, 1, 1])), shifted);
  // Without skips there is nothing to read differently.
  const none = arc([0], [0, 0], [0, 0, 0]);
  assert.deepEqual(await logitsOf(layerOutput, none), await logitsOf(stemFirst, none));
});

Deno.test("reductionPrev: input 0 behind a reduction cell is its reduced input, or the layer before", async () => {
  const config = mergeConfig(MICRO, { child: { layers: 3 } });
  const released = build(config).network;
  const earlier = build(mergeConfig(config, { child: { reductionPrev: "earlier" } })).network;
  // Layers 1 and 3 of 5 reduce. The earlier layer has the old size and half the channels, so that
  // the layer behind must bring it to size with weights that the released graph does not have.
  const names = (network: typeof released) =>
    network.weights.names.filter((name) => /^layer[24]\/input0/.test(name));
  assert.deepEqual(names(released), []);
  assert.deepEqual(
    [...new Set(names(earlier).map((name) => name.split("/").slice(0, 3).join("/")))].sort(),
    [2, 4].flatMap((layer) =>
      ["beta", "even", "gamma", "odd"].map((w) => `layer${layer}/input0/${w}`)
    ),
  );
  for (const name of released.weights.names) {
    assert.deepEqual(earlier.weights.get(name).cpu, released.weights.get(name).cpu, name);
  }
  assert.notDeepEqual(await logitsOf(earlier, MICRO_ARC), await logitsOf(released, MICRO_ARC));
});
