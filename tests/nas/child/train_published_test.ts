import assert from "node:assert/strict";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { Random } from "../../../engine/random.ts";
import { type Arc, parseArc } from "../../../nas/space/mod.ts";
import { prepareChildData } from "../../../nas/data/resident.ts";
import { mergeConfig, type SearchConfig } from "../../../nas/config/mod.ts";
import { syntheticDataset } from "../../../nas/data/mod.ts";
import { trainFromScratch } from "../../../nas/child/scratch_training.ts";
import { README_MICRO, README_ROWS } from "../space/examples.ts";
import { eventsOf, SMALL_MACRO, SMALL_MICRO } from "../search/small_runs.ts";

const gpu = await GpuBackend.open();

/** The architectures that the released code's page prints, at their depth but narrow. */
const PUBLISHED: readonly (readonly [SearchConfig, Arc])[] = [
  [mergeConfig(SMALL_MACRO, { child: { layers: 24 } }), parseArc(README_ROWS)],
  [
    mergeConfig(SMALL_MICRO, { child: { nodes: 5 }, finalTraining: { layers: 15 } }),
    parseArc(README_MICRO),
  ],
];

for (const [config, arc] of PUBLISHED) {
  for (const graph of ["faithful", "official"] as const) {
    Deno.test(`the published ${config.space} architecture trains in the ${graph} graph`, async () => {
      const final = mergeConfig(config, {
        finalTraining: { graph, epochs: 1, stepsPerEpoch: 1, filters: 2 },
      } as Partial<SearchConfig>);
      const data = prepareChildData(gpu, syntheticDataset(), final, new Random(1));
      const events = [];
      const training = trainFromScratch({
        backend: gpu,
        data,
        arc,
        config: final,
        random: new Random(1),
        clock: () => 0,
      });
      let next = await training.next();
      for (; !next.done; next = await training.next()) events.push(next.value);
      const [trained] = eventsOf(events, "trained");
      assert.ok(Number.isFinite(eventsOf(events, "train_epoch")[0].loss));
      assert.ok(trained.testAccuracy >= 0 && trained.testAccuracy <= 1);
      next.value.network.dispose();
      data.pool.dispose();
      data.test.dispose();
      assert.equal(gpu.memory.use().liveBytes, 0);
    });
  }
}
