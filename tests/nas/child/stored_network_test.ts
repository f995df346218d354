import assert from "node:assert/strict";
import { join } from "node:path";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { MemoryBudgetError } from "../../../engine/errors.ts";
import { Random } from "../../../engine/random.ts";
import { Tape } from "../../../engine/tape.ts";
import type { Arc } from "../../../nas/space/mod.ts";
import {
  createNetwork,
  finalNetworkSpec,
  sharedNetworkSpec,
} from "../../../nas/child/create_network.ts";
import { prepareChildData } from "../../../nas/data/resident.ts";
import type { ChildNetwork } from "../../../nas/child/network.ts";
import { ChildTrainer } from "../../../nas/child/trainer.ts";
import { mergeConfig, type SearchConfig } from "../../../nas/config/mod.ts";
import { createSampler } from "../../../nas/strategy/registry.ts";
import { syntheticDataset } from "../../../nas/data/mod.ts";
import { writeSampler } from "../../../nas/strategy/stored.ts";
import { createRunFolder, decodeSafetensors, writeSafetensors } from "../../../nas/run/mod.ts";
import {
  loadNetwork,
  saveNetwork,
  type StorableNetwork,
} from "../../../nas/child/stored_network.ts";
import { finalTrainerOptions, sharedTrainerOptions } from "../../../nas/child/training_options.ts";
import { failsWith } from "../data/make_idx.ts";
import { MACRO_ARC, MICRO_ARC, SMALL_MACRO, SMALL_MICRO } from "../search/small_runs.ts";

const gpu = await GpuBackend.open();
const root = Deno.makeTempDirSync({ prefix: "enaslab_stored_" });
globalThis.addEventListener("unload", () => Deno.removeSync(root, { recursive: true }));

const DATA = prepareChildData(gpu, syntheticDataset(), SMALL_MACRO, new Random(1));
const LIVE = gpu.memory.use().liveBuffers;
const IMAGES = { shape: DATA.shape, classes: 4 } as const;

const random = new Random(7);
const NOISE = Float64Array.from({ length: 8 * 64 }, () => random.normal());

/** Logits of 8 images of noise with moving averages. */
function logitsOf(network: ChildNetwork, arc: Arc): Promise<Float64Array> {
  const { backend } = network;
  return backend.scope(() => {
    const images = backend.fromArray(NOISE, [8, 8, 8, 1]);
    const mode = { batchNorm: "moving", dropout: null } as const;
    return backend.toArray(network.forward(new Tape(backend), arc, images, mode).logits);
  });
}

/** A network after two steps, so that its averages are those of no new one. */
async function trained(config: SearchConfig, arc: Arc, shared: boolean): Promise<StorableNetwork> {
  const spec = shared ? sharedNetworkSpec(config, IMAGES) : finalNetworkSpec(config, arc, IMAGES);
  const own = shared ? null : arc;
  const network = createNetwork(gpu, spec, new Random(3), own);
  const options = shared ? sharedTrainerOptions(config) : finalTrainerOptions(config, 2);
  const trainer = new ChildTrainer(network, DATA.pool, DATA.split.train, options, new Random(4));
  for (let step = 0; step < 2; step++) await trainer.step(arc, 0.05);
  return { network, spec, arc: own };
}

/** Saves a trained network into a folder of its own. */
async function saved(name: string, config: SearchConfig, arc: Arc, shared = false) {
  const stored = await trained(config, arc, shared);
  const folder = createRunFolder(root, name);
  const file = shared ? "shared_weights" : "child";
  await saveNetwork(folder, file, stored, DATA);
  return { stored, folder, path: join(folder.checkpoints, `${file}.safetensors`) };
}

const AUXILIARY = mergeConfig(SMALL_MICRO, {
  child: { auxiliaryHead: true },
  finalTraining: { auxiliaryHead: true },
});

const CASES: readonly (readonly [name: string, SearchConfig, Arc])[] = [
  ["macro faithful", mergeConfig(SMALL_MACRO, { child: { skipIndex: "layer-output" } }), MACRO_ARC],
  [
    "macro official",
    mergeConfig(SMALL_MACRO, { finalTraining: { graph: "official", separableOps: "separable" } }),
    MACRO_ARC,
  ],
  ["micro faithful", AUXILIARY, MICRO_ARC],
  ["micro official", mergeConfig(AUXILIARY, { finalTraining: { graph: "official" } }), MICRO_ARC],
];

for (const [name, config, arc] of CASES) {
  Deno.test(`a stored network is the same network to the bit: ${name}`, async () => {
    const { stored, path } = await saved(name, config, arc);
    const loaded = loadNetwork(gpu, path);
    assert.deepEqual(loaded.spec, JSON.parse(JSON.stringify(stored.spec)));
    assert.deepEqual(loaded.arc, arc);
    assert.deepEqual(
      await logitsOf(loaded.network, arc),
      await logitsOf(stored.network, arc),
    );
    // And everything that the logits do not read, such as an auxiliary head.
    assert.deepEqual(await loaded.network.weights.values(), await stored.network.weights.values());
    assert.deepEqual(
      await loaded.network.averages.values(),
      await stored.network.averages.values(),
    );
    // All that is needed to prepare an image and to name a class.
    const { dataset, classNames, shape, mean, std } = loaded;
    assert.deepEqual([dataset, classNames, shape], ["synthetic", DATA.classNames, [8, 8, 1]]);
    assert.deepEqual({ mean, std }, { mean: DATA.moments.mean, std: DATA.moments.std });
    for (const { network } of [stored, loaded]) network.dispose();
    assert.equal(gpu.memory.use().liveBuffers, LIVE);
  });
}

for (const [config, arc] of [[SMALL_MACRO, MACRO_ARC], [AUXILIARY, MICRO_ARC]] as const) {
  Deno.test(`stored shared weights of the ${config.space} space hold every arc`, async () => {
    const { stored, path } = await saved(`shared ${config.space}`, config, arc, true);
    const loaded = loadNetwork(gpu, path);
    assert.equal(loaded.arc, null);
    const arcs = [arc, ...createSampler(config, new Random(9)).sample(2).arcs];
    for (const each of arcs) {
      assert.deepEqual(await logitsOf(loaded.network, each), await logitsOf(stored.network, each));
    }
    for (const { network } of [stored, loaded]) network.dispose();
    assert.equal(gpu.memory.use().liveBuffers, LIVE);
  });
}

/** Writes the file once more with other metadata; null takes a key away. */
function tamper(path: string, changed: Readonly<Record<string, string | null>>): void {
  const { tensors, metadata } = decodeSafetensors(Deno.readFileSync(path), path);
  const entries = Object.entries({ ...metadata, ...changed })
    .filter((entry): entry is [string, string] => entry[1] !== null);
  writeSafetensors(path, tensors, Object.fromEntries(entries));
}

Deno.test("loadNetwork() names a file that holds no network, and leaves no buffers", async () => {
  const { stored, folder, path } = await saved("damaged", SMALL_MACRO, MACRO_ARC);
  stored.network.dispose();
  const whole = Deno.readFileSync(path);
  const refuses = (...parts: string[]) => {
    assert.throws(() => loadNetwork(gpu, path), failsWith("StoreError", path, ...parts));
    assert.equal(gpu.memory.use().liveBuffers, LIVE);
    Deno.writeFileSync(path, whole);
  };
  Deno.writeFileSync(path, whole.subarray(0, whole.length - 100));
  refuses("truncated");
  Deno.writeFileSync(path, whole.map((byte, i) => i === 20 ? byte ^ 0xff : byte));
  refuses("replace the file by an intact copy");
  tamper(path, { version: "1" });
  refuses("version 2", "found version 1", "use the enaslab version that wrote it");
  tamper(path, { version: null });
  refuses("found version none");
  tamper(path, { spec: null });
  refuses("under spec", "found none");
  tamper(path, { spec: '{"space":"nano","graph":"faithful","options":{}}' });
  refuses("under spec", "found another");
  tamper(path, { input: "{" });
  refuses("under input", "found another");
  tamper(path, { arc: "0 3 1 4 0" });
  refuses("restore the file from a copy");
  tamper(path, { arc: "0 3 1" });
  refuses("restore the file from a copy");
  // Weights of another architecture, and shared weights that say they are a child.
  tamper(path, { arc: "2 3 1 4 0 1" });
  refuses("weights of the described network", "found others");
  tamper(path, { arc: null });
  refuses("weights of the described network", "found others");
  // A file of another program, with and without numbers of ours.
  writeSafetensors(
    path,
    new Map([["linear.weight", { shape: [1], data: Float32Array.of(1) }]]),
    { format: "pt" },
  );
  refuses("found version none");
  // A sampler is none either.
  writeSampler(folder, createSampler(SMALL_MACRO, new Random(1)).state());
  Deno.copyFileSync(join(folder.checkpoints, "sampler.safetensors"), path);
  refuses("weights/… and averages/…");
  Deno.removeSync(path);
  assert.throws(() => loadNetwork(gpu, path), failsWith("StoreError", path));
});

Deno.test("what the device has to say about a network is no fault of the file", async () => {
  const { stored, path } = await saved("large", SMALL_MACRO, MACRO_ARC);
  const logits = await logitsOf(stored.network, MACRO_ARC);
  stored.network.dispose();
  const tight = await GpuBackend.open({ memoryBudget: 1000 });
  assert.throws(() => loadNetwork(tight, path), MemoryBudgetError);
  assert.equal(tight.memory.use().liveBuffers, 0);
  await tight.close();
  // On another backend it is the same network up to rounding.
  const { network } = loadNetwork(new CpuBackend(), path);
  for (const [i, logit] of (await logitsOf(network, MACRO_ARC)).entries()) {
    assert.ok(Math.abs(logit - logits[i]) < 1e-4, `logit ${i}: ${logits[i]}, not ${logit}`);
  }
});
