import assert from "node:assert/strict";
import { join } from "node:path";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { DeviceError, MemoryBudgetError } from "../../../engine/errors.ts";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { Random } from "../../../engine/random.ts";
import {
  formatArc,
  type MacroArc,
  macroArcParameters,
  macroSupernetParameters,
  parseArc,
} from "../../../nas/space/mod.ts";
import { prepareChildData } from "../../../nas/data/resident.ts";
import { accuracyOf } from "../../../nas/child/score.ts";
import {
  ConfigError,
  getPreset,
  mergeConfig,
  type SearchConfig,
  sharedWeightsOf,
} from "../../../nas/config/mod.ts";
import { DataError, syntheticDataset } from "../../../nas/data/mod.ts";
import { DivergenceError } from "../../../nas/child/errors.ts";
import { runSearch, type RunSearchOptions, type RunStart } from "../../../nas/search/run_search.ts";
import { sampleArcs } from "../../../nas/search/sampled.ts";
import { Search } from "../../../nas/search/search.ts";
import { readWeights } from "../../../nas/run/checkpoint.ts";
import type { RunEvent } from "../../../nas/run/events.ts";
import {
  formatArcsCsv,
  openRun,
  type RunFolder,
  runFolder,
  StoreError,
} from "../../../nas/run/mod.ts";
import { type LoadedNetwork, loadNetwork } from "../../../nas/child/stored_network.ts";

const gpu = await GpuBackend.open();
const root = Deno.makeTempDirSync({ prefix: "enaslab_run_" });
globalThis.addEventListener("unload", () => Deno.removeSync(root, { recursive: true }));

const CONFIG = mergeConfig(getPreset("quick").config, {
  dataset: { name: "synthetic", images: 160, imageSize: 8, validationShare: 0.25 },
  child: { layers: 4, filters: 4, batchSize: 16, stepsPerEpoch: 4, restartPeriod: 2 },
  strategy: { hiddenSize: 8 },
  evaluator: { batchSize: 16 },
  search: { updatesPerEpoch: 2, arcsPerUpdate: 2, epochs: 2, scoredArcs: 2, scoreImages: 20 },
  finalTraining: { epochs: 1, stepsPerEpoch: 8, filters: 6, batchSize: 16, restartPeriod: 2 },
});
const ON_CPU = mergeConfig(CONFIG, {
  device: "cpu",
  child: { stepsPerEpoch: 1, batchSize: 4 },
  evaluator: { batchSize: 4 },
  search: { scoreImages: 4 },
  finalTraining: { stepsPerEpoch: 1, batchSize: 4 },
});

const run = (name: string, config: SearchConfig, more: Partial<RunSearchOptions> = {}) =>
  runSearch({ config, preset: "quick", root, name, ...more });

/** Runs `body` and says how many devices it opened and closed. */
async function countDevices(body: () => Promise<unknown>) {
  const counts = { opened: 0, closed: 0 };
  const { open } = GpuBackend;
  const { close } = GpuBackend.prototype;
  GpuBackend.open = (options) => {
    counts.opened++;
    return open.call(GpuBackend, options);
  };
  GpuBackend.prototype.close = function () {
    counts.closed++;
    return close.call(this);
  };
  try {
    await body();
  } finally {
    GpuBackend.open = open;
    GpuBackend.prototype.close = close;
  }
  return counts;
}

/** A network that a run saved. */
function load(folder: RunFolder, name: "shared_weights" | "child"): LoadedNetwork {
  const path = join(folder.checkpoints, `${name}.safetensors`);
  const { weights, averages } = readWeights(path);
  for (const [key, { data }] of [...weights, ...averages]) {
    assert.ok(data.every(Number.isFinite), key);
  }
  // loadNetwork() refuses what is missing or of another shape, and what is too much.
  const loaded = loadNetwork(gpu, path);
  assert.deepEqual([...weights.keys()].sort(), [...loaded.network.weights.names].sort());
  return loaded;
}

const entries = (path: string) => [...Deno.readDirSync(path)].map(({ name }) => name).sort();

Deno.test("runSearch() records everything in a folder that can be read", async () => {
  const heard: RunEvent[] = [];
  const starts: RunStart[] = [];
  const work: string[] = [];
  let outcome!: Awaited<ReturnType<typeof runSearch>>;
  const devices = await countDevices(async () => {
    outcome = await run("whole", CONFIG, {
      onEvent: (event) => heard.push(event),
      onStart: (start) => starts.push(start),
      onWork: (kind) => work.push(kind),
    });
  });
  assert.deepEqual(devices, { opened: 1, closed: 1 });
  const { folder, best } = outcome;
  assert.equal(folder.path, join(root, "whole"));
  assert.deepEqual(entries(folder.path), [
    "arcs.csv",
    "checkpoints",
    "config.json",
    "events.jsonl",
    "predictions.json",
  ]);
  assert.deepEqual(entries(folder.checkpoints), [
    ...["child.safetensors", "sampler.safetensors", "shared_weights.safetensors", "state-000001"],
  ]);

  const { config, events, truncated } = openRun(folder.path);
  assert.equal(truncated, false);
  assert.equal(config.command, "search");
  assert.deepEqual(config.hyperparameters, CONFIG);
  assert.deepEqual(config.adapter.description, gpu.adapter.description);
  assert.deepEqual(config.dataset, {
    name: "synthetic",
    classes: 4,
    classNames: syntheticDataset().classNames,
    shape: [8, 8, 1],
    train: 120,
    validation: 40,
    test: 200,
  });
  assert.deepEqual(starts.map((start) => [start.folder, start.config]), [[folder, config]]);
  for (const [kind, count] of Object.entries(starts[0].work)) {
    assert.equal(work.filter((done) => done === kind).length, count, kind);
  }
  // The log has the events that were heard between its own first and last line.
  assert.deepEqual(events.slice(1, -1), heard);
  assert.equal(events[0].type, "run_started");
  const last = events.at(-1)!;
  assert.ok(last.type === "run_finished" && last.status === "completed");
  assert.equal(outcome.status, "completed");
  const scored = heard.filter((event) => event.type === "arc_scored");
  assert.equal(scored.length, 4);
  assert.equal(Deno.readTextFileSync(folder.arcs), formatArcsCsv(scored));
  assert.deepEqual(
    outcome.meanEstimateByEpoch,
    heard.flatMap((event) => event.type === "epoch_finished" ? [event.meanEstimate] : []),
  );

  // The files hold the weights that were measured.
  const trained = heard.at(-1)!;
  const bestArc = heard.find((event) => event.type === "best_arc")!;
  assert.ok(trained.type === "trained" && bestArc.type === "best_arc");
  assert.equal(formatArc(best!.arc), bestArc.arc);
  assert.deepEqual([best!.estimate, best!.testAccuracy], [bestArc.estimate, trained.testAccuracy]);
  const data = prepareChildData(gpu, syntheticDataset(), CONFIG, new Random(CONFIG.seed));
  const shared = load(folder, "shared_weights");
  assert.equal(shared.arc, null);
  const widths = { inputChannels: 1, classes: 4 };
  assert.equal(
    shared.network.weights.parameterCount,
    macroSupernetParameters({ ...widths, filters: 4, layers: 4 }),
  );
  const batch = { batchSize: 16, batchNorm: sharedWeightsOf(CONFIG).rewardBatchNorm };
  assert.equal(
    await accuracyOf(shared.network, best!.arc, data.pool, data.split.validation, batch),
    bestArc.estimate,
  );
  const child = load(folder, "child");
  assert.deepEqual(child.arc, best!.arc);
  assert.equal(
    child.network.weights.parameterCount,
    macroArcParameters(best!.arc as MacroArc, { ...widths, filters: 6 }),
  );
  const all = Uint32Array.from({ length: 200 }, (_, i) => i);
  const whole = { batchSize: 200, batchNorm: "moving" } as const;
  assert.equal(
    await accuracyOf(child.network, best!.arc, data.test, all, whole),
    trained.testAccuracy,
  );
  for (const part of [shared.network, child.network, data.pool, data.test]) part.dispose();
  assert.equal(gpu.memory.use().liveBuffers, 0);
});

Deno.test("sampleArcs() draws the same for a seed, and goes on from the run without one", async () => {
  const { folder } = await run("sampled", ON_CPU);
  const text = (count: number, seed?: number) =>
    sampleArcs(folder.path, count, seed).arcs.map(formatArc);
  assert.deepEqual(text(5, 1), text(5, 1));
  assert.notDeepEqual(text(5, 1), text(5, 2));
  assert.notDeepEqual(text(5), text(5, 1));
  // The same search once more, and its sampler asked directly.
  const backend = new CpuBackend();
  const search = new Search({ backend, dataset: syntheticDataset(), config: ON_CPU });
  await Array.fromAsync(search.run());
  const { arcs, logProbability } = search.strategy.sampler!.sample(5);
  assert.deepEqual(text(5), arcs.map(formatArc));
  assert.deepEqual(sampleArcs(folder.path, 5).logProbability, logProbability);
  assert.throws(() => sampleArcs(join(root, "nowhere"), 1), StoreError);
});

Deno.test("runSearch() records an interrupted run with what it has", async () => {
  const abort = new AbortController();
  const { folder, status, best } = await run("interrupted", ON_CPU, {
    signal: abort.signal,
    onEvent: ({ type }) => type === "epoch_finished" && abort.abort(),
  });
  assert.equal(status, "interrupted");
  assert.ok(best !== null && best.testAccuracy === null);
  const last = openRun(folder.path).events.at(-1)!;
  assert.ok(last.type === "run_finished" && last.status === "interrupted");
  assert.deepEqual(entries(folder.checkpoints), [
    ...["sampler.safetensors", "shared_weights.safetensors", "state-000001"],
  ]);
  assert.equal(sampleArcs(folder.path, 2).arcs.length, 2);
});

Deno.test("runSearch() that fails later says so in the log and keeps what it wrote", async () => {
  const wild = mergeConfig(CONFIG, {
    finalTraining: { learningRateMax: 1e30, learningRateMin: 1e29, divergenceLimit: 3 },
  });
  let message = "";
  const devices = await countDevices(() =>
    assert.rejects(run("diverged", wild), (error) => {
      assert.ok(error instanceof DivergenceError);
      message = error.message;
      return true;
    })
  );
  assert.deepEqual(devices, { opened: 1, closed: 1 });
  const { folder, events, truncated } = openRun(join(root, "diverged"));
  assert.equal(truncated, false);
  const last = events.at(-1)!;
  assert.ok(last.type === "run_finished" && last.status === "failed");
  assert.equal(last.message, message);
  assert.equal(events.filter(({ type }) => type === "arc_scored").length, 4);
  assert.equal(Deno.readTextFileSync(folder.arcs).trim().split("\n").length, 5);
  // What the search came to before is there to be used; the child that diverged is not.
  assert.deepEqual(entries(folder.checkpoints), [
    ...["sampler.safetensors", "shared_weights.safetensors"],
  ]);
  assert.equal(sampleArcs(folder.path, 3).arcs.length, 3);
  const shared = load(folder, "shared_weights");
  const best = events.find((event) => event.type === "best_arc")!;
  assert.ok(best.type === "best_arc");
  const data = prepareChildData(gpu, syntheticDataset(), wild, new Random(wild.seed));
  const how = { batchSize: 16, batchNorm: sharedWeightsOf(wild).rewardBatchNorm };
  const arc = parseArc(best.arc, "macro");
  assert.equal(
    await accuracyOf(shared.network, arc, data.pool, data.split.validation, how),
    best.estimate,
  );
  for (const part of [shared.network, data.pool, data.test]) part.dispose();
  assert.equal(gpu.memory.use().liveBuffers, 0);
});

Deno.test("runSearch() logs what a caller's function throws", async () => {
  const onStart = () => {
    throw new RangeError("the caller's");
  };
  await assert.rejects(run("caller", ON_CPU, { onStart }), /the caller's/);
  const last = openRun(join(root, "caller")).events.at(-1)!;
  assert.ok(last.type === "run_finished" && last.message === "the caller's");
});

Deno.test("runSearch() refuses a folder before it does any work", async () => {
  const taken = join(root, "taken");
  Deno.mkdirSync(taken);
  Deno.writeTextFileSync(join(taken, "note.txt"), "mine");
  const file = join(root, "file");
  Deno.writeTextFileSync(file, "");
  // The data set does not exist either: the folder is checked first.
  const config = { ...CONFIG, dataset: { ...CONFIG.dataset, name: "nothing" } };
  const devices = await countDevices(async () => {
    await assert.rejects(run("taken", config), StoreError);
    await assert.rejects(run("a/b", config), StoreError);
    await assert.rejects(run("new", config, { root: join(file, "runs") }), StoreError);
  });
  assert.deepEqual(devices, { opened: 0, closed: 0 });
  assert.deepEqual(entries(taken), ["note.txt"]);
});

Deno.test("runSearch() leaves no folder and no open device when it cannot begin", async () => {
  const before = entries(root);
  const attempt = async (config: SearchConfig, more: Partial<RunSearchOptions>, error: unknown) => {
    const devices = await countDevices(() =>
      assert.rejects(run("never", config, more), error as ErrorConstructor)
    );
    assert.deepEqual(entries(root), before);
    return devices;
  };
  const closed = { opened: 1, closed: 1 };
  const unknown = { ...CONFIG, dataset: { ...CONFIG.dataset, name: "nothing" } };
  assert.deepEqual(await attempt(unknown, {}, DataError), { opened: 0, closed: 0 });
  const many = { ...CONFIG, dataset: { ...CONFIG.dataset, images: 801 } };
  assert.deepEqual(await attempt(many, {}, ConfigError), closed);
  assert.deepEqual(await attempt(CONFIG, { memoryBudget: 1000 }, MemoryBudgetError), closed);
  const { open } = GpuBackend;
  GpuBackend.open = () => Promise.reject(new DeviceError("no adapter"));
  try {
    assert.equal((await attempt(CONFIG, {}, DeviceError)).closed, 0);
  } finally {
    GpuBackend.open = open;
  }
  // The name is free again, and a file that appeared meanwhile is not deleted.
  const onlooker = runFolder(join(root, "watched"));
  GpuBackend.open = () => {
    Deno.writeTextFileSync(join(onlooker.path, "note.txt"), "mine");
    return Promise.reject(new DeviceError("no adapter"));
  };
  try {
    await assert.rejects(run("watched", CONFIG), DeviceError);
    assert.ok(entries(onlooker.path).includes("note.txt"));
  } finally {
    GpuBackend.open = open;
  }
});
