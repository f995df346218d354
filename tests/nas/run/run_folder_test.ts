import assert from "node:assert/strict";
import { join } from "node:path";
import {
  createRunFolder,
  formatArcsCsv,
  openRun,
  runName,
  writeArcsCsv,
  writeConfig,
} from "../../../nas/run/run_folder.ts";
import { writeFileAtomic } from "../../../nas/files/atomic.ts";
import { failsWith, inTempDir } from "../data/make_idx.ts";
import { CONFIG, EVENTS, logText, SAMPLES } from "./samples.ts";

/** Runs `body` with the path of a root folder that does not exist yet. */
function withRoot(body: (root: string) => void): Promise<void> {
  return inTempDir((folder) => {
    body(join(folder, "runs"));
    return Promise.resolve();
  });
}

const parts = {
  dataset: "mnist",
  space: "macro",
  sampler: "controller",
  seed: 7,
  time: new Date("2026-03-04T12:01:02.345Z"),
};

Deno.test("runName() begins with the UTC time so that names sort by age", () => {
  assert.equal(runName(parts), "20260304-120102-mnist-macro-controller-seed7");
});

Deno.test("createRunFolder() makes the folder, and numbers automatic names that are taken", () =>
  withRoot((root) => {
    const first = createRunFolder(root, parts);
    assert.equal(first.path, join(root, runName(parts)));
    assert.ok(Deno.statSync(first.checkpoints).isDirectory);
    assert.equal(createRunFolder(root, parts).name, `${runName(parts)}-2`);
    assert.equal(createRunFolder(root, parts).name, `${runName(parts)}-3`);
  }));

Deno.test("createRunFolder() takes an empty folder and refuses one with files", () =>
  withRoot((root) => {
    Deno.mkdirSync(join(root, "mine"), { recursive: true });
    const { path } = createRunFolder(root, "mine");
    // What a run leaves that is killed before it writes anything.
    Deno.writeTextFileSync(join(path, "lock"), "");
    assert.equal(createRunFolder(root, "mine").path, path);
    Deno.writeTextFileSync(join(path, "events.jsonl"), "");
    assert.throws(
      () => createRunFolder(root, "mine"),
      failsWith("StoreError", path, "another name", "resume"),
    );
  }));

Deno.test("createRunFolder() refuses names that lead elsewhere", () =>
  withRoot((root) => {
    for (const name of ["", ".", "..", "a/b", "../up", "a\\b", "a\nb", "x".repeat(201)]) {
      assert.throws(() => createRunFolder(root, name), failsWith("StoreError", "name of a run"));
    }
    assert.equal(createRunFolder(root, "my run 1.5").name, "my run 1.5");
  }));

Deno.test("createRunFolder() explains a place that cannot be written to", () =>
  withRoot((root) => {
    Deno.writeTextFileSync(root, "a file, no folder");
    assert.throws(
      () => createRunFolder(root, "run"),
      failsWith("StoreError", root, "can be written to"),
    );
    // A file where the run's own folder should be.
    Deno.removeSync(root);
    Deno.mkdirSync(root);
    Deno.writeTextFileSync(join(root, "run"), "");
    assert.throws(() => createRunFolder(root, "run"), failsWith("StoreError", join(root, "run")));
  }));

Deno.test("openRun() reads back what was written", () =>
  withRoot((root) => {
    const folder = createRunFolder(root, "test");
    writeConfig(folder, CONFIG);
    Deno.writeTextFileSync(folder.events, logText());
    assert.deepEqual(openRun(folder.path), {
      folder,
      config: CONFIG,
      events: EVENTS,
      truncated: false,
    });
    Deno.writeTextFileSync(folder.events, logText().slice(0, -5));
    assert.equal(openRun(folder.path).truncated, true);
  }));

Deno.test("openRun() explains folders that are no runs", () =>
  withRoot((root) => {
    assert.throws(() => openRun(root), failsWith("StoreError", root, "config.json"));
    const folder = createRunFolder(root, "half");
    assert.throws(() => openRun(folder.path), failsWith("StoreError", folder.path));
    writeConfig(folder, CONFIG);
    assert.throws(() => openRun(folder.path), failsWith("StoreError", folder.events));
    Deno.writeTextFileSync(folder.config, "{");
    assert.throws(() => openRun(folder.path), failsWith("StoreError", folder.config));
  }));

Deno.test("writeConfig() refuses a configuration that openRun() would refuse", () =>
  withRoot((root) => {
    const folder = createRunFolder(root, "test");
    assert.throws(() => writeConfig(folder, { ...CONFIG, created: "yesterday" }), TypeError);
    assert.throws(() => Deno.statSync(folder.config), Deno.errors.NotFound);
  }));

Deno.test("writeArcsCsv() writes a header and one line an arc", () =>
  withRoot((root) => {
    const folder = createRunFolder(root, "test");
    writeArcsCsv(folder, [SAMPLES.arc_scored, { ...SAMPLES.arc_scored, index: 1 }]);
    assert.equal(
      Deno.readTextFileSync(folder.arcs),
      "epoch,index,arc,estimate,images,batchNorm\n" +
        "1,0,3 0 1 5 0 1,0.5,1000,batch\n1,1,3 0 1 5 0 1,0.5,1000,batch\n",
    );
  }));

Deno.test("formatArcsCsv() quotes cells with commas and quotes", () => {
  const text = formatArcsCsv([{ ...SAMPLES.arc_scored, arc: '[3,"0"]' }]);
  assert.equal(text.split("\n")[1], '1,0,"[3,""0""]",0.5,1000,batch');
});

Deno.test("writeFileAtomic() replaces a file and leaves nothing else behind", () =>
  withRoot((root) => {
    Deno.mkdirSync(root);
    const path = join(root, "file");
    writeFileAtomic(path, "first");
    writeFileAtomic(path, Uint8Array.of(50));
    assert.equal(Deno.readTextFileSync(path), "2");
    // A folder cannot be replaced by a file: the old contents stay, the temporary file goes.
    const folder = join(root, "folder");
    Deno.mkdirSync(folder);
    assert.throws(() => writeFileAtomic(folder, "x"));
    assert.deepEqual(Array.from(Deno.readDirSync(root), ({ name }) => name).sort(), [
      "file",
      "folder",
    ]);
  }));
