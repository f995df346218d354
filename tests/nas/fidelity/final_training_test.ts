// Rows of enas-spec.md section K that change the network trained from scratch: fixed sep conv, fixed
// pool op; and the rows of the search's graph that are handed on to it.
import assert from "node:assert/strict";
import { Random } from "../../../engine/random.ts";
import { ArcError, type MacroArc } from "../../../nas/space/mod.ts";
import { createNetwork, finalNetworkSpec } from "../../../nas/child/create_network.ts";
import type { ChildNetwork } from "../../../nas/child/network.ts";
import { type DeepPartial, type MacroSearchConfig, mergeConfig } from "../../../nas/config/mod.ts";
import { trainFromScratch } from "../../../nas/child/scratch_training.ts";
import { build, logitsOf, MACRO, macroArc } from "./build.ts";

const OFFICIAL = mergeConfig(MACRO, { finalTraining: { graph: "official" } });

/** The network in which `arc` is trained from scratch. */
function final(config: MacroSearchConfig, arc: MacroArc): ChildNetwork {
  const { images, network: { backend } } = build(config);
  return createNetwork(backend, finalNetworkSpec(config, arc, images), new Random(1), arc);
}

const merged = (finalTraining: DeepPartial<MacroSearchConfig["finalTraining"]>) =>
  mergeConfig(OFFICIAL, { finalTraining });

Deno.test("separableOps: full convolutions, the same network as ops 0 and 2, or separable ones", async () => {
  const arc = (three: number, five: number) => macroArc([three], [five, 1], [three, 0, 1]);
  const [plain, separable] = [arc(0, 2), arc(1, 3)];
  const config = merged({ separableOps: "full" });
  const [conv, full] = [final(config, plain), final(config, separable)];
  const renamed = (name: string) => name.replace("/sep_conv", "/conv");
  assert.deepEqual(full.weights.names.map(renamed), conv.weights.names);
  for (const name of full.weights.names) {
    assert.deepEqual(full.weights.get(name).shape, conv.weights.get(renamed(name)).shape);
    full.weights.set(name, conv.weights.get(renamed(name)).cpu);
  }
  assert.deepEqual(await logitsOf(full, separable), await logitsOf(conv, plain));

  const kept = final(merged({ separableOps: "separable" }), separable);
  // Where a full convolution has k²·f² weights, a separable one has k²·f + f²; f is 4, 8, 16.
  const saved = [[9, 4], [25, 8], [9, 16]].map(([k2, f]) => k2 * f * f - k2 * f - f * f);
  assert.equal(
    full.weights.parameterCount - kept.weights.parameterCount,
    saved.reduce((total, value) => total + value, 0),
  );
  assert.deepEqual(kept.weights.get("layer1/sep_conv5x5/depthwise").shape, [5, 5, 8]);
  assert.notDeepEqual(await logitsOf(kept, separable), await logitsOf(full, separable));
});

Deno.test("poolOps: a pool behind ReLU, 1x1 and batch norm, or an error that names the row", async () => {
  const [max, avg] = [5, 4].map((op) => macroArc([0], [op, 1], [2, 0, 1]));
  const config = merged({ poolOps: "pre-activation" });
  const [maxNetwork, avgNetwork] = [final(config, max), final(config, avg)];
  const own = maxNetwork.weights.names.filter((name) => name.startsWith("layer1/max_pool3x3"));
  assert.deepEqual(own, ["conv", "gamma", "beta"].map((w) => `layer1/max_pool3x3/point/${w}`));
  for (const name of avgNetwork.weights.names) {
    avgNetwork.weights.set(name, maxNetwork.weights.get(name.replace("/avg_", "/max_")).cpu);
  }
  const logits = await logitsOf(maxNetwork, max);
  assert.ok(logits.every(Number.isFinite));
  assert.notDeepEqual(await logitsOf(avgNetwork, avg), logits);

  const refusing = merged({ poolOps: "refuse" });
  for (const arc of [max, avg]) {
    assert.throws(
      () => final(refusing, arc),
      (error) => error instanceof ArcError && /found \w+_pool3x3 in row 2/.test(error.message),
    );
  }
  const { data, network: { backend } } = build(refusing);
  const random = new Random(1);
  const training = trainFromScratch({
    ...{ backend, data, random, config: refusing },
    arc: max,
    clock: () => 0,
  });
  await assert.rejects(training.next(), ArcError);
  // An architecture of convolutions alone is none of its business.
  const convs = macroArc([0], [1, 1], [2, 0, 1]);
  assert.deepEqual(
    await logitsOf(final(refusing, convs), convs),
    await logitsOf(final(config, convs), convs),
  );
});

Deno.test("opMode: a faithful network is the child that was scored, an official one runs the ops", async () => {
  const sampled = macroArc([0], [3, 1], [2, 0, 1]);
  const pools = macroArc([5], [5, 1], [5, 0, 1]);
  for (const graph of ["faithful", "official"] as const) {
    const config = mergeConfig(MACRO, { child: { opMode: "released" }, finalTraining: { graph } });
    const { names } = final(config, sampled).weights;
    assert.equal(names.includes("layer0/conv3x3/conv"), graph === "official");
    assert.equal(names.includes("layer0/max_pool3x3/point/conv"), graph === "faithful");
    if (graph === "official") continue;
    const logits = await logitsOf(final(config, sampled), sampled);
    assert.deepEqual(await logitsOf(final(config, pools), pools), logits);
  }
});

Deno.test("skipIndex: both graphs read skip bits as the search does", async () => {
  const arc = (...bits: number[][]) => macroArc([0], [1, ...bits[0]], [2, ...bits[1]]);
  for (const graph of ["faithful", "official"] as const) {
    const config = mergeConfig(MACRO, { finalTraining: { graph } });
    const layerOutput = mergeConfig(config, { child: { skipIndex: "layer-output" } });
    const [stemFirst, shifted] = [arc([0], [0, 1]), arc([0], [1, 0])];
    const expected = await logitsOf(final(config, stemFirst), stemFirst);
    assert.deepEqual(await logitsOf(final(layerOutput, shifted), shifted), expected, graph);
    assert.notDeepEqual(await logitsOf(final(config, shifted), shifted), expected, graph);
  }
});
