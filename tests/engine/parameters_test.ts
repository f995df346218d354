import assert from "node:assert/strict";
import type { Backend } from "../../engine/backend.ts";
import { CpuBackend } from "../../engine/cpu_backend.ts";
import { GpuBackend } from "../../engine/webgpu/gpu_backend.ts";
import { constantInit, heNormal, uniformInit } from "../../engine/init.ts";
import {
  type ParameterSpec,
  ParameterStore,
  type ParameterValues,
} from "../../engine/parameters.ts";
import { Random } from "../../engine/random.ts";
import { RehearsalBackend } from "../../engine/measure/rehearsal.ts";
import { elementCount } from "../../engine/shape.ts";
import { assertNoLiveBuffers } from "./helpers.ts";

const gpu = await GpuBackend.open();

const SPECS: ParameterSpec[] = [
  { name: "conv", shape: [3, 3, 5, 7], init: heNormal(45) },
  { name: "scalar", shape: [1], init: constantInit(0.5), role: "scale" },
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
  assert.deepEqual(selection.parts.map(({ block, count, before }) => [block, count, before]), [
    [0, 3, 0],
  ]);
  assert.equal(selection.count, 3);
  // Rows of 33 are stored as 36: 4680 numbers in two chunks; each parameter begins at a multiple
  // of 64, conv takes 3·3·5·8 = 360. The scalar is a scale.
  const expected = [[448, 4096, 0, 1], [448 + 4096, 584, 0, 1], [384, 4, 2, 0]];
  assert.deepEqual([...await gpu.toArray(selection.parts[0].chunks)], expected.flat());
  store.releaseSelection(selection);
  store.dispose();
  assertNoLiveBuffers(gpu);
});

Deno.test("ParameterStore splits its blocks where a binding would be too large", () => {
  // In f32: conv takes 384, scalar 64, matrix 4736.
  const cases: [largestBinding: number, sizes: number[]][] = [
    [Infinity, [5184]],
    [4 * 5184, [5184]],
    [4 * 5184 - 1, [448, 4736]],
    [4 * 4799, [448, 4736]],
    [4 * 448 - 1, [384, 64, 4736]],
    [1, [384, 64, 4736]],
  ];
  for (const [largestBinding, sizes] of cases) {
    const kernels = { tileSet: "direct", loadPath: "storage", largestBinding } as const;
    const store = new ParameterStore(new RehearsalBackend(kernels), SPECS, new Random(1));
    assert.deepEqual(store.blocks.map(({ shape: [size] }) => size), sizes);
    assert.deepEqual(store.gradientBlocks.map(({ shape: [size] }) => size), sizes);
  }
});

Deno.test("ParameterStore of several blocks keeps its values apart and gives all memory back", async () => {
  const small = await GpuBackend.open({ largestBinding: 20_000 });
  const store = new ParameterStore(small, SPECS, new Random(1));
  assert.equal(store.blocks.length, 2);
  assert.equal(store.gradientBlocks.length, 2);
  const whole = new ParameterStore(new CpuBackend(), SPECS, new Random(1));
  const values = await store.values();
  assert.deepEqual(values, await whole.values());
  for (const { name } of SPECS) {
    assert.deepEqual(
      new Float32Array(await small.toArray(store.get(name))),
      values.get(name)!.data,
    );
  }
  const doubled = new Map(
    [...values].map(([name, { shape, data }]) => [name, { shape, data: data.map((x) => 2 * x) }]),
  );
  store.load(doubled);
  assert.deepEqual(await store.values(), doubled);

  const selection = store.select(["matrix", "conv"]);
  assert.deepEqual(selection.parts.map(({ block, count, before }) => [block, count, before]), [
    [0, 1, 0],
    [1, 2, 1],
  ]);
  assert.equal(selection.count, 3);
  const tables = await Promise.all(selection.parts.map(({ chunks }) => small.toArray(chunks)));
  assert.deepEqual(tables.map((table) => [...table]), [
    [0, 360, 0, 1],
    [0, 4096, 0, 1, 4096, 584, 0, 1],
  ]);
  store.releaseSelection(selection);
  store.dispose();
  assertNoLiveBuffers(small);
  await small.close();
});

for (const backend of [gpu, new CpuBackend()] satisfies Backend[]) {
  Deno.test(`clearGradients() on the ${backend.kind} zeroes what is selected and no more`, async () => {
    const store = new ParameterStore(backend, SPECS, new Random(1));
    for (const { name, shape } of SPECS) {
      backend.write(store.gradient(name), Array(elementCount(shape)).fill(1));
    }
    const selection = store.select(["conv", "matrix"]);
    store.clearGradients(selection);
    for (const { name } of SPECS) {
      const wanted = Number(name === "scalar");
      const found = await backend.toArray(store.gradient(name));
      assert.ok(found.every((value) => value === wanted), name);
    }
    store.releaseSelection(selection);
    store.dispose();
    assertNoLiveBuffers(gpu);
  });
}

Deno.test("ParameterStore is fast with as many parameters as a large micro supernet", async () => {
  // 11,000 parameters, of which a path reads 700; few scalars each, as only names cost here.
  const specs = Array.from({ length: 11_000 }, (_, i) => ({
    name: `layer${i % 15}/node${i}/weight`,
    shape: [8],
    init: constantInit(i),
  }));
  const store = new ParameterStore(gpu, specs, new Random(1));
  const times: number[] = [];
  for (let step = 0; step < 20; step++) {
    const path = Array.from({ length: 700 }, (_, i) => specs[(13 * i + 977 * step) % 11_000].name);
    const start = performance.now();
    const selection = store.select(path);
    for (const name of path) if (store.get(name) === store.gradient(name)) assert.fail(name);
    times.push(performance.now() - start);
    assert.equal(selection.count, 700);
    store.releaseSelection(selection);
  }
  const median = times.toSorted((a, b) => a - b)[10];
  assert.ok(median < 5, `${median} ms for a selection`);
  // One read-back for each block, not for each parameter.
  const { reads } = gpu.queue.counts;
  const values = await store.values();
  assert.equal(gpu.queue.counts.reads - reads, 1);
  assert.deepEqual(values.get(specs[10_999].name)!.data, new Float32Array(8).fill(10_999));
  store.dispose();
  assertNoLiveBuffers(gpu);
});
