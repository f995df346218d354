/**
 * Files of a run folder made to break their reader.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { Random } from "../../../engine/random.ts";
import { createNetwork, type NetworkSpec } from "../../../nas/child/create_network.ts";
import type { ChildData } from "../../../nas/data/resident.ts";
import { getPreset } from "../../../nas/config/mod.ts";
import { createSampler } from "../../../nas/strategy/registry.ts";
import { studyReportSchema } from "../../../nas/stats/study_report.ts";
import { sampleArcs } from "../../../nas/search/sampled.ts";
import { writeSampler } from "../../../nas/strategy/stored.ts";
import { readEvents } from "../../../nas/run/event_log.ts";
import { parseConfig } from "../../../nas/run/config_schema.ts";
import { readProfile } from "../../../nas/run/profile.ts";
import { createRunFolder, openRun, runFolder } from "../../../nas/run/run_folder.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  readSafetensors,
} from "../../../nas/run/safetensors.ts";
import { loadNetwork, saveNetwork } from "../../../nas/child/stored_network.ts";
import { makeStudy } from "../../reports/study_fixture.ts";
import { failsWith, inTempDir } from "../data/make_idx.ts";
import { CONFIG, EVENTS, logText } from "./samples.ts";

function headed(header: string): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 8);
  return bytes;
}

Deno.test("values in a safetensors header cannot break the message about them", () => {
  const deep = "[".repeat(50_000) + "]".repeat(50_000);
  const entry = (dtype: string, shape: string, offsets: string) =>
    `{"a":{"dtype":${dtype},"shape":${shape},"data_offsets":${offsets}}}`;
  const headers = [
    '[{"toString":1,"valueOf":1}]',
    `{"a":[{"toString":1,"valueOf":1}]}`,
    ...[deep, `{"a":${deep}}`, `{"__metadata__":${deep}}`, `{"__metadata__":{"a":${deep}}}`],
    ...[entry(deep, "[]", "[0,0]"), entry('"U8"', deep, "[0,0]"), entry('"U8"', "[0]", deep)],
    `{"${"n".repeat(100_000)}":1}`,
  ];
  for (const header of headers) {
    assert.throws(() => decodeSafetensors(headed(header), "x"), (error: Error) => {
      assert.equal(error.name, "StoreError");
      assert.ok(error.message.length < 1000, `${error.message.length} characters`);
      return true;
    });
  }
});

Deno.test("a log of other bytes than UTF-8 is refused; a line torn within a character is cut", () =>
  inTempDir((folder) => {
    const path = join(folder, "events.jsonl");
    const text = logText([EVENTS[0], { ...EVENTS.at(-1)!, message: "é" } as typeof EVENTS[0]]);
    const bytes = new TextEncoder().encode(text);
    const accent = bytes.indexOf(0xc3);
    Deno.writeFileSync(path, bytes.subarray(0, accent + 1));
    assert.deepEqual(readEvents(path), { events: [EVENTS[0]], truncated: true });
    bytes[accent] = 0xff;
    Deno.writeFileSync(path, bytes);
    assert.throws(() => readEvents(path), failsWith("StoreError", "Expected UTF-8 text in"));
    return Promise.resolve();
  }));

Deno.test("config.json has finite numbers, few groups within groups, and names of one line", () => {
  const config = (change: object) => JSON.stringify({ ...CONFIG, ...change });
  let deep: unknown = 1;
  for (let i = 0; i < 30; i++) deep = { deep };
  const texts = [
    config({ hyperparameters: { deep } }),
    config({ hyperparameters: { rate: 0 } }).replace('"rate":0', '"rate":1e999'),
    ...[config({ run: "x\nenaslab: done" }), config({ preset: "\x1b[2J" })],
  ];
  for (const text of texts) {
    assert.throws(() => parseConfig(text, "config.json"), failsWith("StoreError", "expected "));
  }
});

Deno.test("links to devices, and files that are too large, are not read", () =>
  inTempDir((root) => {
    const folder = runFolder(root);
    const refuse = (read: () => unknown, ...parts: string[]) =>
      assert.throws(read, failsWith("StoreError", ...parts));
    Deno.symlinkSync("/dev/zero", folder.config);
    refuse(() => openRun(root), "what is no regular file");
    Deno.symlinkSync("/dev/zero", folder.events);
    refuse(() => readEvents(folder.events), "what is no regular file");
    Deno.symlinkSync("/dev/zero", folder.profile);
    refuse(() => readProfile(folder), "what is no regular file");
    refuse(() => readSafetensors(folder.events), "what is no regular file");
    Deno.removeSync(folder.config);
    Deno.writeTextFileSync(folder.config, "");
    Deno.truncateSync(folder.config, 2 ** 30);
    refuse(() => openRun(root), "1073741824 bytes, more than");
    return Promise.resolve();
  }));

Deno.test("the name of a run leads to a folder among the runs", () =>
  inTempDir((root) => {
    for (const name of ["../x", "/x", "..", ".", "a/b", "a\\b", "a\0", ""]) {
      assert.throws(() => createRunFolder(root, name), failsWith("StoreError", "name of a run"));
    }
    assert.deepEqual([...Deno.readDirSync(root)], []);
    return Promise.resolve();
  }));

Deno.test("a description of a larger network than the file holds is refused before it is made", () =>
  inTempDir(async (root) => {
    const folder = createRunFolder(root, "run");
    const options = { layers: 2, filters: 2, inputChannels: 1, classes: 2, batchNormDecay: 0.9 };
    const spec: NetworkSpec = { space: "macro", graph: "faithful", options };
    const network = createNetwork(new CpuBackend(), spec, new Random(1), null);
    const data = {
      ...{ name: "x", classNames: ["0", "1"], shape: [8, 8, 1] },
      moments: { mean: [0], std: [1] },
    } as unknown as ChildData;
    await saveNetwork(folder, "shared_weights", { network, spec, arc: null }, data);
    network.dispose();
    const path = join(folder.checkpoints, "shared_weights.safetensors");
    loadNetwork(new CpuBackend(), path).network.dispose();
    const { tensors, metadata } = readSafetensors(path);
    const changes = [
      ...[{ layers: 1000, filters: 60_000 }, { layers: 2 ** 40 }, { filters: 0 }, { layers: -1 }],
      ...[{ batchNormDecay: "x" }, { skipIndex: "none" }, { classes: null }],
    ];
    for (const change of changes) {
      const changed = JSON.stringify({ ...spec, options: { ...options, ...change } });
      Deno.writeFileSync(path, encodeSafetensors(tensors, { ...metadata, spec: changed }));
      assert.throws(() => loadNetwork(new CpuBackend(), path), failsWith("StoreError", path));
    }
  }));

Deno.test("a sampler of other settings, or with a number that is none, is refused", () =>
  inTempDir((root) => {
    const { config } = getPreset("quick", "macro");
    const folder = createRunFolder(root, "run");
    Deno.writeTextFileSync(folder.config, JSON.stringify({ ...CONFIG, hyperparameters: config }));
    Deno.writeTextFileSync(folder.events, logText());
    const sampler = createSampler(config, new Random(1));
    writeSampler(folder, sampler.state());
    assert.equal(sampleArcs(folder.path, 3).arcs.length, 3);
    const broken = sampler.state();
    Object.values(broken.tensors)[0].data[0] = NaN;
    const other = createSampler(getPreset("quick", "micro").config, new Random(1)).state();
    for (const state of [broken, other]) {
      writeSampler(folder, state);
      assert.throws(() => sampleArcs(folder.path, 1), failsWith("StoreError", folder.path));
    }
    return Promise.resolve();
  }));

Deno.test("a study asks for no more digits than a number can have", () => {
  const study = makeStudy();
  assert.equal(studyReportSchema.safeParse(study).success, true);
  const tables = study.tables.map((table) => ({ ...table, digits: [101] }));
  assert.equal(studyReportSchema.safeParse({ ...study, tables }).success, false);
});
