/** More epochs for runs that were stored: bit for bit the runs that had them from the beginning. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { runResult as result } from "../../../bench/run_result.ts";
import { ConfigError, mergeConfig, type SearchConfig } from "../../../nas/config/mod.ts";
import { type MoreEpochs, resumableSearch, resumableTraining } from "../../../nas/run/resume.ts";
import {
  createRunFolder,
  openRun,
  type RunFolder,
  runFolder,
  StoreError,
} from "../../../nas/run/mod.ts";
import { runSearch, type RunSearchOptions } from "../../../nas/search/run_search.ts";
import { runTrain } from "../../../nas/search/run_train.ts";
import { writeRequest } from "../../../nas/run/request.ts";
import { formatArc } from "../../../nas/space/mod.ts";
import { gpu, MACRO_ARC, MICRO_ARC, SMALL_MACRO, SMALL_MICRO } from "./small_runs.ts";

const root = Deno.makeTempDirSync({ prefix: "enaslab_extend_" });
globalThis.addEventListener("unload", () => Deno.removeSync(root, { recursive: true }));

/** The CPU takes a moment for these, and compiles nothing. */
const TINY = {
  device: "cpu",
  dataset: { images: 40 },
  child: { layers: 2, filters: 2, batchSize: 4, stepsPerEpoch: 1 },
  evaluator: { batchSize: 4 },
  search: { updatesPerEpoch: 1, epochs: 1, scoredArcs: 2, scoreImages: 4 },
  finalTraining: { epochs: 1, stepsPerEpoch: 1, filters: 2, batchSize: 4 },
} as const;
const MACRO = mergeConfig(SMALL_MACRO, TINY);
const longer = (config: SearchConfig, search: number, final: number) =>
  mergeConfig(config, { search: { epochs: search }, finalTraining: { epochs: final } });

class Killed extends Error {}

const notes: string[] = [];
const onNote = (sentence: string) => void notes.push(sentence);
const search = (name: string, config: SearchConfig, more: Partial<RunSearchOptions> = {}) =>
  runSearch({ config, preset: "quick", root, name, gpu, onNote, ...more });
const extend = (name: string, epochs: MoreEpochs, more: Partial<RunSearchOptions> = {}) =>
  runSearch({ ...resumableSearch(join(root, name), epochs), gpu, onNote, ...more });

Deno.test("a completed search with more epochs is the search that had them from the beginning", async () => {
  await search("long", longer(MACRO, 3, 2));
  const expected = result(join(root, "long"));
  await search("short", MACRO);
  assert.throws(
    () => resumableSearch(join(root, "short")),
    /found a completed one; .* --epochs or --final-epochs with more epochs goes on with it/,
  );
  notes.length = 0;
  await extend("short", { search: 3, final: 2 });
  assert.match(
    notes.join("\n"),
    /goes on to 3 epochs \(search\.epochs\) instead of 1; .* began with search\.epochs=3 and child\.restartPeriod=2/,
  );
  assert.deepEqual(result(join(root, "short")), expected);
  const { hyperparameters } = openRun(join(root, "short")).config;
  assert.deepEqual((hyperparameters.search as { epochs: number }).epochs, 3);
});

Deno.test("an extension that is killed at any step goes on by a plain --resume", async () => {
  const expected = result(join(root, "long"));
  for (const [kind, every] of [["child_step", 1000], ["score", 0], ["train_step", 1000]]) {
    const name = `killed-${kind}`;
    await search(name, MACRO);
    const onWork = (done: string) => {
      if (done === kind) throw new Killed();
    };
    const dying = extend(name, { search: 3, final: 2 }, { onWork, checkpointEvery: Number(every) });
    await assert.rejects(dying, Killed);
    await extend(name, {});
    assert.deepEqual(result(join(root, name)), expected, name);
  }
});

Deno.test("training from scratch alone can be given more epochs, in a search and in train", async () => {
  await search("final", MACRO);
  await extend("final", { final: 2 });
  await search("final-long", longer(MACRO, 1, 2));
  assert.deepEqual(result(join(root, "final")), result(join(root, "final-long")));

  const options = { preset: "quick", root, gpu, arc: MACRO_ARC, onNote };
  const config = mergeConfig(MACRO, { child: { layers: 3 } });
  await runTrain({ ...options, name: "train", config });
  const folder = join(root, "train");
  assert.throws(() => resumableTraining(folder, { final: 1 }), /found a completed one/);
  await runTrain({ ...resumableTraining(folder, { final: 3 }), gpu, onNote });
  await runTrain({ ...options, name: "train-long", config: longer(config, 1, 3) });
  assert.deepEqual(result(folder), result(join(root, "train-long")));
});

Deno.test("fewer epochs, and a training whose steps depend on their number, are refused", async () => {
  await search("fewer", longer(MACRO, 2, 1));
  assert.throws(
    () => resumableSearch(join(root, "fewer"), { search: 1 }),
    /Expected at least the 2 epochs \(search\.epochs\).* but found 1;.* never fewer/,
  );
  const micro = mergeConfig(SMALL_MICRO, {
    ...TINY,
    finalTraining: { ...TINY.finalTraining, dropPathKeep: 0.5 },
  });
  const config = mergeConfig(micro, { child: { nodes: 4 }, finalTraining: { layers: 1 } });
  await runTrain({ preset: "quick", root, gpu, name: "paths", arc: MICRO_ARC, config });
  await assert.rejects(
    runTrain({ ...resumableTraining(join(root, "paths"), { final: 2 }), onNote }),
    (error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, /to stay 1, because drop-path .* but found 2; begin a new run/);
      return true;
    },
  );
  assert.equal(openRun(join(root, "paths")).events.at(-1)!.type, "run_finished");
});

Deno.test("settings that were edited are named with both values, and nothing is trained", async () => {
  const onWork = (done: string) => {
    if (done === "score") throw new Killed();
  };
  await assert.rejects(search("edited", MACRO, { onWork, checkpointEvery: 0 }), Killed);
  const folder = runFolder(join(root, "edited"));
  const text = Deno.readTextFileSync(folder.config);
  const log = Deno.readTextFileSync(folder.events);
  const edited = JSON.parse(text);
  edited.hyperparameters.child.learningRateMax = 0.4;
  edited.hyperparameters.finalTraining.filters = 4;
  edited.hyperparameters.search.epochs = 2;
  Deno.writeTextFileSync(folder.config, JSON.stringify(edited));
  await assert.rejects(extend("edited", {}), (error) => {
    assert.ok(error instanceof StoreError);
    const before = MACRO.child.learningRateMax;
    assert.ok(
      error.message.includes(`child.learningRateMax 0.4 instead of ${before}`),
      error.message,
    );
    assert.match(error.message, /finalTraining\.filters 4 instead of 2; restore the file/);
    assert.doesNotMatch(error.message, /search\.epochs/);
    return true;
  });
  assert.equal(Deno.readTextFileSync(folder.events), log);
  Deno.writeTextFileSync(folder.config, text);
  await extend("edited", {});
  await search("unedited", MACRO);
  assert.deepEqual(result(folder.path), result(join(root, "unedited")));
});

Deno.test("a checkpoint without settings goes on, and says what could not be checked", async () => {
  const onWork = (done: string) => {
    if (done === "score") throw new Killed();
  };
  await assert.rejects(search("old", MACRO, { onWork, checkpointEvery: 0 }), Killed);
  const folder = runFolder(join(root, "old"));
  forgetSettings(folder);
  await assert.rejects(extend("old", { search: 3 }), /of an earlier enaslab; go on without more/);
  const text = Deno.readTextFileSync(folder.config);
  const edited = JSON.parse(text);
  edited.hyperparameters.child.filters = 4;
  Deno.writeTextFileSync(folder.config, JSON.stringify(edited));
  await assert.rejects(extend("old", {}), (error) => {
    assert.ok(error instanceof StoreError);
    assert.match(
      error.message,
      /a checkpoint of the settings in .*config.json but found one of others/,
    );
    return true;
  });
  Deno.writeTextFileSync(folder.config, text);
  notes.length = 0;
  await extend("old", {});
  assert.match(notes.join("\n"), /kept no settings in it; whether config.json was changed/);
  assert.deepEqual(result(folder.path), result(join(root, "unedited")));
});

/** Makes the checkpoints of a run what earlier versions wrote. */
function forgetSettings({ checkpoints }: RunFolder): void {
  for (const { name, isDirectory } of Deno.readDirSync(checkpoints)) {
    if (!isDirectory) continue;
    const [values, manifest] = ["state.json", "manifest.json"].map((file) =>
      join(checkpoints, name, file)
    );
    const { bound: _, ...rest } = JSON.parse(Deno.readTextFileSync(values));
    const bytes = new TextEncoder().encode(JSON.stringify(rest));
    Deno.writeFileSync(values, bytes);
    const content = JSON.parse(Deno.readTextFileSync(manifest));
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    content.files["state.json"] = { bytes: bytes.length, sha256 };
    Deno.writeTextFileSync(manifest, JSON.stringify(content));
  }
}

Deno.test("a run that was killed before its first step begins anew by itself", async () => {
  await search("begun", MACRO);
  const expected = result(join(root, "begun"));
  const config = mergeConfig(MACRO, { child: { layers: 3 } });
  await runTrain({ preset: "quick", root, name: "begun train", arc: MACRO_ARC, config });
  const kinds = [["begun", "search", MACRO], ["begun train", "train", config]] as const;
  for (const [name, command, { ...hyperparameters }] of kinds) {
    // As `kill -9` leaves it.
    const folder = createRunFolder(root, `${name} killed`);
    Deno.writeTextFileSync(join(folder.path, "lock"), "");
    const arc = command === "train" ? { arc: formatArc(MACRO_ARC) } : {};
    writeRequest(folder, { command, preset: "quick", hyperparameters, ...arc });
    notes.length = 0;
    if (command === "search") await extend(folder.name, {});
    else await runTrain({ ...resumableTraining(folder.path), onNote });
    assert.match(notes.join("\n"), /ended before its first step; it begins anew/);
    assert.deepEqual(
      result(folder.path),
      command === "search" ? expected : result(join(root, name)),
    );
    assert.deepEqual(
      [...Deno.readDirSync(folder.path)].filter(({ name }) => /lock|req/.test(name)),
      [],
    );
  }
  assert.throws(() => {
    const folder = createRunFolder(root, "wrong");
    writeRequest(folder, { command: "train", preset: "quick", hyperparameters: { ...MACRO } });
    resumableSearch(folder.path);
  }, /Expected a run of search in .* but found one of train/);
});

Deno.test("a folder in which a run was killed before it wrote anything can be used again", async () => {
  const folder = createRunFolder(root, "used again");
  Deno.writeTextFileSync(join(folder.path, "lock"), "");
  await search("used again", MACRO);
  assert.deepEqual(result(folder.path), result(join(root, "begun")));
});

Deno.test("a lock that cannot be written leaves no folder behind", async () => {
  const write = Deno.FsFile.prototype.writeSync;
  Deno.FsFile.prototype.writeSync = () => {
    throw Object.assign(new Error("No space left on device"), { code: "ENOSPC" });
  };
  try {
    await assert.rejects(
      search("no space", MACRO),
      /Expected to lock .* No space left .*; free some/,
    );
  } finally {
    Deno.FsFile.prototype.writeSync = write;
  }
  assert.throws(() => Deno.statSync(join(root, "no space")), Deno.errors.NotFound);
});
