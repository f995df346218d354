import assert from "node:assert/strict";
import { join } from "node:path";
import type { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { close, openBackend } from "../../../nas/run/open_backend.ts";
import { openTuning, tuningFileName } from "../../../nas/run/tuning_file.ts";

const ADAPTER = {
  description: "Rasterizer 9000 (driver 1.2)",
  vendor: "4318",
  fallback: false,
  subgroupSize: 0,
  loadPath: "storage",
  features: [],
  limits: {},
} as const;
const KEY = "conv2d forward k3 s1 w32 p1024 i9 o9";

/** Runs `body` with a folder of its own, and the notes that were made. */
function inFolder(body: (folder: string, notes: string[]) => void): void {
  const folder = Deno.makeTempDirSync({ prefix: "enaslab-tuning-" });
  try {
    body(join(folder, "tuning"), []);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** A store of `adapter` in `folder`. */
const open = (folder: string, notes: string[], adapter = ADAPTER as typeof ADAPTER) =>
  openTuning(adapter, { folder, note: (sentence) => notes.push(sentence) });

Deno.test("a tuning file keeps what was chosen for its adapter", () =>
  inFolder((folder, notes) => {
    const first = open(folder, notes);
    assert.equal(first.get(KEY), undefined);
    assert.throws(() => Deno.statSync(folder), Deno.errors.NotFound, "questions write nothing");
    first.set(KEY, "direct P4 Q1");
    first.set("other", "tiled");
    first.set("other", "direct");
    assert.equal(first.get("other"), "direct");
    const second = open(folder, notes);
    assert.deepEqual([second.get(KEY), second.get("other")], ["direct P4 Q1", "direct"]);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), [
      "4318-rasterizer-9000-driver-1-2.json",
    ]);
    const another = { ...ADAPTER, description: "Rasterizer 9001" } as unknown as typeof ADAPTER;
    assert.equal(open(folder, notes, another).get(KEY), undefined);
    assert.deepEqual(notes, []);
  }));

Deno.test("a tuning file that cannot be used is ignored with a note, and replaced", () =>
  inFolder((folder, notes) => {
    open(folder, notes).set(KEY, "direct P4 Q1");
    const path = join(folder, tuningFileName(ADAPTER));
    const whole = Deno.readTextFileSync(path);
    const content = JSON.parse(whole);
    const cases: [string, RegExp][] = [
      [whole.slice(0, whole.length / 2), /which is damaged/],
      [JSON.stringify({ ...content, choices: { [KEY]: 7 } }), /which is damaged/],
      [JSON.stringify({ ...content, version: "0/0" }), /which version 0\/0 has written/],
      [JSON.stringify({ ...content, adapter: "4318 Twin" }), /which belongs to 4318 Twin/],
    ];
    for (const [text, reason] of cases) {
      Deno.writeTextFileSync(path, text);
      const store = open(folder, notes);
      assert.equal(store.get(KEY), undefined);
      assert.equal(store.get("other"), undefined);
      assert.equal(notes.length, 1, "one note for all questions");
      assert.match(notes[0], reason);
      assert.match(notes.pop()!, /^Ignored .*; measure again with `enaslab doctor --tune`$/);
      store.set(KEY, "direct P8 Q2");
      assert.equal(open(folder, notes).get(KEY), "direct P8 Q2");
    }
  }));

Deno.test("where a tuning file cannot be written choices hold for the run, with one note", () =>
  inFolder((folder, notes) => {
    Deno.writeTextFileSync(folder, "a file where the folder should be");
    const store = open(folder, []);
    store.set(KEY, "direct P4 Q1");
    assert.equal(store.get(KEY), "direct P4 Q1");
    const loud = open(folder, notes);
    loud.set(KEY, "a");
    loud.set(KEY, "b");
    assert.equal(loud.get(KEY), "b");
    const unwritten = notes.filter((text) => text.startsWith("Expected to keep tuned kernels in"));
    assert.equal(unwritten.length, 1, notes.join("\n"));
  }));

Deno.test("a run goes on with the tuning it began with, and says that there is another", async () => {
  const cache = Deno.makeTempDirSync({ prefix: "enaslab-tuning-" });
  const before = Deno.env.get("XDG_CACHE_HOME");
  Deno.env.set("XDG_CACHE_HOME", cache);
  try {
    const notes: string[] = [];
    const note = (sentence: string) => void notes.push(sentence);
    const first = await openBackend("gpu", { note });
    assert.deepEqual(first.tuning, {});
    (first.backend as GpuBackend).tuning.set(KEY, "direct P4 Q1");
    const { adapter } = first;
    await close(first.backend);
    const open = async (description = adapter.description) => {
      const tuned = { adapter: { ...adapter, description }, tuning: { [KEY]: "tiled" } };
      const { backend, tuning } = await openBackend("gpu", { note, before: tuned });
      const found = (backend as GpuBackend).tuning.get(KEY);
      await close(backend);
      return [found, tuning?.[KEY]];
    };
    assert.deepEqual(await open("Another"), ["direct P4 Q1", "direct P4 Q1"]);
    assert.deepEqual(notes, []);
    assert.deepEqual(await open(), ["tiled", "tiled"]);
    assert.match(notes.join("\n"), /was tuned after the run had begun; the run goes on with the/);
  } finally {
    if (before === undefined) Deno.env.delete("XDG_CACHE_HOME");
    else Deno.env.set("XDG_CACHE_HOME", before);
    Deno.removeSync(cache, { recursive: true });
  }
});
