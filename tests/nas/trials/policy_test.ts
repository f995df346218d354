import assert from "node:assert/strict";
import { mergeConfig, type SearchConfig } from "../../../nas/config/mod.ts";
import { Random } from "../../../engine/random.ts";
import { parseArc } from "../../../nas/space/arc.ts";
import { getPreset } from "../../../nas/config/mod.ts";
import { createSampler } from "../../../nas/strategy/registry.ts";
import { RandomMacroSampler } from "../../../nas/strategy/random.ts";
import { describeController } from "../../../nas/trials/controller_state.ts";
import {
  describePolicy,
  meanDistance,
  successiveInformation,
  withStream,
} from "../../../nas/trials/policy.ts";
import { SMALL_MACRO, SMALL_MICRO } from "../search/small_runs.ts";

const arcs = (texts: readonly string[]) => texts.map((text) => parseArc(text, "macro"));

Deno.test("the distance of arcs is the share of decisions in which pairs differ", () => {
  // Of three decisions: none differs; one differs; all differ.
  assert.equal(meanDistance(arcs(["0 1 0", "0 1 0"])), 0);
  assert.equal(meanDistance(arcs(["0 1 0", "0 2 0"])), 1 / 3);
  assert.equal(meanDistance(arcs(["0 1 0", "3 2 1"])), 1);
  // Pairs: (a, a) 0, (a, b) 1/3 twice.
  assert.ok(Math.abs(meanDistance(arcs(["0 1 0", "0 1 0", "0 2 0"])) - 2 / 9) < 1e-12);
});

Deno.test("information between successive ops: about 0 by chance, their entropy where they are equal", () => {
  const random = new RandomMacroSampler(6, {}, new Random(1));
  const independent = successiveInformation(random.sample(400).arcs);
  assert.ok(Math.abs(independent) < 0.02, `${independent}`);
  const same = Array.from({ length: 600 }, (_, i) => `${i % 6} ${i % 6} 0 ${i % 6} 0 0`);
  const information = successiveInformation(arcs(same));
  assert.ok(Math.abs(information - (Math.log(6) - 25 / 1200)) < 1e-9, `${information}`);
  assert.equal(successiveInformation(arcs(["3", "2"])), 0);
});

Deno.test("a description of the random policy is that of chance, in both spaces", () => {
  for (const config of [SMALL_MACRO, SMALL_MICRO]) {
    const chance = mergeConfig<SearchConfig>(config, { strategy: { name: "random" } });
    const random = createSampler(chance, new Random(3));
    const policy = describePolicy(random, config);
    assert.ok(Math.abs(policy.entropy - policy.uniformEntropy) < 1e-9);
    assert.ok(
      policy.opShares.every((share) => Math.abs(share - 1 / policy.opShares.length) < 0.06),
    );
    assert.equal(policy.skipRate === null, config.space === "micro");
    assert.ok(policy.distance > 0.4 && policy.distance < 0.9);
  }
});

Deno.test("looking at a policy moves neither its stream nor its parameters", async () => {
  const config = getPreset("quick").config;
  const [watched, other] = [1, 1].map((seed) => createSampler(config, new Random(seed)));
  const before = watched.parameters();
  const first = withStream(watched, new Random(9), () => watched.sample(5).arcs);
  assert.deepEqual(withStream(watched, new Random(9), () => watched.sample(5).arcs), first);
  assert.deepEqual(watched.sample(4).arcs, other.sample(4).arcs);
  assert.notDeepEqual(watched.sample(5).arcs, first);
  const same = await describeController(watched, before);
  assert.ok(same!.tensors.every(({ change }) => change === 0));
  const drawn = watched.sample(4);
  watched.update(drawn, [0.1, 0.9, 0.2, 0.4]);
  const moved = await describeController(watched, before);
  assert.notEqual(moved!.fingerprint, same!.fingerprint);
  assert.ok(moved!.tensors.some(({ change }) => change > 0));
});
