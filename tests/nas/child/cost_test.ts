import assert from "node:assert/strict";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { Random } from "../../../engine/random.ts";
import { elementCount } from "../../../engine/shape.ts";
import type { Arc } from "../../../nas/space/mod.ts";
import {
  createNetwork,
  finalNetworkSpec,
  sharedNetworkSpec,
} from "../../../nas/child/create_network.ts";
import { getPreset, mergeConfig, type SearchConfig } from "../../../nas/config/mod.ts";
import { networkCost, sharedParameters } from "../../../nas/space/registry.ts";
import { MACRO_ARC, MICRO_ARC, SMALL_MACRO, SMALL_MICRO } from "../search/small_runs.ts";

const cpu = new CpuBackend();
const IMAGES = { shape: [8, 8, 1], classes: 4 } as const;
const AUXILIARY = mergeConfig(SMALL_MICRO, {
  child: { auxiliaryHead: true, auxiliaryTrainable: true },
  finalTraining: { auxiliaryHead: true, auxiliaryTrainable: true },
});

/** Parameters that the network of `arc` has, those of an auxiliary head left out. */
function counted(spec: Parameters<typeof createNetwork>[1], arc: Arc | null): number {
  const { weights } = createNetwork(cpu, spec, new Random(1), arc);
  return weights.names.filter((name) => !name.startsWith("aux"))
    .reduce((total, name) => total + elementCount(weights.get(name).shape), 0);
}

Deno.test("networkCost() counts the parameters that a network has, in every graph", () => {
  for (
    const [config, arc] of [
      [SMALL_MACRO, MACRO_ARC],
      [SMALL_MICRO, MICRO_ARC],
      [AUXILIARY, MICRO_ARC],
      [mergeConfig(SMALL_MICRO, { finalTraining: { graph: "official" } }), MICRO_ARC],
      [mergeConfig(AUXILIARY, { finalTraining: { graph: "official" } }), MICRO_ARC],
    ] as [SearchConfig, Arc][]
  ) {
    const spec = finalNetworkSpec(config, arc, IMAGES);
    const cost = networkCost(spec, arc, IMAGES.shape);
    assert.equal(cost.parameters, counted(spec, arc), `${spec.space} ${spec.graph}`);
    // More pixels are more work and no more parameters.
    const larger = networkCost(spec, arc, [16, 16, 1]);
    assert.equal(larger.parameters, cost.parameters);
    assert.ok(larger.flops > 3 * cost.flops, `${larger.flops} and ${cost.flops}`);
  }
});

Deno.test("sharedParameters() counts the shared graph, the published sizes among them", () => {
  for (const config of [SMALL_MACRO, SMALL_MICRO, AUXILIARY] as SearchConfig[]) {
    const spec = sharedNetworkSpec(config, IMAGES);
    assert.equal(sharedParameters(spec), counted(spec, null), config.space);
  }
  const published = { shape: [32, 32, 3], classes: 10 } as const;
  const sharedOf = (config: SearchConfig) => sharedParameters(sharedNetworkSpec(config, published));
  const { macro, micro } = {
    macro: getPreset("official-code").config,
    micro: getPreset("official-code", "micro").config,
  };
  // Section I: 12 layers of 36 and of 96 channels, and the micro graph of 15 layers of 36.
  assert.equal(sharedOf(macro), 697_860);
  assert.equal(sharedOf(mergeConfig(macro, { child: { filters: 96 } })), 4_844_640);
  assert.equal(sharedOf(mergeConfig(micro, { child: { layers: 15, filters: 36 } })), 31_587_228);
});

Deno.test("costs refuse an arc of the other space and an official graph that is searched", () => {
  const macro = finalNetworkSpec(SMALL_MACRO, MACRO_ARC, IMAGES);
  const micro = finalNetworkSpec(SMALL_MICRO, MICRO_ARC, IMAGES);
  assert.throws(() => networkCost(macro, MICRO_ARC, IMAGES.shape), /an arc of the macro space/);
  assert.throws(() => networkCost(micro, MACRO_ARC, IMAGES.shape), /an arc of the micro space/);
  const official = mergeConfig(SMALL_MACRO, { finalTraining: { graph: "official" } });
  const spec = finalNetworkSpec(official, MACRO_ARC, IMAGES);
  assert.throws(() => sharedParameters(spec), /expects the searched graph/);
});
