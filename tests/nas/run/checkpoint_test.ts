import assert from "node:assert/strict";
import { join } from "node:path";
import { Random } from "../../../engine/random.ts";
import { getPreset, mergeConfig, type SearchConfig } from "../../../nas/config/mod.ts";
import { createSampler } from "../../../nas/strategy/registry.ts";
import { readSampler, writeSampler } from "../../../nas/strategy/stored.ts";
import { readWeights, writeWeights } from "../../../nas/run/checkpoint.ts";
import { type RunFolder, runFolder } from "../../../nas/run/run_folder.ts";
import { readSafetensors, writeSafetensors } from "../../../nas/run/safetensors.ts";
import { failsWith, inTempDir } from "../data/make_idx.ts";

/** Runs `body` with a run's folder that holds nothing yet. */
function withFolder(body: (folder: RunFolder) => void): Promise<void> {
  return inTempDir((path) => {
    body(runFolder(path));
    return Promise.resolve();
  });
}

/** Rewrites the metadata of a file; null removes a key. */
function tamper(path: string, changed: Readonly<Record<string, string | null>>): void {
  const { tensors, metadata } = readSafetensors(path);
  const entries = Object.entries({ ...metadata, ...changed });
  writeSafetensors(
    path,
    tensors,
    Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== null)),
  );
}

const STORED = {
  weights: new Map([
    ["stem/conv", { shape: [2, 1], data: Float32Array.of(0.5, -1) }],
    ["head", { shape: [3], data: Float32Array.of(1, 2, 3) }],
  ]),
  averages: new Map([["stem/mean", { shape: [1], data: Float32Array.of(0.25) }]]),
  metadata: { arc: "0 1 1", note: "äö" },
};

Deno.test("readWeights() returns what writeWeights() wrote, under either name", () =>
  withFolder((folder) => {
    for (const name of ["shared_weights", "child"] as const) {
      writeWeights(folder, name, STORED);
      const path = join(folder.checkpoints, `${name}.safetensors`);
      const { weights, averages, metadata } = readWeights(path);
      assert.deepEqual([...weights].sort(), [...STORED.weights].sort());
      assert.deepEqual(averages, STORED.averages);
      assert.deepEqual({ ...metadata }, { ...STORED.metadata, version: "2" });
    }
  }));

Deno.test("readWeights() names a file that holds no weights, or those of another version", () =>
  withFolder((folder) => {
    writeWeights(folder, "child", STORED);
    const path = join(folder.checkpoints, "child.safetensors");
    tamper(path, { version: "1" });
    assert.throws(
      () => readWeights(path),
      failsWith("StoreError", "weights of version 2", path, "found version 1", "enaslab version"),
    );
    tamper(path, { version: null });
    assert.throws(() => readWeights(path), failsWith("StoreError", path, "found version none"));
    for (
      const [name, data] of [
        ["linear.weight", Float32Array.of(1)],
        ["weights/stem", Float64Array.of(1)],
      ] as const
    ) {
      writeSafetensors(path, new Map([[name, { shape: [1], data }]]), { version: "2" });
      assert.throws(() => readWeights(path), failsWith("StoreError", path, name, "no network"));
    }
    Deno.removeSync(path);
    assert.throws(() => readWeights(path), failsWith("StoreError", path));
  }));

const SAMPLERS: readonly SearchConfig[] = (
  [{ name: "controller", hiddenSize: 4 }, { name: "random" }] as const
).flatMap((strategy) => [
  mergeConfig(getPreset("quick").config, { child: { layers: 3 }, strategy }),
  mergeConfig(getPreset("quick", "micro").config, { child: { nodes: 2 }, strategy }),
]);

Deno.test("readSampler() continues any sampler exactly where writeSampler() found it", async () => {
  for (const config of SAMPLERS) {
    const sampler = createSampler(config, new Random(3));
    sampler.update(sampler.sample(2), [0.25, 0.5]);
    await withFolder((folder) => {
      writeSampler(folder, sampler.state());
      const state = readSampler(folder);
      assert.deepEqual(state, sampler.state());
      const other = createSampler(config, new Random(4));
      other.restore(state);
      assert.deepEqual(other.sample(3), sampler.sample(3));
      const path = join(folder.checkpoints, "sampler.safetensors");
      const { space, kind } = readSafetensors(path).metadata;
      assert.deepEqual([space, kind], [config.space, config.strategy.name]);
    });
  }
});

Deno.test("readSampler() names a file that holds no sampler, or one of another version", () =>
  withFolder((folder) => {
    const path = join(folder.checkpoints, "sampler.safetensors");
    assert.throws(() => readSampler(folder), failsWith("StoreError", path));
    const sampler = createSampler(SAMPLERS[0], new Random(3));
    const refuses = (changed: Readonly<Record<string, string | null>>, ...parts: string[]) => {
      writeSampler(folder, sampler.state());
      tamper(path, changed);
      assert.throws(() => readSampler(folder), failsWith("StoreError", path, ...parts));
    };
    refuses({ version: "1" }, "a sampler of version 2", "found version 1");
    refuses({ kind: "lstm" }, "controller or random", "lstm");
    refuses({ kind: null }, "controller or random", "undefined");
    refuses({ space: "nano" }, "macro or micro", "nano");
    refuses({ space: null }, "macro or micro", "undefined");
    refuses({ scalars: null }, "random stream", "found none");
    for (
      const scalars of [
        "{",
        "7",
        '{"step":1}',
        '{"step":0.5,"baseline":0,"random":{"words":[1,2,3,4],"spareNormal":null}}',
        '{"step":0,"baseline":"0","random":{"words":[1,2,3,4],"spareNormal":null}}',
        '{"step":0,"baseline":0,"random":{"words":[1,2,3],"spareNormal":null}}',
      ]
    ) {
      refuses({ scalars }, "random stream", "found something else");
    }
    // Weights are no sampler, whatever their name.
    writeWeights(folder, "child", STORED);
    Deno.renameSync(join(folder.checkpoints, "child.safetensors"), path);
    assert.throws(() => readSampler(folder), failsWith("StoreError", path, "F64"));
  }));

Deno.test("a controller read back draws the same next 100 architectures", () =>
  withFolder((folder) => {
    for (const space of ["macro", "micro"] as const) {
      const config = getPreset("quick", space).config;
      const sampler = createSampler(config, new Random(5));
      const drawn = sampler.sample(4);
      sampler.update(drawn, [0.1, 0.4, 0.2, 0.3]);
      writeSampler(folder, sampler.state());
      const other = createSampler(config, new Random(6));
      other.restore(readSampler(folder));
      assert.deepEqual(other.sample(100).arcs, sampler.sample(100).arcs);
    }
  }));
