import assert from "node:assert/strict";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { cosineLearningRate } from "../../../engine/optim/schedule.ts";
import { Random } from "../../../engine/random.ts";
import { macroArcFlops, macroArcParameters, parseMacroArc } from "../../../nas/space/mod.ts";
import { prepareChildData } from "../../../nas/data/resident.ts";
import type { ChildNetwork } from "../../../nas/child/network.ts";
import { accuracyOf } from "../../../nas/child/score.ts";
import { getPreset, mergeConfig } from "../../../nas/config/mod.ts";
import { syntheticDataset } from "../../../nas/data/mod.ts";
import {
  type Diverged,
  runEventSchema,
  type Trained,
  type TrainEpoch,
} from "../../../nas/run/events.ts";
import { trainFromScratch, type TrainOptions } from "../../../nas/child/scratch_training.ts";

const gpu = await GpuBackend.open();
const ARC = parseMacroArc("0 3 1 4 0 1 2 1 0 0");
const CONFIG = mergeConfig(getPreset("quick").config, {
  dataset: { name: "synthetic", imageSize: 8, validationShare: 0.25 },
  child: { layers: 4, filters: 4, batchSize: 16 },
  evaluator: { batchSize: 16 },
  search: { scoreImages: 20 },
  finalTraining: { epochs: 3, stepsPerEpoch: 15, filters: 8, batchSize: 16, restartPeriod: 3 },
});
const data = prepareChildData(
  gpu,
  syntheticDataset({ train: 200, test: 60, noise: 110 }),
  CONFIG,
  new Random(1),
);
const LIVE = gpu.memory.use().liveBuffers;

function options(changed: Partial<TrainOptions> = {}): TrainOptions {
  let seconds = 0;
  const clock = () => seconds++;
  return { backend: gpu, data, arc: ARC, config: CONFIG, random: new Random(3), clock, ...changed };
}

/** All events and what is returned. */
async function train(changed: Partial<TrainOptions> = {}) {
  const events: (Diverged | TrainEpoch | Trained)[] = [];
  const training = trainFromScratch(options(changed));
  for (;;) {
    const next = await training.next();
    if (next.done) return { events, ...next.value };
    events.push(next.value);
  }
}

const accuracies = async (network: ChildNetwork) => {
  const how = { batchSize: 50, batchNorm: "moving" } as const;
  const all = Uint32Array.from({ length: 60 }, (_, i) => i);
  return [
    await accuracyOf(network, ARC, data.pool, data.split.validation, how),
    await accuracyOf(network, ARC, data.test, all, how),
  ];
};

Deno.test("trainFromScratch() learns, tells every epoch, and returns the weights it measured", async () => {
  let steps = 0;
  const { events, network, spec, arc } = await train({ onStep: () => steps++ });
  assert.deepEqual(arc, ARC);
  assert.deepEqual([spec.space, spec.graph], ["macro", "faithful"]);
  assert.equal(steps, 45);
  for (const event of events) assert.deepEqual(runEventSchema.parse(event), event);
  assert.deepEqual(events.map(({ type, seconds }) => [type, seconds]), [
    ["train_epoch", 0],
    ["train_epoch", 1],
    ["train_epoch", 2],
    ["trained", 3],
  ]);
  const epochs = events.slice(0, 3) as TrainEpoch[];
  const trained = events[3] as Trained;
  const { learningRateMax: max, learningRateMin: min } = CONFIG.finalTraining;
  assert.deepEqual(
    epochs.map(({ epoch, learningRate }) => [epoch, learningRate]),
    [0, 1, 2].map((n) => [n + 1, cosineLearningRate(n, { max, min, period: 3, factor: 2 })]),
  );
  assert.ok(epochs[2].loss < 0.7 * epochs[0].loss, `${epochs[0].loss} to ${epochs[2].loss}`);
  assert.ok(epochs[2].trainAccuracy > epochs[0].trainAccuracy);
  // Chance is 0.25, and noise keeps it below 1, so that accuracies of other images differ.
  const { testAccuracy } = trained;
  assert.ok(testAccuracy > 0.6 && testAccuracy < 1, `test accuracy ${testAccuracy}`);
  assert.deepEqual(await accuracies(network), [trained.validationAccuracy, trained.testAccuracy]);
  assert.equal(trained.validationAccuracy, epochs[2].validationAccuracy);
  const validation = epochs.map(({ validationAccuracy }) => validationAccuracy!);
  assert.equal(trained.bestValidationAccuracy, Math.max(...validation));
  assert.equal(trained.bestEpoch, 1 + validation.indexOf(Math.max(...validation)));
  assert.equal(trained.arc, "0 3 1 4 0 1 2 1 0 0");
  assert.equal(trained.graph, "faithful");
  assert.equal(trained.testImages, 60);
  const widths = { filters: 8, inputChannels: 1, classes: 4 };
  assert.equal(trained.parameters, macroArcParameters(ARC, widths));
  assert.equal(trained.flops, macroArcFlops(ARC, { ...widths, imageHeight: 8, imageWidth: 8 }));
  // The network holds this arc alone.
  assert.equal(network.weights.parameterCount, trained.parameters);
  assert.deepEqual(network.weights.names, network.pathOf(ARC));
  network.dispose();
  assert.equal(gpu.memory.use().liveBuffers, LIVE);
});

Deno.test("trainFromScratch() repeats to the bit, and another seed trains other weights", async () => {
  const short = mergeConfig(CONFIG, { finalTraining: { epochs: 1, stepsPerEpoch: 4 } });
  const run = async (seed: number) => {
    const { events, network } = await train({ config: short, random: new Random(seed) });
    const weights = await network.weights.values();
    const averages = await network.averages.values();
    network.dispose();
    return { events, weights, averages };
  };
  const first = await run(3);
  assert.deepEqual(await run(3), first);
  assert.notDeepEqual((await run(4)).events, first.events);
});

Deno.test("trainFromScratch() returns what it has when it is aborted", async () => {
  const abort = new AbortController();
  let steps = 0;
  const onStep = () => {
    if (++steps === 20) abort.abort();
  };
  const { events, network } = await train({ onStep, signal: abort.signal });
  assert.equal(steps, 20);
  assert.deepEqual(events.map(({ type }) => type), ["train_epoch"]);
  network.dispose();
  assert.equal(gpu.memory.use().liveBuffers, LIVE);
});

Deno.test("trainFromScratch() disposes of the network when nobody will", async () => {
  for await (const { type } of trainFromScratch(options())) if (type === "train_epoch") break;
  assert.equal(gpu.memory.use().liveBuffers, LIVE, "the caller stopped reading");
  const wild = mergeConfig(CONFIG, {
    finalTraining: { learningRateMax: 1e30, learningRateMin: 1e29 },
  });
  await assert.rejects(train({ config: wild }), /Expected a finite loss/);
  assert.equal(gpu.memory.use().liveBuffers, LIVE, "training diverged");
});
