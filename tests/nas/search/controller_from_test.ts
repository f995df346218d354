// Searches that begin with the controller of another run (spec G.1).
import assert from "node:assert/strict";
import { type StrategyState } from "../../../nas/strategy/strategy.ts";
import { join } from "node:path";
import { Random } from "../../../engine/random.ts";
import { mergeConfig, type SearchConfig } from "../../../nas/config/mod.ts";
import { createSampler } from "../../../nas/strategy/registry.ts";
import { runSearch, type RunSearchOptions } from "../../../nas/search/run_search.ts";
import { sampleArcs, samplerOf } from "../../../nas/search/sampled.ts";
import { Search } from "../../../nas/search/search.ts";
import { readSampler, samplerFingerprint } from "../../../nas/strategy/stored.ts";
import type { RunEvent } from "../../../nas/run/events.ts";
import { openRun, readSafetensors, runFolder, writeSafetensors } from "../../../nas/run/mod.ts";
import { counting, failsWith, makeIdx } from "../data/make_idx.ts";
import { writeTree } from "../data/make_images.ts";
import { eventsOf, gpu, SMALL_MACRO, SMALL_MICRO, withoutSeconds } from "./small_runs.ts";

const root = Deno.makeTempDirSync({ prefix: "enaslab_transfer_" });
globalThis.addEventListener("unload", () => Deno.removeSync(root, { recursive: true }));

/** One short epoch on the CPU. */
const SHORT = {
  device: "cpu",
  child: { stepsPerEpoch: 1 },
  search: { updatesPerEpoch: 2, epochs: 1, scoredArcs: 1 },
  finalTraining: { epochs: 1, stepsPerEpoch: 1 },
} as const;
const MACRO = mergeConfig(SMALL_MACRO, SHORT);
const MICRO = mergeConfig(SMALL_MICRO, SHORT);
/** A rate at which a few updates move the policy visibly. */
const FAST = { search: { updatesPerEpoch: 4 }, strategy: { learningRate: 0.5 } } as const;

/** Images of 7 classes, of which the source run knew 4. */
const images = join(root, "images");
await writeTree(images, {
  "train-images-idx3-ubyte": makeIdx([160, 8, 8], counting(160 * 64)),
  "train-labels-idx1-ubyte": makeIdx([160], counting(160, 0, 7)),
  "t10k-images-idx3-ubyte": makeIdx([14, 8, 8], counting(14 * 64)),
  "t10k-labels-idx1-ubyte": makeIdx([14], counting(14, 0, 7)),
});

async function search(
  name: string,
  config: SearchConfig,
  more: Partial<RunSearchOptions> = {},
) {
  const events: RunEvent[] = [];
  const onEvent = (event: RunEvent) => events.push(event);
  const outcome = await runSearch({ config, preset: "quick", root, name, gpu, onEvent, ...more });
  return { ...outcome, events };
}

const sources = {
  macro: (await search("macro source", mergeConfig(MACRO, FAST))).folder,
  micro: (await search("micro source", mergeConfig(MICRO, FAST))).folder,
};

/** Runs `body` with the sampler that the next search begins with. */
async function watchSampler(body: () => Promise<unknown>) {
  const { run } = Search.prototype;
  const seen: StrategyState[] = [];
  Search.prototype.run = function () {
    seen.push(this.strategy.state());
    return run.call(this);
  };
  try {
    await body();
  } finally {
    Search.prototype.run = run;
  }
  assert.equal(seen.length, 1);
  return seen[0];
}

for (const config of [MACRO, MICRO]) {
  const source = sources[config.space];
  Deno.test(`a ${config.space} search begins with another run's parameters, and nothing else of it`, async () => {
    const stored = readSampler(source);
    const fresh = createSampler(config, new Random(config.seed).fork("sampler")).state();
    let transferred!: Awaited<ReturnType<typeof search>>;
    const began = await watchSampler(async () => {
      transferred = await search(`${config.space} begun`, config, { controllerFrom: source.path });
    });
    const parameters = Object.keys(createSampler(config, new Random(0)).parameters());
    for (const [name, { data }] of Object.entries(began.tensors)) {
      if (parameters.includes(name)) {
        assert.deepEqual(data, stored.tensors[name].data, name);
        assert.notDeepEqual(data, fresh.tensors[name].data, name);
      } else {
        // Moments of the optimiser, which the source has and the new search has not.
        assert.ok(data.every((value) => value === 0), name);
      }
    }
    assert.ok(
      Object.entries(stored.tensors).some(([name, { data }]) =>
        !parameters.includes(name) && data.some((value) => value !== 0)
      ),
    );
    // The run says so.
    const { controllerFrom } = openRun(transferred.folder.path).config;
    assert.equal(controllerFrom, `${source.path}, SHA-256 ${samplerFingerprint(stored)}`);
    assert.equal(openRun(source.path).config.controllerFrom, undefined);
    assert.equal(stored.scalars.step, 4);
    assert.deepEqual(began.scalars, fresh.scalars);
    assert.equal(began.scalars.step, 0);
    // The log counts from the start, and the run is another one than without.
    const steps = eventsOf(transferred.events, "controller_step").map(({ step }) => step);
    assert.deepEqual(steps, [1, 2]);
    const alone = await search(`${config.space} alone`, config);
    assert.notDeepEqual(withoutSeconds(alone.events), withoutSeconds(transferred.events));
  });

  Deno.test(`a ${config.space} controller goes over to another depth and number of classes`, async () => {
    const dataset = { name: "idx", images: 0 };
    const deeper: SearchConfig = config.space === "macro"
      ? mergeConfig(config, { child: { layers: 5 }, dataset })
      : mergeConfig(config, { child: { nodes: 3 }, dataset });
    const { folder, status } = await search(`${config.space} deeper`, deeper, {
      controllerFrom: source.path,
      dataFrom: images,
    });
    assert.equal(status, "completed");
    const classes = [source, folder].map(({ path }) => openRun(path).config.dataset.classes);
    assert.deepEqual(classes, [4, 7]);
  });
}

Deno.test("a search refuses what is no controller of its space before it begins", async () => {
  const before = [...Deno.readDirSync(root)].length;
  const refuses = async (config: SearchConfig, from: string, name: string, ...parts: string[]) => {
    await assert.rejects(
      search("never", config, { controllerFrom: from }),
      failsWith(name, ...parts),
    );
    assert.equal([...Deno.readDirSync(root)].length, before);
  };
  await refuses(MACRO, sources.micro.path, "TypeError", "macro controller", "micro controller");
  await refuses(MICRO, sources.macro.path, "TypeError", "micro controller", "macro controller");
  const random = mergeConfig(MACRO, { strategy: { name: "random" } });
  await refuses(random, sources.macro.path, "TypeError", "strategy random", "set the strategy");
  const wide = mergeConfig(MACRO, { strategy: { hiddenSize: 9 } });
  await refuses(wide, sources.macro.path, "TypeError", "same hidden size");
  const nowhere = join(root, "nowhere");
  await refuses(MACRO, nowhere, "StoreError", nowhere);
});

Deno.test("a search refuses a controller of another version", async () => {
  const { folder } = await search("older", MACRO);
  const path = join(folder.checkpoints, "sampler.safetensors");
  const { tensors, metadata } = readSafetensors(path);
  writeSafetensors(path, tensors, { ...metadata, version: "1" });
  await assert.rejects(
    search("later", MACRO, { controllerFrom: folder.path }),
    failsWith("StoreError", path, "version 2", "found version 1"),
  );
  assert.throws(() => Deno.statSync(runFolder(join(root, "later")).path), Deno.errors.NotFound);
});

Deno.test("a run that was killed gives its checkpoint's sampler, to draw and to begin with", async () => {
  let updates = 0;
  const killed = search("killed", mergeConfig(MACRO, FAST), {
    checkpointEvery: 0,
    onWork(kind) {
      if (kind === "reward" && ++updates === 5) throw new Error("killed");
    },
  });
  await assert.rejects(killed, /killed/);
  const folder = runFolder(join(root, "killed"));
  // As `kill -9` leaves it: without a last event, and without what a run saves at its end.
  const lines = Deno.readTextFileSync(folder.events).split("\n");
  Deno.writeTextFileSync(folder.events, `${lines.slice(0, -2).join("\n")}\n`);
  Deno.removeSync(join(folder.checkpoints, "sampler.safetensors"));
  const { scalars, tensors } = samplerOf(openRun(folder.path));
  assert.equal(scalars.step, 2);
  assert.deepEqual(sampleArcs(folder.path, 3, 1).arcs, sampleArcs(folder.path, 3, 1).arcs);
  const began = await watchSampler(() =>
    search("after killed", MACRO, { controllerFrom: folder.path })
  );
  const names = Object.keys(createSampler(MACRO, new Random(0)).parameters());
  for (const name of names) assert.deepEqual(began.tensors[name], tensors[name], name);
});
