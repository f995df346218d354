// The two controls of a search: rewards that belong to other architectures, and shared weights that
// stop training (study-methods rows N6, 2c).
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { Random } from "../../../engine/random.ts";
import type { MacroArc } from "../../../nas/space/macro/arc.ts";
import {
  getPreset,
  mergeConfig,
  parseSearchConfig,
  type SearchConfig,
} from "../../../nas/config/mod.ts";
import { syntheticDataset } from "../../../nas/data/mod.ts";
import { DATASET_SIZES } from "../../../nas/data/facts.ts";
import { planWork } from "../../../nas/plan/work.ts";
import { RewardDealer } from "../../../nas/search/rewards.ts";
import { Search } from "../../../nas/search/search.ts";
import { Snapshot } from "../../../nas/run/snapshot.ts";
import { type RunEvent, runEventSchema } from "../../../nas/run/events.ts";
import { summariseRun } from "../../../reports/summary.ts";
import { searchFigures } from "../../../reports/search_figures.ts";
import { makeConfig } from "../../reports/fixture.ts";
import { probability, smallController } from "../strategy/helpers.ts";
import { eventsOf, SMALL_MACRO, SMALL_MICRO, withoutSeconds } from "./small_runs.ts";

const gpu = await GpuBackend.open();
const DATASET = syntheticDataset({ train: 200, test: 60 });

Deno.test("RewardDealer deals own accuracies as they are, and shuffled ones to others", () => {
  const accuracies = [0.1, 0.2, 0.3, 0.4, 0.5];
  assert.deepEqual(new RewardDealer("own", new Random(1)).deal(accuracies), accuracies);
  const dealer = new RewardDealer("shuffled", new Random(1));
  const again = new RewardDealer("shuffled", new Random(1));
  const orders = new Set<string>();
  for (let i = 0; i < 200; i++) {
    const dealt = dealer.deal(accuracies);
    assert.deepEqual(dealt.toSorted(), accuracies);
    assert.ok(dealt.every((accuracy, k) => accuracy !== accuracies[k]), dealt.join());
    assert.deepEqual(again.deal(accuracies), dealt);
    orders.add(dealt.join());
  }
  // All (5 - 1)! cycles through five architectures.
  assert.equal(orders.size, 24);
  const snapshot = new Snapshot();
  dealer.save(snapshot);
  const next = dealer.deal(accuracies);
  const restored = new RewardDealer("shuffled", new Random(9));
  restored.load(new Snapshot(JSON.parse(JSON.stringify(snapshot.values))));
  assert.deepEqual(restored.deal(accuracies), next);
});

Deno.test("a controller with shuffled rewards learns nothing where one with its own solves a bandit", () => {
  const pays = (arc: MacroArc) => arc.layers[0].op === 0;
  const learned = (rewards: "own" | "shuffled", seed: number) => {
    const options = { tanhConstant: 2.5, baselineInit: "first-reward" } as const;
    const controller = smallController(2, options, seed);
    const dealer = new RewardDealer(rewards, new Random(100 + seed));
    for (let k = 0; k < 75; k++) {
      const sampled = controller.sample(10);
      controller.update(sampled, dealer.deal(sampled.arcs.map((arc) => pays(arc) ? 1 : 0)));
    }
    return probability(controller, pays) - 1 / 6;
  };
  assert.ok(learned("own", 0) > 0.7);
  for (let seed = 0; seed < 6; seed++) {
    const moved = learned("shuffled", seed);
    assert.ok(Math.abs(moved) < 0.05, `seed ${seed}: moved by ${moved}`);
  }
});

Deno.test("shuffled rewards need two architectures, and settings of older runs stay what they were", () => {
  const wrong = { search: { rewards: "shuffled", arcsPerUpdate: 1 } } as const;
  assert.throws(() => mergeConfig(SMALL_MACRO, wrong), {
    name: "ConfigError",
    message: "Expected search.arcsPerUpdate to be at least 2 with search.rewards shuffled " +
      "but found 1",
  });
  for (const space of ["macro", "micro"] as const) {
    const { config } = getPreset("quick", space);
    const { search: { rewards, ...search }, child: { frozenAfter, ...child } } = config;
    assert.deepEqual([frozenAfter, rewards], [0, "own"]);
    assert.deepEqual(parseSearchConfig({ ...config, child, search }), config);
  }
});

/** What the weights and the averages of a search are, as one hash. */
async function weightsOf({ evaluator: { shared } }: Search): Promise<string> {
  const { weights, averages } = shared!.network;
  const hash = createHash("sha256");
  for (const store of [weights, averages]) {
    for (const [name, { data }] of await store.values()) hash.update(name).update(String(data));
  }
  return hash.digest("hex");
}

/** A search until it ends, with the hash of its weights after each epoch. */
async function run(search: Search) {
  const events: RunEvent[] = [];
  const weights: string[] = [];
  for await (const event of search.run()) {
    events.push(event);
    if (event.type === "epoch_finished") weights.push(await weightsOf(search));
  }
  return { events, weights };
}

const FROZEN = { child: { frozenAfter: 2 }, search: { epochs: 4 } };

Deno.test("frozen weights do not change after their last epoch, while the controller goes on", async () => {
  for (const small of [SMALL_MACRO, SMALL_MICRO] as SearchConfig[]) {
    const config = mergeConfig(small, FROZEN);
    const done = { child_step: 0, reward: 0, evaluation_step: 0, score: 0, train_step: 0 };
    const search = new Search({
      ...{ backend: gpu, dataset: DATASET, config, onWork: (kind) => done[kind]++ },
    });
    const { events, weights } = await run(search);
    assert.notEqual(weights[0], weights[1]);
    assert.deepEqual(weights.slice(2), [weights[1], weights[1]]);
    assert.equal(await weightsOf(search), weights[1]);
    assert.deepEqual(done, search.work);
    assert.deepEqual(search.done, search.work);
    assert.equal(done.child_step, 2 * 3);
    const { phases } = planWork(config, DATASET_SIZES.synthetic, "search");
    assert.equal(phases.find(({ name }) => name === "child_steps")!.count, done.child_step);
    search.dispose();
    for (const event of events) assert.deepEqual(runEventSchema.parse(event), event);
    assert.deepEqual(eventsOf(events, "child_step").map(({ epoch }) => epoch), [1, 1, 1, 2, 2, 2]);
    assert.deepEqual(
      eventsOf(events, "controller_step").map(({ epoch }) => epoch),
      [1, 1, 2, 2, 3, 3, 4, 4],
    );
    const epochs = eventsOf(events, "epoch_finished");
    assert.deepEqual(epochs.map(({ trainLoss }) => trainLoss === null), [false, false, true, true]);
    for (const { trainAccuracy, learningRate, meanEstimate } of epochs.slice(2)) {
      assert.deepEqual([trainAccuracy, learningRate], [null, 0]);
      assert.ok(Number.isFinite(meanEstimate));
    }
    // A report draws what there is, and no other point.
    const path = "runs/frozen";
    const summary = summariseRun({ config: makeConfig("frozen", "controller", {}), events, path });
    const figures = searchFigures([summary]);
    const loss = figures.find(({ id }) => id === "child_loss")!;
    assert.equal(loss.config.data.datasets[1].data.length, 2);
    assert.doesNotMatch(JSON.stringify(figures.map(({ table }) => table)), /NaN|undefined/);
    assert.equal(gpu.memory.use().liveBuffers, 0);
  }
});

Deno.test("weights that are frozen after the last epoch are never frozen", async () => {
  const of = async (frozenAfter: number) => {
    const config = mergeConfig(SMALL_MACRO, { child: { frozenAfter } });
    const search = new Search({ backend: gpu, dataset: DATASET, config });
    const { events, weights } = await run(search);
    search.dispose();
    return { events: withoutSeconds(events), weights };
  };
  assert.deepEqual(await of(2), await of(0));
  assert.equal(gpu.memory.use().liveBuffers, 0);
});

const CONTROLS = {
  "shuffled rewards": { search: { rewards: "shuffled", arcsPerUpdate: 4 } },
  "frozen weights": { ...FROZEN, child: { frozenAfter: 1 } },
} as const;
for (const [name, overrides] of Object.entries(CONTROLS)) {
  Deno.test(`a search with ${name} that ends anywhere goes on to the same result`, async () => {
    const config = mergeConfig(SMALL_MACRO, overrides);
    const options = { backend: gpu, dataset: DATASET, config };
    const whole = new Search(options);
    const { events } = await run(whole);
    whole.dispose();
    const expected = withoutSeconds(events);
    const found: RunEvent[] = [];
    let snapshot: Snapshot | undefined;
    for (let parts = 1; found.at(-1)?.type !== "trained"; parts++) {
      assert.ok(parts < 100);
      const abort = new AbortController();
      const search = new Search({
        ...{ ...options, signal: abort.signal },
        ...(snapshot === undefined ? {} : { resume: snapshot }),
      });
      for await (const event of search.run()) {
        found.push(event);
        abort.abort();
      }
      const { values, tensors } = await search.snapshot();
      // As a checkpoint keeps them.
      snapshot = new Snapshot(JSON.parse(JSON.stringify(values)), tensors);
      search.dispose();
    }
    assert.deepEqual(withoutSeconds(found), expected);
    assert.equal(gpu.memory.use().liveBuffers, 0);
  });
}

Deno.test("shuffled rewards change what the controller learns, and nothing before", async () => {
  const steps = async (rewards: "own" | "shuffled") => {
    const config = mergeConfig(SMALL_MACRO, {
      ...{ search: { rewards, arcsPerUpdate: 4, epochs: 1 } },
    });
    const search = new Search({ backend: gpu, dataset: DATASET, config });
    const { events, weights } = await run(search);
    const parameters = search.strategy.sampler!.parameters();
    search.dispose();
    return { first: eventsOf(events, "controller_step")[0], weights, parameters };
  };
  const [own, shuffled] = [await steps("own"), await steps("shuffled")];
  assert.deepEqual(shuffled.weights, own.weights);
  assert.deepEqual(shuffled.first.accuracy.toFixed(9), own.first.accuracy.toFixed(9));
  assert.notDeepEqual(shuffled.parameters, own.parameters);
});
