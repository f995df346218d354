import assert from "node:assert/strict";
import type { Backend } from "../../engine/backend.ts";
import { CpuBackend } from "../../engine/cpu_backend.ts";
import { GpuBackend } from "../../engine/gpu_backend.ts";
import { constantInit, heNormal, uniformInit } from "../../engine/init.ts";
import {
  type ParameterSpec,
  ParameterStore,
  type ParameterValues,
} from "../../engine/parameters.ts";
import { Random } from "../../engine/random.ts";
import { assertNoLiveBuffers } from "./helpers.ts";

const gpu = await GpuBackend.open();

const SPECS: ParameterSpec[] = [
  { name: "conv", shape: [3, 3, 5, 7], init: heNormal(45) },
  { name: "scalar", shape: [1], init: constantInit(0.5) },
  { name: "matrix", shape: [130, 33], init: uniformInit(0.1) },
];

for (const backend of [gpu, new CpuBackend()] satisfies Backend[]) {
  Deno.test(`values() on the ${backend.kind} gives back what load() wrote, to the bit`, async () => {
    const store = new ParameterStore(backend, SPECS, new Random(1));
    const random = new Random(2);
    const wanted = new Map<string, ParameterValues>(
      SPECS.map(({ name, shape }) => [name, {
        shape,
        data: uniformInit(10)(shape, random),
      }]),
    );
    assert.notDeepEqual(await store.values(), wanted);
    store.load(wanted);
    assert.deepEqual(await store.values(), wanted);
    store.dispose();
    assertNoLiveBuffers(gpu);
  });
}

Deno.test("ParameterStore starts with the same values on both backends", async () => {
  const store = new ParameterStore(gpu, SPECS, new Random(1));
  const values = await store.values();
  assert.deepEqual(
    values,
    await new ParameterStore(new CpuBackend(), SPECS, new Random(1)).values(),
  );
  assert.deepEqual([...values.keys()], ["conv", "scalar", "matrix"]);
  assert.equal(store.parameterCount, 315 + 1 + 4290);
  for (const { name } of SPECS) {
    const gradient = await gpu.toArray(store.gradient(name));
    assert.ok(gradient.every((value) => value === 0), `gradient of ${name}`);
  }
  store.dispose();
  assertNoLiveBuffers(gpu);
});

Deno.test("ParameterStore gives a parameter the same start whatever stands beside it", async () => {
  const cpu = new CpuBackend();
  const all = await new ParameterStore(cpu, SPECS, new Random(1)).values();
  const alone = await new ParameterStore(cpu, [SPECS[2]], new Random(1)).values();
  assert.deepEqual(alone.get("matrix"), all.get("matrix"));
});

Deno.test("load() refuses weights of another network and changes nothing", async () => {
  const store = new ParameterStore(new CpuBackend(), SPECS, new Random(1));
  const before = await store.values();
  const without = new Map(before);
  without.delete("matrix");
  assert.throws(() => store.load(without), {
    name: "ShapeError",
    message: /weights matrix of shape \[130,33\] but found none; .* another network/,
  });
  const misshapen = new Map(before).set("scalar", { shape: [2], data: new Float32Array(2) });
  assert.throws(() => store.load(misshapen), {
    name: "ShapeError",
    message: /weights scalar of shape \[1\] but found \[2\]/,
  });
  const extra = new Map(before).set("other", { shape: [1], data: new Float32Array(1) });
  extra.set("conv", { shape: [3, 3, 5, 7], data: new Float32Array(315) });
  assert.throws(() => store.load(extra), { name: "ShapeError", message: /other/ });
  assert.deepEqual(await store.values(), before);
});

Deno.test("ParameterStore refuses unknown and repeated names", () => {
  const cpu = new CpuBackend();
  const store = new ParameterStore(cpu, SPECS, new Random(1), { gradients: false });
  assert.throws(() => store.get("none"), { name: "ShapeError", message: /found the name none/ });
  assert.throws(() => store.gradient("conv"), { name: "ShapeError" });
  assert.throws(() => new ParameterStore(cpu, [SPECS[0], SPECS[0]], new Random(1)), {
    name: "ShapeError",
    message: /found conv twice/,
  });
});

Deno.test("select() cuts parameters into chunks that cover them exactly", async () => {
  const store = new ParameterStore(gpu, SPECS, new Random(1));
  const selection = store.select(["matrix", "scalar"]);
  const table = await gpu.toArray(selection.chunks!);
  assert.equal(table.length, 2 * selection.count);
  const covered = new Map<number, number>();
  for (let k = 0; k < selection.count; k++) covered.set(table[2 * k], table[2 * k + 1]);
  // Rows of 33 are stored as 36: 4680 numbers in two chunks; each parameter begins at a multiple
  // of 64, conv takes 3·3·5·8 = 360.
  assert.deepEqual([...covered], [[448, 4096], [448 + 4096, 584], [384, 4]]);
  store.releaseSelection(selection);
  store.dispose();
  assertNoLiveBuffers(gpu);
});
