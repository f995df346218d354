import assert from "node:assert/strict";
import type { Backend } from "../../../engine/backend.ts";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { parseMacroArc } from "../../../nas/space/mod.ts";
import { getPreset, mergeConfig, type SearchConfig } from "../../../nas/config/mod.ts";
import { syntheticDataset } from "../../../nas/data/mod.ts";
import { DivergenceError } from "../../../nas/child/errors.ts";
import { Search } from "../../../nas/search/search.ts";
import type { WorkKind } from "../../../nas/evaluator/evaluator.ts";
import { type RunEvent, runEventSchema } from "../../../nas/run/events.ts";
import { watchGathers } from "../evaluator/watch_gathers.ts";

const gpu = await GpuBackend.open();
const DATASET = syntheticDataset({ train: 200, test: 60 });

const SMALL = mergeConfig(getPreset("quick").config, {
  dataset: { name: "synthetic", images: 160, imageSize: 8, validationShare: 0.25 },
  child: { layers: 4, filters: 4, batchSize: 16, stepsPerEpoch: 6, restartPeriod: 2 },
  strategy: { hiddenSize: 8 },
  evaluator: { batchSize: 16 },
  search: { updatesPerEpoch: 2, arcsPerUpdate: 3, epochs: 2, scoredArcs: 3, scoreImages: 20 },
  finalTraining: { epochs: 2, stepsPerEpoch: 6, filters: 4, batchSize: 16, restartPeriod: 2 },
});
const RANDOM = mergeConfig(SMALL, { strategy: { name: "random" } });

interface RunOptions {
  readonly backend?: Backend;
  readonly signal?: AbortSignal;
  /** Called with the number of units of this kind so far. */
  readonly onWork?: (kind: WorkKind, count: number) => void;
}

/** A whole search, and what is left of it when it is disposed of. */
async function run(config: SearchConfig, { backend = gpu, signal, onWork }: RunOptions = {}) {
  const work = { child_step: 0, reward: 0, evaluation_step: 0, score: 0, train_step: 0 };
  const search = new Search({
    backend,
    dataset: DATASET,
    config,
    onWork(kind) {
      work[kind]++;
      onWork?.(kind, work[kind]);
    },
    ...(signal ? { signal } : {}),
  });
  try {
    const events: RunEvent[] = [];
    for await (const event of search.run()) events.push(event);
    const { best, data: { split } } = search;
    return { events, work, planned: search.work, split, best, child: search.child };
  } finally {
    search.dispose();
  }
}

const of = <T extends RunEvent["type"]>(events: readonly RunEvent[], type: T) =>
  events.filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);

const withoutSeconds = (events: readonly RunEvent[]) =>
  events.map((event) => ({ ...event, seconds: 0 }));

const types = (events: readonly RunEvent[]) => events.map(({ type }) => type);

/** The types of a complete run's events, in order. */
function expectedTypes({ strategy }: SearchConfig): string[] {
  const times = (count: number, type: string) => new Array<string>(count).fill(type);
  const epoch = [
    ...times(6, "child_step"),
    ...times(strategy.name === "controller" ? 2 : 0, "controller_step"),
    ...times(3, "arc_scored"),
    "epoch_finished",
  ];
  return [...epoch, ...epoch, "best_arc", "arc_traced", ...times(2, "train_epoch"), "trained"];
}

for (const config of [SMALL, RANDOM]) {
  const { name } = config.strategy;
  Deno.test(`Search yields a complete, valid stream of events with the strategy ${name}`, async () => {
    const { events, work, planned, best } = await run(config);
    for (const event of events) {
      assert.deepEqual(runEventSchema.parse(event), event);
      if ("seconds" in event) assert.ok(event.seconds >= 0);
    }
    assert.deepEqual(types(events), expectedTypes(config));
    assert.deepEqual(work, planned);
    assert.deepEqual(of(events, "child_step").map(({ step }) => step), [
      ...[1, 2, 3, 4, 5, 6],
      ...[7, 8, 9, 10, 11, 12],
    ]);
    const scored = of(events, "arc_scored");
    assert.deepEqual(
      scored.map(({ epoch, index }) => [epoch, index]),
      [[1, 0], [1, 1], [1, 2], [2, 0], [2, 1], [2, 2]],
    );
    for (const { arc, estimate, images } of scored) {
      assert.equal(parseMacroArc(arc).layers.length, 4);
      assert.equal(images, 20);
      // A share of 20 images.
      assert.ok(estimate >= 0 && estimate <= 1 && Math.abs(estimate * 20 % 1) < 1e-9);
    }
    for (const [i, epoch] of of(events, "epoch_finished").entries()) {
      assert.equal(epoch.epoch, i + 1);
      const steps = of(events, "child_step").filter((step) => step.epoch === i + 1);
      const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
      assert.equal(epoch.trainLoss, mean(steps.map(({ loss }) => loss)));
      assert.ok(steps.every(({ learningRate }) => learningRate === epoch.learningRate));
      const estimates = scored.slice(i * 3, i * 3 + 3).map(({ estimate }) => estimate);
      assert.equal(epoch.meanEstimate, mean(estimates));
      assert.equal(epoch.bestEstimate, Math.max(...estimates));
      // Every arc that was drawn counts: for steps, for rewards and for scoring, 4 layers each.
      const layers = (6 + (name === "controller" ? 6 : 0) + 3) * 4;
      assert.ok(epoch.opShares.every((share) => Math.abs(share * layers % 1 - 0.5) > 0.5 - 1e-9));
      assert.ok(Math.abs(epoch.opShares.reduce((a, b) => a + b) - 1) < 1e-9);
      const updates = of(events, "controller_step").filter((update) => update.epoch === i + 1);
      if (name === "controller") {
        assert.equal(epoch.baseline, updates[1].baseline);
        assert.equal(epoch.reward, mean(updates.map(({ reward }) => reward)));
        assert.equal(epoch.entropy, mean(updates.map(({ entropy }) => entropy)));
      } else assert.deepEqual([epoch.reward, epoch.baseline, epoch.entropy], [null, null, null]);
    }
    for (const [i, update] of of(events, "controller_step").entries()) {
      assert.deepEqual([update.step, update.arcs], [i + 1, 3]);
      // A share of 3 times 16 images.
      assert.ok(Math.abs(update.accuracy * 48 % 1 - 0.5) > 0.5 - 1e-9);
    }
    const [bestArc] = of(events, "best_arc");
    const top = Math.max(...scored.map(({ estimate }) => estimate));
    const winner = scored.findLast(({ estimate }) => estimate === top)!;
    assert.deepEqual([bestArc.arc, bestArc.epoch], [winner.arc, winner.epoch]);
    assert.equal(bestArc.images, 40, "the whole validation split");
    assert.equal(best!.estimate, bestArc.estimate);
    const [traced] = of(events, "arc_traced");
    assert.equal(traced.arc, bestArc.arc);
    const { layers } = config.child;
    assert.equal(traced.decisions.length, layers + layers * (layers - 1) / 2);
    assert.equal(traced.parameters.length, name === "random" ? 0 : 7);
    const [trained] = of(events, "trained");
    assert.deepEqual([trained.arc, trained.testImages], [bestArc.arc, 60]);
    assert.equal(gpu.memory.use().liveBuffers, 0);
  });
}

Deno.test("the same seed gives the same events to the bit, another seed other arcs", async () => {
  const short = { search: { epochs: 1 }, finalTraining: { epochs: 1 } };
  for (const config of [SMALL, RANDOM].map((config) => mergeConfig(config, short))) {
    const { events } = await run(config);
    assert.deepEqual(withoutSeconds((await run(config)).events), withoutSeconds(events));
    const other = await run(mergeConfig(config, { seed: 2 }));
    const arcs = (of: readonly RunEvent[]) =>
      of.flatMap((e) => e.type === "arc_scored" ? e.arc : []);
    assert.notDeepEqual(arcs(other.events), arcs(events));
  }
});

Deno.test("the shared weights and the final child learn", async () => {
  const config = mergeConfig(RANDOM, {
    child: { stepsPerEpoch: 25, filters: 8 },
    search: { epochs: 2 },
    finalTraining: { stepsPerEpoch: 25, filters: 8 },
  });
  const { events } = await run(config);
  const [first, second] = of(events, "epoch_finished");
  // Chance is ln 4 = 1.39 nats and 0.25.
  assert.ok(second.trainLoss! < 0.8 * first.trainLoss!, `${first.trainLoss}, ${second.trainLoss}`);
  assert.ok(second.meanEstimate > 0.5, `estimate ${second.meanEstimate}`);
  const [trained] = of(events, "trained");
  assert.ok(trained.testAccuracy > 0.8, `test accuracy ${trained.testAccuracy}`);
  assert.equal(trained.validationAccuracy, of(events, "train_epoch")[1].validationAccuracy);
});

Deno.test("a search on the cpu is the same search", async () => {
  const short = mergeConfig(RANDOM, {
    child: { stepsPerEpoch: 2 },
    search: { epochs: 1, scoredArcs: 2 },
    finalTraining: { epochs: 1, stepsPerEpoch: 2 },
  });
  const [expected, actual] = [await run(short, { backend: new CpuBackend() }), await run(short)];
  assert.deepEqual(types(actual.events), types(expected.events));
  assert.deepEqual(actual.split, expected.split);
  const arcs = (events: readonly RunEvent[]) => of(events, "arc_scored").map(({ arc }) => arc);
  assert.deepEqual(arcs(actual.events), arcs(expected.events));
  for (const [i, { loss, gradientNorm }] of of(expected.events, "child_step").entries()) {
    const step = of(actual.events, "child_step")[i];
    assert.ok(Math.abs(step.loss - loss) < 1e-3 * loss, `loss ${step.loss} instead of ${loss}`);
    assert.ok(Math.abs(step.gradientNorm - gradientNorm) < 1e-2 * gradientNorm);
  }
});

Deno.test("cpu and gpu draw the same first 200 arcs from one seed, rewards included", async () => {
  const config = mergeConfig(SMALL, {
    child: { layers: 2, filters: 2, batchSize: 4, stepsPerEpoch: 5 },
    evaluator: { batchSize: 4 },
    search: { updatesPerEpoch: 1, arcsPerUpdate: 5, epochs: 10, scoredArcs: 20, scoreImages: 2 },
    finalTraining: { epochs: 1, stepsPerEpoch: 1, filters: 2, batchSize: 4 },
  });
  const [cpu, gpu] = [await run(config, { backend: new CpuBackend() }), await run(config)];
  const arcs = ({ events }: typeof cpu) => of(events, "arc_scored").map(({ arc }) => arc);
  assert.equal(arcs(cpu).length, 200);
  assert.deepEqual(arcs(gpu), arcs(cpu));
  // The baseline has seen every reward.
  const baselines = ({ events }: typeof cpu) =>
    of(events, "controller_step").map(({ baseline }) => baseline);
  assert.deepEqual(baselines(gpu), baselines(cpu));
});

Deno.test("no validation or test image ever reaches a weight step", async () => {
  let split!: Awaited<ReturnType<typeof run>>["split"];
  const gathered = await watchGathers(async () => {
    ({ split } = await run(SMALL));
  });
  const validation = new Set(split.validation);
  const train = new Set(split.train);
  assert.ok(split.validation.every((image) => !train.has(image)));
  const steps = gathered.filter(({ kind }) => kind === "step");
  assert.equal(steps.length, 2 * 6 + 2 * 6);
  for (const { from, images } of steps) {
    assert.ok(from === 200 && images.length === 16);
    assert.ok(images.every((image) => train.has(image)));
  }
  // 120 images train: an epoch of 6 batches of 16 shows none twice.
  for (const epoch of [0, 12]) {
    const seen = steps.slice(epoch, epoch + 6).flatMap(({ images }) => images);
    assert.equal(new Set(seen).size, 96);
  }
  const scores = gathered.filter(({ kind }) => kind === "score");
  for (const { images } of scores.filter(({ from }) => from === 200)) {
    assert.ok(images.every((image) => validation.has(image)));
  }
  // Six rewards of one batch an epoch, all batches different; three arcs on the same 20 images.
  const [rewards, scored] = [scores.slice(0, 6), scores.slice(6, 12)];
  assert.deepEqual(rewards.map(({ images }) => images.length), [16, 16, 16, 16, 16, 16]);
  assert.equal(new Set(rewards.map(({ images }) => images.join())).size, 6);
  assert.deepEqual(scored.map(({ images }) => images.length), [10, 10, 10, 10, 10, 10]);
  const first = [...split.validation.subarray(0, 20)];
  for (const at of [0, 2, 4]) {
    assert.deepEqual([...scored[at].images, ...scored[at + 1].images], first);
  }
  // The best arc on the whole split, after the last epoch.
  const rescored = scores.slice(24, 27).flatMap(({ images }) => images);
  assert.deepEqual(rescored, [...split.validation]);
  // The test split is read once, whole, after everything else.
  const last = gathered.length - 1;
  assert.deepEqual(gathered.findIndex(({ from }) => from === 60), last);
  assert.deepEqual(gathered[last].images, Array.from({ length: 60 }, (_, i) => i));
});

Deno.test("aborting ends the search after the present step, in every phase", async () => {
  const abortAt = async (kind: WorkKind, count: number) => {
    const abort = new AbortController();
    const done: Record<string, number> = {};
    const onWork = (worked: WorkKind, n: number) => {
      done[worked] = n;
      if (worked === kind && n === count) abort.abort();
    };
    const result = await run(SMALL, { signal: abort.signal, onWork });
    assert.equal(gpu.memory.use().liveBuffers, 0);
    return { ...result, types: types(result.events), done };
  };
  const training = await abortAt("child_step", 9);
  assert.equal(training.done.child_step, 9);
  // The three steps of the second epoch are told; nothing comes after them.
  const whole = expectedTypes(SMALL);
  assert.deepEqual(training.types, whole.slice(0, 12 + 3));
  assert.equal(training.best!.epoch, 1);
  assert.equal(training.child, null);

  // Rewards of one update are computed together.
  const rewarding = await abortAt("reward", 1);
  assert.equal(rewarding.done.reward, 3);
  assert.deepEqual(rewarding.types, whole.slice(0, 6 + 1));
  assert.equal(rewarding.best, null);

  const scoring = await abortAt("score", 6);
  assert.deepEqual(scoring.types, whole.slice(0, 24));
  assert.equal(of(scoring.events, "best_arc").length, 0);

  const final = await abortAt("train_step", 7);
  assert.equal(final.done.train_step, 7);
  assert.deepEqual(final.types, whole.slice(0, 27));
  assert.notEqual(final.child, null);
});

Deno.test("whoever stops reading leaves no buffers", async () => {
  for (const last of ["child_step", "controller_step", "arc_scored", "best_arc", "train_epoch"]) {
    const search = new Search({ backend: gpu, dataset: DATASET, config: SMALL });
    for await (const { type } of search.run()) if (type === last) break;
    search.dispose();
    assert.equal(gpu.memory.use().liveBuffers, 0, last);
  }
});

Deno.test("a search goes on past steps that are not finite, which change no weight", async () => {
  const work: WorkKind[] = [];
  let good: Float32Array | Float64Array | null = null;
  const search: Search = new Search({
    backend: gpu,
    dataset: DATASET,
    config: SMALL,
    onWork(kind) {
      work.push(kind);
      if (kind !== "child_step" || work.length > 5) return;
      // Steps 3 to 5 meet a poisoned weight, which is healed afterwards.
      if (work.length === 2) {
        search.evaluator.shared!.network.weights.set("stem/beta", [NaN, 0, 0, 0]);
      }
      if (work.length === 5) search.evaluator.shared!.network.weights.set("stem/beta", good!);
    },
  });
  const initial = await search.evaluator.shared!.network.weights.values();
  good = initial.get("stem/beta")!.data;
  const events: RunEvent[] = [];
  for await (const event of search.run()) events.push(event);
  const diverged = of(events, "diverged");
  assert.deepEqual(diverged.map(({ epoch, step }) => [epoch, step]), [[1, 3], [1, 4], [1, 5]]);
  for (const event of diverged) {
    assert.deepEqual([event.weights, event.loss], ["shared", "NaN"]);
    assert.equal(event.batch.length, SMALL.child.batchSize);
    assert.ok(event.batch.every((image) => search.data.split.train.includes(image)));
    assert.equal(parseMacroArc(event.arc).layers.length, 4);
    assert.ok(runEventSchema.safeParse(event).success);
  }
  assert.deepEqual(
    of(events, "child_step").map(({ step }) => step),
    [1, 2, 6, 7, 8, 9, 10, 11, 12],
  );
  assert.deepEqual(
    events.map(({ type }) => type).filter((type) => type !== "diverged" && type !== "child_step"),
    expectedTypes(SMALL).filter((type) => type !== "child_step"),
  );
  for (const [name, { data }] of await search.evaluator.shared!.network.weights.values()) {
    assert.ok(data.every(Number.isFinite), name);
  }
  search.dispose();
  assert.equal(gpu.memory.use().liveBuffers, 0);
});

// Last in this file: what diverged leaves NaN in the pool, which later tests should not meet.
Deno.test("a diverging search says so and leaves no buffers", async () => {
  const wild = { learningRateMax: 1e30, learningRateMin: 1e29, stepsPerEpoch: 20 };
  for (
    const [group, phase] of [["finalTraining", "train_step"], ["child", "child_step"]] as const
  ) {
    let last: WorkKind | null = null;
    await assert.rejects(
      run(mergeConfig(SMALL, { [group]: wild }), { onWork: (kind) => last = kind }),
      (error) => error instanceof DivergenceError && /lower the learning rate/.test(error.message),
    );
    assert.equal(last, phase);
    assert.equal(gpu.memory.use().liveBuffers, 0, group);
  }
});

Deno.test("a search refuses settings with which its best arc could not be trained", () => {
  const config = mergeConfig(SMALL, { finalTraining: { graph: "official", poolOps: "refuse" } });
  assert.throws(() => new Search({ backend: gpu, dataset: DATASET, config }), {
    name: "ConfigError",
    message: /^Expected finalTraining.poolOps to be pre-activation in a search/,
  });
});
