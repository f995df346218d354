import assert from "node:assert/strict";
import type { Backend } from "../../../engine/backend.ts";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { MICRO_OPS, parseArc } from "../../../nas/space/mod.ts";
import { mergeConfig, type SearchConfig } from "../../../nas/config/mod.ts";
import { networkCost } from "../../../nas/space/registry.ts";
import { syntheticDataset } from "../../../nas/data/mod.ts";
import { Search } from "../../../nas/search/search.ts";
import { type RunEvent, runEventSchema } from "../../../nas/run/events.ts";
import { eventsOf, SMALL_MACRO, SMALL_MICRO, withoutSeconds } from "./small_runs.ts";

const gpu = await GpuBackend.open();
const DATASET = syntheticDataset({ train: 160, test: 30 });
const RANDOM = mergeConfig(SMALL_MICRO, { strategy: { name: "random" } });
const AUXILIARY = mergeConfig(SMALL_MICRO, {
  child: { auxiliaryHead: true },
  finalTraining: { auxiliaryHead: true },
});
/** One epoch, and almost no training. */
const SHORT = {
  child: { stepsPerEpoch: 2 },
  search: { updatesPerEpoch: 1, epochs: 1, scoredArcs: 2 },
  finalTraining: { epochs: 1, stepsPerEpoch: 1 },
} as const;

/** A whole search, and what `inspect` says of it at the end. */
async function run<T>(
  config: SearchConfig,
  backend: Backend = new CpuBackend(),
  inspect: (search: Search) => T | Promise<T> = () => null as T,
) {
  const work = { child_step: 0, reward: 0, evaluation_step: 0, score: 0, train_step: 0 };
  const search = new Search({ backend, dataset: DATASET, config, onWork: (kind) => work[kind]++ });
  try {
    const events: RunEvent[] = await Array.fromAsync(search.run());
    return { events, work, planned: search.work, inspected: await inspect(search) };
  } finally {
    search.dispose();
  }
}

for (const config of [SMALL_MICRO, RANDOM]) {
  const learns = config.strategy.name === "controller";
  Deno.test(`a micro search yields a complete, valid stream with the sampler ${config.strategy.name}`, async () => {
    const { events, work, planned, inspected } = await run(config, gpu, ({ child }) => child!.spec);
    assert.equal(gpu.memory.use().liveBuffers, 0);
    for (const event of events) assert.deepEqual(runEventSchema.parse(event), event);
    assert.deepEqual(work, planned);
    const times = (count: number, type: string) => new Array<string>(count).fill(type);
    const epoch = [
      ...times(3, "child_step"),
      ...times(learns ? 2 : 0, "controller_step"),
      ...times(3, "arc_scored"),
      "epoch_finished",
    ];
    assert.deepEqual(events.map(({ type }) => type), [
      ...[...epoch, ...epoch, "best_arc", "arc_traced", ...times(2, "train_epoch"), "trained"],
    ]);
    const scored = eventsOf(events, "arc_scored");
    for (const { arc, estimate, images, batchNorm } of scored) {
      const parsed = parseArc(arc, "micro");
      assert.ok(parsed.space === "micro");
      assert.deepEqual([parsed.normal.nodes.length, parsed.reduction.nodes.length], [2, 2]);
      assert.deepEqual([images, batchNorm], [20, "batch"]);
      assert.ok(estimate >= 0 && estimate <= 1 && Math.abs(estimate * 20 % 1) < 1e-9);
    }
    assert.ok(new Set(scored.map(({ arc }) => arc)).size > 1);
    for (const event of eventsOf(events, "epoch_finished")) {
      // Two cells of two nodes of two operands for every arc drawn: steps, rewards, scores.
      const operands = (3 + (learns ? 4 : 0) + 3) * 8;
      assert.equal(event.opShares.length, MICRO_OPS.length);
      const counts = event.opShares.map((share) => share * operands);
      assert.ok(counts.every((count) => Math.abs(count - Math.round(count)) < 1e-9));
      assert.ok(Math.abs(counts.reduce((a, b) => a + b) - operands) < 1e-9);
      assert.equal(event.skipRate, null);
      assert.equal(event.policyAccuracy, null);
      assert.equal(event.reward === null, !learns);
    }
    for (const event of eventsOf(events, "controller_step")) {
      assert.equal(event.skipRate, null);
      // 16 decisions, the first two of each cell among two inputs and the others more.
      assert.ok(event.entropy > 0 && event.entropy < 16 * Math.log(5));
    }
    const [best] = eventsOf(events, "best_arc");
    const [trained] = eventsOf(events, "trained");
    assert.equal(trained.arc, best.arc);
    assert.deepEqual([trained.graph, trained.testImages], ["faithful", 30]);
    const cost = networkCost(inspected, parseArc(best.arc, "micro"), [8, 8, 1]);
    assert.deepEqual([trained.parameters, trained.flops], [cost.parameters, cost.flops]);
  });
}

Deno.test("the same seed gives the same micro search to the bit, another seed other arcs", async () => {
  for (const base of [RANDOM, AUXILIARY]) {
    const config = mergeConfig(base, SHORT);
    const { events } = await run(config);
    assert.deepEqual(withoutSeconds((await run(config)).events), withoutSeconds(events));
    const other = await run(mergeConfig(config, { seed: 2 }));
    const arcs = (of: readonly RunEvent[]) => eventsOf(of, "arc_scored").map(({ arc }) => arc);
    assert.notDeepEqual(arcs(other.events), arcs(events));
  }
});

Deno.test("the auxiliary head shapes the shared weights, and learns itself only where it may", async () => {
  const weights = async ({ evaluator }: Search) => await evaluator.shared!.network.weights.values();
  const search = async (child: { auxiliaryHead: boolean; auxiliaryTrainable?: boolean }) => {
    const config = mergeConfig(SMALL_MICRO, SHORT);
    const full = mergeConfig(config, { child, finalTraining: child });
    const untrained = new Search({ backend: new CpuBackend(), dataset: DATASET, config: full });
    const before = await weights(untrained);
    const { events, inspected: after } = await run(full, new CpuBackend(), weights);
    const changed = [...after].filter(([name, { data }]) =>
      data.some((value, i) => value !== before.get(name)!.data[i])
    ).map(([name]) => name);
    return { losses: eventsOf(events, "child_step").map(({ loss }) => loss), changed, after };
  };
  const without = await search({ auxiliaryHead: false });
  const fixed = await search({ auxiliaryHead: true });
  const trainable = await search({ auxiliaryHead: true, auxiliaryTrainable: true });
  const own = [...fixed.after.keys()].filter((name) => !without.after.has(name));
  assert.ok(own.length > 0);
  // The logged loss is the cross-entropy of the main head alone; its first value is the same.
  assert.equal(fixed.losses[0], without.losses[0]);
  assert.notEqual(fixed.losses[1], without.losses[1]);
  assert.ok(fixed.changed.length > 0);
  assert.deepEqual(fixed.changed.filter((name) => own.includes(name)), []);
  assert.deepEqual(trainable.changed.filter((name) => own.includes(name)), own);
});

Deno.test("the controller trains every second epoch where trainEvery says so", async () => {
  for (const base of [SMALL_MACRO, SMALL_MICRO]) {
    const config: SearchConfig = base.space === "macro"
      ? mergeConfig(base, { ...SHORT, search: { trainEvery: 2, epochs: 3 } })
      : mergeConfig(base, { ...SHORT, search: { trainEvery: 2, epochs: 3 } });
    const { events, work, planned } = await run(config);
    assert.deepEqual(work, planned);
    assert.equal(work.reward, 2 * 2);
    const steps = eventsOf(events, "controller_step").map(({ epoch, step }) => [epoch, step]);
    assert.deepEqual(steps, [[2, 1], [2, 2]]);
    const told = eventsOf(events, "epoch_finished").map(({ reward, baseline, entropy }) =>
      [reward, baseline, entropy].map((value) => value !== null)
    );
    assert.deepEqual(told, [false, true, false].map((trained) => [trained, trained, trained]));
  }
});

Deno.test("every kind of statistics is told in the events, and the policy's accuracy", async () => {
  for (const batchNorm of ["moving", "batch", "recalibrated"] as const) {
    for (const evaluation of ["one-arc", "new-arc-per-batch"] as const) {
      const config = mergeConfig(mergeConfig(RANDOM, SHORT), {
        evaluator: { rewardBatchNorm: batchNorm, recalibrationBatches: 2 },
        search: { evaluation },
      });
      const { events } = await run(config);
      const told = [...eventsOf(events, "arc_scored"), ...eventsOf(events, "best_arc")];
      assert.deepEqual(told.map((event) => event.batchNorm), [batchNorm, batchNorm, batchNorm]);
      const [{ policyAccuracy }] = eventsOf(events, "epoch_finished");
      assert.ok(policyAccuracy !== null && Math.abs(policyAccuracy * 40 % 1) < 1e-9);
    }
  }
});
