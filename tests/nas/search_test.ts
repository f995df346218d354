import assert from "node:assert/strict";
import { GpuBackend } from "../../engine/gpu_backend.ts";
import { ImageBytes } from "../../engine/image_bytes.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { getPreset, mergeConfig, type SearchConfig } from "../../nas/config/mod.ts";
import { syntheticDataset } from "../../nas/data/mod.ts";
import { DivergenceError } from "../../nas/errors.ts";
import { MacroSearch, type WorkKind } from "../../nas/search.ts";
import type { RunEvent } from "../../nas/store/events.ts";
import { runEventSchema } from "../../nas/store/event_schema.ts";

const gpu = await GpuBackend.open();
const DATASET = syntheticDataset({ train: 200, test: 60 });

const SMALL = mergeConfig(getPreset("quick").config, {
  dataset: { name: "synthetic", images: 160, imageSize: 8, validationShare: 0.25 },
  child: { layers: 4, filters: 4, batchSize: 16, stepsPerEpoch: 6, restartPeriod: 2 },
  controller: { hiddenSize: 8, updatesPerEpoch: 2, arcsPerUpdate: 3, batchSize: 16 },
  search: { epochs: 2, scoredArcs: 3, scoreImages: 20 },
  finalTraining: { epochs: 2, stepsPerEpoch: 6, filters: 4, batchSize: 16, restartPeriod: 2 },
});

async function run(config: SearchConfig, signal?: AbortSignal) {
  const work: WorkKind[] = [];
  const search = new MacroSearch({
    backend: gpu,
    dataset: DATASET,
    config,
    onWork: (kind) => work.push(kind),
    ...(signal ? { signal } : {}),
  });
  try {
    const events: RunEvent[] = [];
    for await (const event of search.run()) events.push(event);
    return { events, work, planned: search.work, split: search.data.split, best: search.best };
  } finally {
    search.dispose();
  }
}

const of = <T extends RunEvent["type"]>(events: readonly RunEvent[], type: T) =>
  events.filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);

const withoutSeconds = (events: readonly RunEvent[]) =>
  events.map((event) => ({ ...event, seconds: 0 }));

Deno.test("MacroSearch yields a complete, valid stream of events, the same for the same seed", async () => {
  const { events, work, planned, best } = await run(SMALL);
  for (const event of events) assert.ok(runEventSchema.safeParse(event).success, event.type);
  for (const [kind, count] of Object.entries(planned)) {
    assert.equal(work.filter((done) => done === kind).length, count, kind);
  }
  assert.equal(of(events, "child_step").length, 12);
  assert.equal(of(events, "controller_step").length, 4);
  assert.equal(of(events, "arc_scored").length, 6);
  for (const epoch of of(events, "epoch_finished")) {
    assert.ok(Math.abs(epoch.opShares.reduce((a, b) => a + b) - 1) < 1e-9);
    assert.ok(epoch.reward !== null && epoch.entropy !== null);
  }
  const [bestArc] = of(events, "best_arc");
  const top = Math.max(...of(events, "arc_scored").map(({ estimate }) => estimate));
  assert.ok(of(events, "arc_scored").some((s) => s.arc === bestArc.arc && s.estimate === top));
  assert.equal(bestArc.images, 40);
  assert.equal(best!.estimate, bestArc.estimate);
  const [trained] = of(events, "trained");
  assert.equal(trained.testImages, 60);
  assert.equal(events.at(-1), trained);
  assert.equal(gpu.memory.use().liveBuffers, 0);

  assert.deepEqual(withoutSeconds((await run(SMALL)).events), withoutSeconds(events));
  const other = await run(mergeConfig(SMALL, { seed: 2 }));
  assert.notDeepEqual(
    of(other.events, "arc_scored").map(({ arc }) => arc),
    of(events, "arc_scored").map(({ arc }) => arc),
  );
});

Deno.test("the random sampler gives the same stream without rewards", async () => {
  const { events } = await run(mergeConfig(SMALL, { controller: { sampler: "random" } }));
  assert.equal(of(events, "controller_step").length, 0);
  for (const epoch of of(events, "epoch_finished")) {
    assert.deepEqual([epoch.reward, epoch.baseline, epoch.entropy], [null, null, null]);
  }
  assert.equal(of(events, "trained").length, 1);
});

Deno.test("no validation or test image ever reaches a weight step", async () => {
  const original = ImageBytes.prototype.gather;
  const gathered: { pool: boolean; images: number[]; training: boolean }[] = [];
  const written = new WeakMap<Tensor, number[]>();
  const fromArray = gpu.fromArray;
  gpu.fromArray = function (values, shape, dtype) {
    const tensor = fromArray.call(gpu, values, shape, dtype);
    if (dtype === "u32") written.set(tensor, Array.from(values));
    return tensor;
  };
  ImageBytes.prototype.gather = function (indices, first, n, augmentation) {
    gathered.push({
      pool: this.shape[0] === 200,
      images: written.get(indices)!.slice(first, first + n),
      // Only training passes `null` or an augmentation; scoring leaves the argument out.
      training: arguments.length === 4,
    });
    return original.call(this, indices, first, n, augmentation);
  };
  try {
    const { split } = await run(SMALL);
    const validation = new Set(split.validation);
    const train = new Set(split.train);
    assert.ok(split.validation.every((image) => !train.has(image)));
    const steps = gathered.filter(({ training }) => training);
    assert.equal(steps.length, 24);
    for (const { pool, images } of steps) {
      assert.ok(pool && images.length === 16);
      assert.ok(images.every((image) => train.has(image)));
    }
    const scores = gathered.filter(({ training }) => !training);
    for (const { images } of scores.filter(({ pool }) => pool)) {
      assert.ok(images.every((image) => validation.has(image)));
    }
    // The test split is read once, after everything else.
    assert.deepEqual(scores.map(({ pool }) => pool).lastIndexOf(true), scores.length - 2);
    assert.equal(gathered.at(-1)!.pool, false);
    assert.equal(gathered.at(-1)!.images.length, 60);
  } finally {
    ImageBytes.prototype.gather = original;
    gpu.fromArray = fromArray;
  }
});

Deno.test("aborting ends the search after the present step", async () => {
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 0);
  const { events } = await run(mergeConfig(SMALL, { search: { epochs: 50 } }), abort.signal);
  assert.equal(of(events, "trained").length, 0);
  assert.ok(of(events, "child_step").length < 300);
  assert.equal(gpu.memory.use().liveBuffers, 0);
});

Deno.test("a diverging search says so", async () => {
  await assert.rejects(
    run(mergeConfig(SMALL, {
      child: { learningRateMax: 1e30, learningRateMin: 1e29, stepsPerEpoch: 20 },
    })),
    (error) => error instanceof DivergenceError && /lower the learning rate/.test(error.message),
  );
});
