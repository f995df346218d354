import assert from "node:assert/strict";
import { join } from "node:path";
import { runResult as result } from "../../../bench/run_result.ts";
import { getPreset, mergeConfig, type SearchConfig } from "../../../nas/config/mod.ts";
import { parseArc } from "../../../nas/space/mod.ts";
import { resumableSearch, resumableTraining } from "../../../nas/run/resume.ts";
import { runSearch, type RunSearchOptions } from "../../../nas/search/run_search.ts";
import { runTrain } from "../../../nas/search/run_train.ts";
import { runFolder, RunLock, StoreError } from "../../../nas/run/mod.ts";
import { gpu } from "./small_runs.ts";

const root = Deno.makeTempDirSync({ prefix: "enaslab_resume_" });
globalThis.addEventListener("unload", () => Deno.removeSync(root, { recursive: true }));

const COMMON = {
  dataset: { name: "synthetic", images: 120, imageSize: 8, validationShare: 0.25 },
  strategy: { hiddenSize: 8 },
  evaluator: { batchSize: 8 },
  search: { updatesPerEpoch: 2, arcsPerUpdate: 2, epochs: 2, scoredArcs: 2, scoreImages: 10 },
  finalTraining: { epochs: 2, stepsPerEpoch: 3, filters: 4, batchSize: 8, restartPeriod: 2 },
};
const MACRO = mergeConfig(getPreset("quick").config, {
  ...COMMON,
  child: { layers: 3, filters: 4, batchSize: 8, stepsPerEpoch: 4, restartPeriod: 2 },
});
const MICRO = mergeConfig(getPreset("quick", "micro").config, {
  ...COMMON,
  child: { layers: 1, filters: 4, nodes: 2, batchSize: 8, stepsPerEpoch: 4, restartPeriod: 2 },
  finalTraining: { ...COMMON.finalTraining, layers: 1 },
});
const ON_CPU = mergeConfig(MACRO, {
  device: "cpu",
  child: { layers: 2, batchSize: 4, stepsPerEpoch: 2 },
  evaluator: { batchSize: 4 },
  search: { scoreImages: 4 },
  finalTraining: { stepsPerEpoch: 1, batchSize: 4 },
});

/** A run that dies: by an error of its caller, as a stand-in for every sudden end. */
class Killed extends Error {}

const notes: string[] = [];
const onNote = (sentence: string) => void notes.push(sentence);
const search = (name: string, config: SearchConfig, more: Partial<RunSearchOptions> = {}) =>
  runSearch({ config, preset: "quick", root, name, gpu, onNote, ...more });
const resume = (name: string, more: Partial<RunSearchOptions> = {}) =>
  runSearch({ ...resumableSearch(join(root, name)), gpu, onNote, ...more });

for (const [label, config] of Object.entries({ macro: MACRO, micro: MICRO, cpu: ON_CPU })) {
  Deno.test(`a ${label} search that ends in any phase goes on to the same result`, async () => {
    await search(label, config);
    const expected = result(join(root, label));
    const { child: { stepsPerEpoch } } = config;
    const works = { child_step: stepsPerEpoch + 1, reward: 2, score: 1, train_step: 2 };
    const points = [
      ...Object.entries(works).map(([kind, count]) => ({ kind, count, every: 0 })),
      // Without a checkpoint the run begins again.
      { kind: "child_step", count: 2, every: 1000 },
    ];
    for (const [i, { kind, count, every }] of points.entries()) {
      const name = `${label}-${i}`;
      let left = count;
      const onWork = (done: string) => {
        if (done === kind && --left === 0) throw new Killed();
      };
      await assert.rejects(search(name, config, { onWork, checkpointEvery: every }), Killed);
      await resume(name, { checkpointEvery: 1000 });
      assert.deepEqual(result(join(root, name)), expected, `${kind} ${count} every ${every}`);
    }
  });
}

Deno.test("a search that is interrupted again and again goes on to the same result", async () => {
  const expected = result(join(root, "macro"));
  let abort = new AbortController();
  const onEvent = ({ type }: { readonly type: string }) => {
    if (type !== "run_started" && type !== "run_finished") abort.abort();
  };
  const first = await search("steps", MACRO, { signal: abort.signal, onEvent });
  let outcome = first;
  for (let i = 0; outcome.status === "interrupted"; i++) {
    assert.ok(i < 50);
    abort = new AbortController();
    outcome = await resume("steps", { signal: abort.signal, onEvent });
  }
  assert.deepEqual(result(join(root, "steps")), expected);
  assert.throws(() => resumableSearch(join(root, "steps")), /found a completed one/);
});

Deno.test("training that ends early goes on to the same result", async () => {
  const arc = parseArc("0 3 1 4 0 1", "macro");
  const options = { config: MACRO, preset: "quick", root, arc, gpu, onNote };
  await runTrain({ ...options, name: "train" });
  const expected = result(join(root, "train"));
  for (const count of [1, 3, 5]) {
    let left = count;
    const onStep = () => {
      if (--left === 0) throw new Killed();
    };
    const name = `train-${count}`;
    await assert.rejects(runTrain({ ...options, name, onStep, checkpointEvery: 0 }), Killed);
    await runTrain({ ...resumableTraining(join(root, name)), gpu, onNote });
    assert.deepEqual(result(join(root, name)), expected);
  }
});

Deno.test("a damaged checkpoint is passed over, a torn line cut, a folder in use refused", async () => {
  const expected = result(join(root, "macro"));
  const onWork = (kind: string) => {
    if (kind === "train_step") throw new Killed();
  };
  await assert.rejects(search("damaged", MACRO, { onWork, checkpointEvery: 0 }), Killed);
  const folder = runFolder(join(root, "damaged"));
  const states = [...Deno.readDirSync(folder.checkpoints)].map(({ name }) => name)
    .filter((name) => name.startsWith("state-")).sort();
  assert.equal(states.length, 2);
  const file = join(folder.checkpoints, states[1], "state.safetensors");
  const bytes = Deno.readFileSync(file);
  bytes[bytes.length - 5] ^= 1;
  Deno.writeFileSync(file, bytes);
  Deno.writeTextFileSync(folder.events, '{"type":"child_', { append: true });
  const lock = RunLock.take(folder);
  await assert.rejects(resume("damaged"), (error) => {
    assert.ok(error instanceof StoreError);
    assert.match(error.message, new RegExp(`in use by process ${Deno.pid} on .+, since 2`));
    return true;
  });
  lock.release();
  notes.length = 0;
  await resume("damaged");
  assert.match(notes.join("\n"), /is damaged \(state.safetensors has another SHA-256\)/);
  assert.deepEqual(result(join(root, "damaged")), expected);
});
