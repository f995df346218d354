import assert from "node:assert/strict";
import { join } from "node:path";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { Random } from "../../../engine/random.ts";
import { type Arc, ArcError, formatArc, parseArc } from "../../../nas/space/mod.ts";
import { prepareChildData } from "../../../nas/data/resident.ts";
import { MicroNetwork } from "../../../nas/child/micro/network.ts";
import { MicroOfficialNetwork } from "../../../nas/child/micro/official.ts";
import type { ChildNetwork, ForwardMode } from "../../../nas/child/network.ts";
import { accuracyOf } from "../../../nas/child/score.ts";
import { ConfigError, mergeConfig, type SearchConfig } from "../../../nas/config/mod.ts";
import { networkCost } from "../../../nas/space/registry.ts";
import { syntheticDataset } from "../../../nas/data/mod.ts";
import { DivergenceError } from "../../../nas/child/errors.ts";
import { runSearch } from "../../../nas/search/run_search.ts";
import { runTrain, type RunTrainOptions, type TrainStart } from "../../../nas/search/run_train.ts";
import { type RunEvent, runEventSchema } from "../../../nas/run/events.ts";
import { openRun, StoreError } from "../../../nas/run/mod.ts";
import { loadNetwork } from "../../../nas/child/stored_network.ts";
import {
  eventsOf,
  gpu,
  MACRO_ARC,
  MICRO_ARC,
  SMALL_MACRO,
  SMALL_MICRO,
  withoutSeconds,
} from "./small_runs.ts";
import { watchGathers } from "../evaluator/watch_gathers.ts";

const root = Deno.makeTempDirSync({ prefix: "enaslab_train_" });
globalThis.addEventListener("unload", () => Deno.removeSync(root, { recursive: true }));

const MACRO = mergeConfig(SMALL_MACRO, { device: "cpu" });
const MICRO = mergeConfig(SMALL_MICRO, { device: "cpu" });
const OFFICIAL = { finalTraining: { graph: "official" } } as const;
/** Every space and graph with an arc of it. */
const ALL: readonly (readonly [SearchConfig, Arc])[] = [
  [MACRO, MACRO_ARC],
  [mergeConfig(MACRO, OFFICIAL), MACRO_ARC],
  [MICRO, MICRO_ARC],
  [mergeConfig(MICRO, OFFICIAL), MICRO_ARC],
];

let runs = 0;

/** A recorded training, with what was heard of it. */
async function train(config: SearchConfig, arc: Arc, more: Partial<RunTrainOptions> = {}) {
  const heard: RunEvent[] = [];
  const starts: TrainStart[] = [];
  let steps = 0;
  const outcome = await runTrain({
    gpu,
    config,
    arc,
    preset: "quick",
    root,
    name: `run${++runs}`,
    onEvent: (event) => heard.push(event),
    onStart: (start) => starts.push(start),
    onStep: () => steps++,
    ...more,
  });
  return { ...outcome, heard, starts, steps };
}

const entries = (path: string) => [...Deno.readDirSync(path)].map(({ name }) => name).sort();

for (const [config, arc] of ALL) {
  const { space, finalTraining: { graph } } = config;
  Deno.test(`runTrain() trains a ${space} arc in the ${graph} graph and records it`, async () => {
    const { folder, status, trained, heard, starts, steps } = await train(config, arc);
    assert.equal(status, "completed");
    assert.equal(steps, 2 * 3);
    assert.deepEqual(entries(folder.path), [
      "checkpoints",
      "config.json",
      "events.jsonl",
      "predictions.json",
    ]);
    assert.deepEqual(entries(folder.checkpoints), ["child.safetensors", "state-000001"]);
    const { config: stored, events, truncated } = openRun(folder.path);
    assert.equal(truncated, false);
    assert.equal(stored.command, "train");
    assert.deepEqual(stored.hyperparameters, config);
    assert.deepEqual([stored.dataset.train, stored.dataset.validation], [120, 40]);
    assert.equal(starts.length, 1);
    assert.deepEqual([starts[0].folder, starts[0].config, starts[0].steps], [folder, stored, 6]);
    for (const event of events) assert.deepEqual(runEventSchema.parse(event), event);
    assert.deepEqual(events.slice(1, -1), heard);
    assert.deepEqual(heard.map(({ type }) => type), ["train_epoch", "train_epoch", "trained"]);
    const last = events.at(-1)!;
    assert.ok(last.type === "run_finished" && last.status === "completed");

    assert.deepEqual(heard.at(-1), trained);
    assert.deepEqual([trained!.arc, trained!.graph], [formatArc(arc), graph]);
    // The stored network is the one that was measured.
    const backend = new CpuBackend();
    const child = loadNetwork(backend, join(folder.checkpoints, "child.safetensors"));
    assert.deepEqual([child.arc, child.spec.graph], [arc, graph]);
    const { parameters, flops } = networkCost(child.spec, arc, [8, 8, 1]);
    assert.deepEqual([trained!.parameters, trained!.flops], [parameters, flops]);
    const data = prepareChildData(backend, syntheticDataset(), config, new Random(config.seed));
    const how = { batchSize: 250, batchNorm: "moving" } as const;
    const all = Uint32Array.from({ length: 200 }, (_, i) => i);
    assert.deepEqual(
      [
        await accuracyOf(child.network, arc, data.test, all, how),
        await accuracyOf(child.network, arc, data.pool, data.split.validation, how),
      ],
      [trained!.testAccuracy, trained!.validationAccuracy],
    );
  });
}

Deno.test("the last and the best validation accuracy are kept apart", async () => {
  // Wild rates and few steps: the accuracy jumps, so that the best epoch is seldom the last.
  const config = mergeConfig(MACRO, {
    finalTraining: {
      epochs: 7,
      stepsPerEpoch: 2,
      learningRateMax: 1,
      learningRateMin: 1,
      restartPeriod: 7,
    },
  });
  let apart = 0;
  for (const seed of [1, 2, 3]) {
    const { heard, trained } = await train(mergeConfig(config, { seed }), MACRO_ARC);
    const validation = eventsOf(heard, "train_epoch").map((event) => event.validationAccuracy!);
    assert.equal(validation.length, 7);
    const best = Math.max(...validation);
    assert.equal(trained!.validationAccuracy, validation[6]);
    assert.equal(trained!.bestValidationAccuracy, best);
    assert.equal(trained!.bestEpoch, 1 + validation.indexOf(best));
    if (best > validation[6]) apart++;
  }
  assert.ok(apart > 0);
});

Deno.test("trainOn says which images train; test images never do, and are read once", async () => {
  for (const trainOn of ["train", "all"] as const) {
    const config = mergeConfig(MACRO, { finalTraining: { trainOn, stepsPerEpoch: 0 } });
    let heard: RunEvent[] = [];
    const gathered = await watchGathers(async () => ({ heard } = await train(config, MACRO_ARC)));
    const { split } = prepareChildData(
      new CpuBackend(),
      syntheticDataset(),
      config,
      new Random(config.seed),
    );
    const steps = gathered.filter(({ kind }) => kind === "step");
    assert.ok(steps.every(({ from }) => from === 800));
    // Two epochs, each one pass over the images that train.
    const images = trainOn === "all" ? [...split.train, ...split.validation] : [...split.train];
    assert.equal(steps.length, 2 * images.length / 8);
    for (const epoch of [0, 1]) {
      const half = steps.slice(epoch * steps.length / 2, (epoch + 1) * steps.length / 2);
      assert.deepEqual(half.flatMap((step) => step.images).sort(), images.sort());
    }
    // Validation images are scored after each epoch, but not where they train.
    const scores = gathered.filter(({ kind }) => kind === "score");
    const validated = scores.filter(({ from }) => from === 800).flatMap((score) => score.images);
    const expected = trainOn === "all" ? [] : [...split.validation, ...split.validation];
    assert.deepEqual(validated, expected);
    // The test images are read once, whole, after everything else.
    const last = gathered.length - 1;
    assert.equal(gathered.findIndex(({ from }) => from === 200), last);
    assert.deepEqual(gathered[last].images, Array.from({ length: 200 }, (_, i) => i));

    const [trained] = eventsOf(heard, "trained");
    const accuracies = eventsOf(heard, "train_epoch").map((event) => event.validationAccuracy);
    const told = [trained.validationAccuracy, trained.bestValidationAccuracy, trained.bestEpoch];
    assert.ok([...accuracies, ...told].every((value) => (value === null) === (trainOn === "all")));
  }
});

Deno.test("a search trains its best arc as runTrain() with the same seed does, bit for bit", async () => {
  for (const config of [MACRO, mergeConfig(MICRO, OFFICIAL)]) {
    const heard: RunEvent[] = [];
    const { best } = await runSearch({
      gpu,
      config: mergeConfig(config, { search: { epochs: 1 } }),
      preset: "quick",
      root,
      name: `run${++runs}`,
      onEvent: (event) => heard.push(event),
    });
    const alone = await train(config, best!.arc);
    const parts = [...eventsOf(heard, "train_epoch"), ...eventsOf(heard, "trained")];
    assert.equal(parts.length, 3);
    assert.deepEqual(withoutSeconds(alone.heard), withoutSeconds(parts));
    const other = await train(mergeConfig(config, { seed: 2 }), best!.arc);
    assert.notDeepEqual(withoutSeconds(other.heard), withoutSeconds(parts));
  }
});

for (const graph of ["faithful", "official"] as const) {
  Deno.test(`drop-path and the auxiliary head are at work in the ${graph} graph`, async () => {
    const settings = { graph, dropPathKeep: 0.6, auxiliaryHead: true } as const;
    const config = mergeConfig(MICRO, { finalTraining: settings });
    const prototype: ChildNetwork = graph === "official"
      ? MicroOfficialNetwork.prototype
      : MicroNetwork.prototype;
    const { forward } = prototype;
    const modes: ForwardMode[] = [];
    let run!: Awaited<ReturnType<typeof train>>;
    prototype.forward = function (tape, arc, images, mode) {
      modes.push(mode);
      return forward.call(this, tape, arc, images, mode);
    };
    try {
      run = await train(config, MICRO_ARC);
    } finally {
      prototype.forward = forward;
    }
    const steps = modes.filter(({ batchNorm }) => batchNorm === "train");
    assert.ok(steps.every(({ auxiliary }) => auxiliary));
    const paths = steps.map(({ dropPath }) => dropPath!);
    assert.deepEqual(paths.map(({ progress }) => progress), [1, 2, 3, 4, 5, 6].map((n) => n / 6));
    assert.ok(paths.every(({ keepProbability }) => keepProbability === 0.6));
    assert.equal(new Set(paths.map(({ seed }) => seed)).size, 6);
    const scores = modes.filter(({ batchNorm }) => batchNorm !== "train");
    assert.equal(scores.length, 3);
    assert.ok(scores.every((mode) => !mode.auxiliary && !mode.dropPath && mode.dropout === null));

    const losses = async (changed: { dropPathKeep?: number; auxiliaryHead?: boolean }) => {
      const { heard } = await train(mergeConfig(config, { finalTraining: changed }), MICRO_ARC);
      return eventsOf(heard, "train_epoch").map(({ loss }) => loss);
    };
    const both = eventsOf(run.heard, "train_epoch").map(({ loss }) => loss);
    assert.notDeepEqual(await losses({ dropPathKeep: 1 }), both);
    assert.notDeepEqual(await losses({ auxiliaryHead: false }), both);
    // The auxiliary head is stored with the network, and no cost of it.
    const path = join(run.folder.checkpoints, "child.safetensors");
    const { network, spec } = loadNetwork(new CpuBackend(), path);
    assert.ok(network.weights.parameterCount > run.trained!.parameters);
    const { parameters } = networkCost(spec, MICRO_ARC, [8, 8, 1]);
    assert.equal(run.trained!.parameters, parameters);
  });
}

Deno.test("runTrain() leaves no folder where the arc cannot be trained", async () => {
  const before = entries(root);
  const refuses = (config: SearchConfig, arc: Arc, message: RegExp) =>
    assert.rejects(train(config, arc), (error) => {
      assert.ok(error instanceof ArcError, String(error));
      assert.match(error.message, message);
      assert.deepEqual(entries(root), before);
      return true;
    });
  for (const graph of ["faithful", "official"] as const) {
    const settings = { finalTraining: { graph } };
    const other = /of the (\w+) space but found one of the (\w+) space; set --space \2$/;
    await refuses(mergeConfig(MACRO, settings), MICRO_ARC, other);
    await refuses(mergeConfig(MICRO, settings), MACRO_ARC, other);
  }
  const refusing = mergeConfig(MACRO, { finalTraining: { graph: "official", poolOps: "refuse" } });
  await refuses(refusing, MACRO_ARC, /found avg_pool3x3 in row 3; .* or the graph mode faithful$/);
  const odd = { child: { layers: 2 }, finalTraining: { filters: 5 } };
  await assert.rejects(train(mergeConfig(MACRO, odd), MACRO_ARC), (error) => {
    assert.ok(error instanceof ConfigError, String(error));
    assert.match(error.message, /filters to be even, because an architecture of 3 layers pools/);
    return true;
  });
  assert.deepEqual(entries(root), before);
  // The faithful graph trains it, and the official one another arc.
  const faithful = mergeConfig(refusing, { finalTraining: { graph: "faithful" } });
  assert.equal((await train(faithful, MACRO_ARC)).status, "completed");
  const convolutions = parseArc("0 3 1 1 0 1", "macro");
  assert.equal((await train(refusing, convolutions)).trained!.graph, "official");
});

Deno.test("runTrain() records what ended early, and what failed", async () => {
  const abort = new AbortController();
  let steps = 0;
  const { folder, status, trained, heard } = await train(MACRO, MACRO_ARC, {
    signal: abort.signal,
    onStep: () => ++steps === 4 && abort.abort(),
  });
  assert.deepEqual([status, trained, steps], ["interrupted", null, 4]);
  assert.deepEqual(heard.map(({ type }) => type), ["train_epoch"]);
  assert.deepEqual(entries(folder.checkpoints), ["child.safetensors", "state-000001"]);

  const wild = { learningRateMax: 1e300, learningRateMin: 1e299 };
  const failing = train(mergeConfig(MACRO, { finalTraining: wild }), MACRO_ARC, { name: "wild" });
  await assert.rejects(failing, DivergenceError);
  const last = openRun(join(root, "wild")).events.at(-1)!;
  assert.ok(last.type === "run_finished" && last.status === "failed");
  assert.match(last.message!, /finite loss/);
  await assert.rejects(train(MACRO, MACRO_ARC, { name: "wild" }), StoreError);
});
