import assert from "node:assert/strict";
import { autotune, type Tuned } from "../../../engine/measure/autotune.ts";
import type { TuningStore } from "../../../engine/webgpu/target.ts";
import { DeviceTimer } from "../../../engine/measure/device_timer.ts";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { chooseTile, classKey, parseClass, tileName } from "../../../engine/ops/_conv2d_tiles.ts";
import { conv2d, OPS } from "../../../engine/ops/mod.ts";
import { RehearsalBackend } from "../../../engine/measure/rehearsal.ts";
import { assertNoLiveBuffers } from "../helpers.ts";

/** A store in memory, and the classes that were asked for. */
function memoryStore(entries: Record<string, string> = {}) {
  const values = new Map(Object.entries(entries));
  const asked = new Set<string>();
  const store: TuningStore = {
    get(key) {
      asked.add(key);
      return values.get(key);
    },
    set: (key, choice) => void values.set(key, choice),
  };
  return { store, values, asked };
}

const KEYS = [
  "conv2d forward k1 s1 w4 p32 i1 o2",
  "conv2d backward_input k1 s1 w4 p32 i2 o1",
  "conv2d backward_weight k1 s2 w4 p32 i1 o2",
];

/** Runs a 1x1 convolution of 8 by 8 channels on a backend. */
function convolve(gpu: GpuBackend): void {
  const [x, weight] = [gpu.allocate([2, 4, 4, 8]), gpu.allocate([1, 1, 8, 8])];
  const { outputs } = gpu.forward(conv2d, [x, weight], { stride: 1, shift: 0 });
  for (const tensor of [x, weight, ...outputs]) gpu.release(tensor);
}

Deno.test("autotune() measures unknown classes, and convolutions then run as it chose", async () => {
  const { store, values } = memoryStore({ [KEYS[2]]: "known" });
  const gpu = await GpuBackend.open({ tileSet: "tiled", loadPath: "storage", tuning: () => store });
  const seen: string[] = [];
  const found = await autotune(gpu, OPS, KEYS, {
    onClass: (key, done, total) => seen.push(`${done}/${total} ${key}`),
  });
  assert.deepEqual(seen, [`0/2 ${KEYS[0]}`, `1/2 ${KEYS[1]}`]);
  assert.deepEqual(found.map(({ key }) => key), KEYS.slice(0, 2));
  for (const { key, choice, milliseconds, untuned, candidates } of found) {
    assert.equal(values.get(key), choice);
    assert.equal(tileName(chooseTile(gpu, parseClass(key)!)), choice);
    assert.ok(milliseconds > 0 && milliseconds <= untuned, `${milliseconds} of ${untuned} ms`);
    assert.ok(candidates > 5);
  }
  assert.equal(values.get(KEYS[2]), "known", "what is known stays");
  const again: Tuned[] = await autotune(gpu, OPS, KEYS.slice(2), { again: true });
  assert.equal(values.get(KEYS[2]), again[0].choice);
  await assert.rejects(autotune(gpu, OPS, ["relu"]), /class of shapes of some op but found "relu"/);
  assertNoLiveBuffers(gpu);
  await gpu.close();
});

Deno.test("a rehearsal chooses as the device does, and collects the classes to tune", () => {
  const key = "conv2d forward k1 s1 w4 p32 i2 o2";
  const choice = "direct P4 Q1";
  for (const [stored, expected] of [[choice, choice], ["tiled BM9999", null]]) {
    const { store, asked } = memoryStore({ [key]: stored! });
    const options = { tileSet: "tiled", loadPath: "storage", tuning: store } as const;
    const gpu = new RehearsalBackend(options);
    convolve(gpu);
    assert.deepEqual([[...asked], [...gpu.tiles.keys()]], [[key], [key]]);
    const chosen = tileName(chooseTile(gpu, parseClass(key)!));
    if (expected !== null) assert.equal(chosen, expected);
    else assert.match(chosen, /^tiled BM\d+ BN/, "the default where the choice is unknown");
  }
});

Deno.test("names of classes are read back, and other text is not", () => {
  for (const key of KEYS) assert.equal(classKey(parseClass(key)!), key);
  for (const text of ["", "conv2d sideways k1 s1 w4 p32 i1 o2", KEYS[0] + " "]) {
    assert.equal(parseClass(text), null);
  }
});

Deno.test("DeviceTimer times each function, with and without timestamps", async () => {
  for (const loadPath of ["storage", "texture"] as const) {
    const gpu = await GpuBackend.open({ loadPath });
    // By the clock a real GPU is too fast for these times; the engine has timestamps there.
    if (loadPath === "texture" && !gpu.adapter.fallback) {
      await gpu.close();
      continue;
    }
    const a = gpu.fromArray(new Float32Array(2 ** 20), [2 ** 20]);
    const b = gpu.allocate([2 ** 20]);
    const add = (times: number) => () => {
      for (let i = 0; i < times; i++) gpu.accumulate([a, a, a], b);
    };
    add(1)();
    await gpu.queue.finish();
    // In this order a time that belongs to a neighbour shows; a busy machine may spoil one sample.
    const timer = new DeviceTimer(gpu);
    const samples: number[][] = [];
    for (let i = 0; i < 3; i++) {
      const start = performance.now();
      const times = await timer.milliseconds([1, 40, 1, 1, 40].map(add));
      const elapsed = performance.now() - start;
      assert.ok(times.reduce((sum, ms) => sum + ms) <= elapsed, `${times} of ${elapsed} ms`);
      samples.push(times);
    }
    const medians = samples[0].map((_, k) =>
      samples.map((times) => times[k]).sort((a, b) => a - b)[1]
    );
    const [first, long, second, third, longer] = medians;
    assert.ok(Math.min(...medians) > 0, medians.join(" "));
    assert.ok(
      Math.min(long, longer) > 2 * Math.max(first, second, third),
      medians.join(" "),
    );
    await assert.rejects(timer.milliseconds(Array(64).fill(add(1))), /at most 63 functions/);
    await timer.close();
    gpu.release(a);
    gpu.release(b);
    await gpu.close();
  }
});
