import assert from "node:assert/strict";
import { CpuBackend } from "../../engine/cpu_backend.ts";
import { relativeError } from "../../engine/check_op.ts";
import { GpuBackend } from "../../engine/gpu_backend.ts";
import { ImageBytes } from "../../engine/image_bytes.ts";
import { defineKernel } from "../../engine/kernel.ts";
import { streamsAsTextures } from "../../engine/load_path.ts";
import { MemoryPool, sizeClass } from "../../engine/memory.ts";
import { batchNorm, conv2d, globalAvgPool, OPS, relu, sum } from "../../engine/ops/mod.ts";
import { softmaxCrossEntropy } from "../../engine/ops/mod.ts";
import { Random } from "../../engine/random.ts";
import { Tape } from "../../engine/tape.ts";
import { expandTemplate } from "../../engine/template.ts";

const gpu = await GpuBackend.open();
const normals = (count: number, seed = 1) => {
  const random = new Random(seed);
  return Float64Array.from({ length: count }, () => Math.fround(random.normal()));
};

Deno.test("every op is complete: shape rule, reference, cases, and both passes or neither", () => {
  assert.equal(new Set(OPS.map(({ name }) => name)).size, OPS.length);
  for (const op of OPS) assert.ok(op.cases.length > 0, op.name);
});

Deno.test("the tape accumulates over a fan-out, on both backends", async () => {
  const run = async (backend: GpuBackend | CpuBackend) => {
    const x = backend.fromArray(normals(2 * 4 * 4 * 3), [2, 4, 4, 3]);
    const w = backend.fromArray(normals(9, 2), [1, 1, 3, 3]);
    const [dx, dw] = [backend.allocate(x.shape), backend.allocate(w.shape)];
    const tape = new Tape(backend);
    tape.watch(x, dx);
    tape.watch(w, dw);
    const point = { stride: 1, shift: 0 };
    const [a] = tape.apply(conv2d, [x, w], point);
    const [b] = tape.apply(relu, [a], {});
    const [c] = tape.apply(conv2d, [b, w], point);
    const [d] = tape.apply(sum, [a, b, c, x], {});
    const [pooled] = tape.apply(globalAvgPool, [d], {});
    const labels = backend.fromArray([0, 2], [2], "u32");
    const [loss] = tape.apply(softmaxCrossEntropy, [pooled, labels], {});
    tape.backward(loss);
    const values = [...await backend.toArray(dx), ...await backend.toArray(dw)];
    for (const tensor of [x, w, dx, dw, labels]) backend.release(tensor);
    return values;
  };
  assert.ok(relativeError(await run(gpu), await run(new CpuBackend())) < 1e-5);
  assert.equal(gpu.memory.use().liveBuffers, 0);
});

Deno.test("backward() refuses a loss that is no scalar, watch() a misshapen gradient", () => {
  const cpu = new CpuBackend();
  const tape = new Tape(cpu);
  assert.throws(() => tape.backward(cpu.allocate([2])), /a loss of one element but found .*\[2\]/);
  assert.throws(
    () => tape.watch(cpu.allocate([2]), cpu.allocate([3])),
    /shape \[2\] but found \[3\]/,
  );
});

Deno.test("reductions over more than 65535 rows are complete", async () => {
  // lavapipe ends all loops of an invocation silently after 65535 iterations.
  const rows = 140_000;
  const values = Float32Array.from({ length: rows }, (_, i) => i < rows - 1000 ? 1 : 3);
  const x = gpu.fromArray(values, [1, rows / 100, 100, 1]);
  const [gamma, beta] = [gpu.fromArray([1], [1]), gpu.fromArray([0], [1])];
  const { outputs } = gpu.forward(batchNorm, [x, gamma, beta], { epsilon: 1e-5, relu: false });
  const [mean] = await gpu.toArray(outputs[1]);
  const [variance] = await gpu.toArray(outputs[2]);
  const share = 1000 / rows;
  assert.ok(Math.abs(mean - (1 + 2 * share)) < 1e-5, `mean ${mean}`);
  assert.ok(Math.abs(variance - 4 * share * (1 - share)) < 1e-5, `variance ${variance}`);
  const w = gpu.fromArray([1], [1, 1, 1, 1]);
  const dw = gpu.allocate([1, 1, 1, 1]);
  const dy = gpu.fromArray(new Float32Array(rows).fill(1), x.shape);
  gpu.backward(conv2d, [dy], {
    inputs: [x, w],
    outputs: [dy],
    saved: [],
    attributes: { stride: 1, shift: 0 },
    needs: [false, true],
    into: () => dw,
  });
  const [total] = await gpu.toArray(dw);
  assert.ok(Math.abs(total - (rows + 2000)) < 1, `sum ${total}`);
  for (const tensor of [x, gamma, beta, w, dw, dy, ...outputs]) gpu.release(tensor);
});

Deno.test("both ways of loading give equal bits", async () => {
  const run = async (loadPath: "storage" | "texture") => {
    const device = await GpuBackend.open({ loadPath });
    const x = device.fromArray(normals(2 * 9 * 9 * 5), [2, 9, 9, 5]);
    const w = device.fromArray(normals(9 * 5 * 6, 3), [3, 3, 5, 6]);
    const { outputs: [y] } = device.forward(conv2d, [x, w], { stride: 1, shift: 0 });
    const values = await device.toArray(y);
    for (const tensor of [x, w, y]) device.release(tensor);
    assert.equal(device.memory.use().liveBuffers, 0);
    await device.close();
    return values;
  };
  assert.deepEqual(await run("texture"), await run("storage"));
});

Deno.test("streamsAsTextures() rewrites nested accesses and leaves other names alone", () => {
  const text =
    "@group(0) @binding(1) var<storage, read> x: array<vec4f>;\nlet a = x[u32(x[i].y)] + x_1[0];";
  assert.equal(
    streamsAsTextures(text, [1]),
    "@group(0) @binding(1) var x: texture_2d<f32>;\nlet a = textureLoad(x, texel_of(params.base_x + " +
      "u32(textureLoad(x, texel_of(params.base_x + i), 0).y)), 0) + x_1[0];",
  );
  assert.throws(() => streamsAsTextures("", [0]), /Expected binding 0 to be declared/);
});

Deno.test("ImageBytes on the gpu crops, flips and normalises like the reference", async () => {
  for (const channels of [1, 3]) {
    const random = new Random(6);
    const bytes = Uint8Array.from({ length: 7 * 5 * 6 * channels }, () => random.integer(256));
    const moments = {
      mean: [0.5, 0.4, 0.3].slice(0, channels),
      std: [0.2, 0.3, 0.4].slice(0, channels),
    };
    const labels = Uint8Array.from([9, 8, 7, 6, 5, 4, 3]);
    const run = async (backend: GpuBackend | CpuBackend) => {
      const data = new ImageBytes(backend, bytes, labels, [7, 5, 6, channels], moments);
      const indices = backend.fromArray([0, 6, 1, 3, 3, 5], [6], "u32");
      const batch = data.gather(indices, 1, 5, { pad: 2, flip: true, seed: 77 });
      const values = [
        ...await backend.toArray(batch.images),
        ...await backend.toArray(batch.labels),
      ];
      for (const tensor of [indices, batch.images, batch.labels]) backend.release(tensor);
      data.dispose();
      return values;
    };
    const expected = await run(new CpuBackend());
    assert.deepEqual(expected.slice(-5), [3, 8, 6, 6, 4]);
    assert.ok(relativeError(await run(gpu), expected) < 1e-6);
  }
  assert.equal(gpu.memory.use().liveBuffers, 0);
});

Deno.test("a rejected kernel surfaces with its text at the next submit", async () => {
  const broken = await GpuBackend.open();
  const kernel = defineKernel({
    name: "broken",
    source: "@compute @workgroup_size(1) fn main() { let x = nothing; }",
    storage: [],
    params: {},
  });
  broken.pipelines.get(kernel);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.throws(() => broken.submit(), { name: "ShaderError", message: /broken was rejected/ });
});

Deno.test("MemoryPool keeps its budget, its size classes and its counts", async () => {
  assert.deepEqual([1, 256, 257, 1024, 5000].map(sizeClass), [256, 256, 512, 1024, 5120]);
  const { device } = await import("../../engine/device.ts").then((module) => module.openDevice());
  const pool = new MemoryPool(device, 4096);
  const [a, b] = [pool.acquire(1000), pool.acquire(2000)];
  assert.deepEqual([pool.use().liveBuffers, pool.use().liveBytes], [2, 3072]);
  assert.throws(() => pool.acquire(2000), { name: "MemoryBudgetError", message: /use a smaller/ });
  pool.release(b);
  assert.throws(() => pool.release(b), /already released/);
  assert.equal(pool.acquire(1900).id, b.id, "reused");
  pool.release(a);
  pool.acquire(1025);
  device.destroy();
});

Deno.test("expandTemplate() unrolls, chooses and evaluates", () => {
  const source =
    "//# for i in 0..N\n${i * 2 + 1}\n//# if i == 1\none\n//# end\n//# end\n//# for i in 3..3\nno\n//# end";
  assert.equal(expandTemplate(source, { N: 2 }), "1\n3\none");
  assert.throws(() => expandTemplate("${M}", {}), {
    name: "ShaderError",
    message: /Line 1.*unknown name M/,
  });
  assert.throws(() => expandTemplate("//# if 1\nx", {}), /without \/\/# end/);
});
