import assert from "node:assert/strict";
import { DeviceError, ShaderError } from "../../../engine/errors.ts";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { defineKernel } from "../../../engine/webgpu/kernel.ts";
import { relu } from "../../../engine/ops/mod.ts";
import { flatGrid } from "../../../engine/webgpu/queue.ts";
import { assertNoLiveBuffers } from "../helpers.ts";

const gpu = await GpuBackend.open();

/** Writes its parameters, as bits, to the output. */
const echo = defineKernel({
  name: "echo",
  source: `@compute @workgroup_size(1) fn main() {
  out[0] = params.whole;
  out[1] = bitcast<u32>(params.signed);
  out[2] = bitcast<u32>(params.real);
}`,
  bindings: { out: "read_write u32" },
  params: { whole: "u32", signed: "i32", real: "f32" },
});

/** Adds a parameter to the first element. */
const add = defineKernel({
  name: "add",
  source:
    `@compute @workgroup_size(1) fn main() { out[0] = out[0] * params.factor + params.term; }`,
  bindings: { out: "read_write u32" },
  params: { factor: "u32", term: "u32" },
});

/** Counts the workgroups by setting a bit each. */
const mark = defineKernel({
  name: "mark",
  source: `@compute @workgroup_size(1)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = flat_group(group, groups);
  if (i < params.count) { out[i] = i + 1u; }
}`,
  bindings: { out: "read_write u32" },
  params: { count: "u32" },
});

const u32 = (count: number) => gpu.fromArray(new Float64Array(count), [count], "u32");

Deno.test("dispatch() hands over parameters of every type", async () => {
  const out = u32(4);
  gpu.run(echo, {}, { out }, { whole: 0xfffffffe, signed: -7, real: -0.1 }, [1, 1, 1]);
  const bits = Uint32Array.from(await gpu.toArray(out));
  assert.equal(bits[0], 0xfffffffe);
  assert.equal(new Int32Array(bits.buffer)[1], -7);
  assert.equal(new Float32Array(bits.buffer)[2], Math.fround(-0.1));
  gpu.release(out);
});

Deno.test("read() gives the values at its place among the commands, in the order of the calls", async () => {
  const out = u32(1);
  const reads = [gpu.read(out)];
  for (let term = 1; term <= 5; term++) {
    gpu.run(add, {}, { out }, { factor: 10, term }, [1, 1, 1]);
    reads.push(gpu.read(out));
    // Half of the reads belong to another submit.
    if (term === 2) gpu.submit();
  }
  gpu.submit();
  const settled: number[] = [];
  reads.forEach((read, i) => read.then(() => settled.push(i)));
  const values = (await Promise.all(reads)).map(([value]) => value);
  assert.deepEqual(values, [0, 1, 12, 123, 1234, 12345]);
  assert.deepEqual(settled, [0, 1, 2, 3, 4, 5]);
  gpu.release(out);
});

Deno.test("write() takes effect after what was recorded before it", async () => {
  const out = u32(1);
  gpu.run(add, {}, { out }, { factor: 1, term: 5 }, [1, 1, 1]);
  const before = gpu.read(out);
  gpu.write(out, [100]);
  gpu.run(add, {}, { out }, { factor: 1, term: 5 }, [1, 1, 1]);
  const after = gpu.toArray(out);
  assert.deepEqual([...await before, ...await after], [5, 105]);
  gpu.release(out);
});

Deno.test("dispatch() goes on past the parameters that fit between two submits", async () => {
  const out = u32(1);
  const { submits, dispatches } = gpu.queue.counts;
  for (let i = 0; i < 5000; i++) {
    gpu.run(add, {}, { out }, { factor: 1, term: i }, [1, 1, 1]);
  }
  assert.equal(gpu.queue.counts.submits, submits + 1);
  assert.deepEqual([...await gpu.toArray(out)], [5000 * 4999 / 2]);
  assert.equal(gpu.queue.counts.dispatches, dispatches + 5000);
  gpu.release(out);
});

Deno.test("submit() with nothing recorded sends nothing", () => {
  gpu.submit();
  const { submits } = gpu.queue.counts;
  gpu.submit();
  assert.equal(gpu.queue.counts.submits, submits);
});

Deno.test("flatGrid() covers every count with few groups to spare", () => {
  assert.deepEqual(flatGrid(1), [1, 1, 1]);
  assert.deepEqual(flatGrid(65535), [65535, 1, 1]);
  for (const groups of [65536, 65537, 131071, 1_000_003, 65535 * 1000]) {
    const [x, y, z] = flatGrid(groups);
    assert.ok(x <= 65535 && y <= 65535 && z === 1, `${x}x${y}x${z}`);
    assert.ok(x * y >= groups && x * y < groups + y, `${x}x${y} for ${groups}`);
  }
});

Deno.test("a folded grid numbers its workgroups without a gap", async () => {
  const count = 70_001;
  const out = u32(count);
  gpu.run(mark, {}, { out }, { count }, flatGrid(count));
  const found = await gpu.toArray(out);
  assert.equal(found.findIndex((value, i) => value !== i + 1), -1);
  gpu.release(out);
});

Deno.test("dispatch() refuses too many workgroups and a missing buffer", () => {
  const out = u32(1);
  const params = { factor: 1, term: 0 };
  assert.throws(() => gpu.run(add, {}, { out }, params, [1, 65536, 1]), {
    name: "DeviceError",
    message:
      "Expected at most 65535 workgroups a dimension for add but found 1x65536x1; use a smaller batch",
  });
  // @ts-expect-error: the name of the binding is checked by the compiler, too
  assert.throws(() => gpu.run(add, {}, { into: out }, params, [1, 1, 1]), {
    name: "DeviceError",
    message: "Expected a tensor for out of add but found into",
  });
  gpu.submit();
  gpu.release(out);
  assertNoLiveBuffers(gpu);
});

Deno.test("forward() refuses an op without kernels", () => {
  assert.throws(() => gpu.forward({ ...relu, name: "plain", gpu: null }, [], {}), {
    name: "DeviceError",
    message: /plain runs on the cpu alone/,
  });
});

/** A device whose first error has reached the engine. */
async function failed(cause: (device: GpuBackend) => void): Promise<GpuBackend> {
  const device = await GpuBackend.open();
  cause(device);
  await new Promise((resolve) => setTimeout(resolve, 50));
  return device;
}

const rejected = defineKernel({
  name: "rejected",
  source: "@compute @workgroup_size(1) fn main() { let x = missing_name; }",
  bindings: {},
  params: {},
});

Deno.test("a rejected kernel becomes a ShaderError with its text at the next submit", async () => {
  const device = await failed((device) => device.pipelines.get(rejected));
  assert.throws(() => device.submit(), (error: Error) => {
    assert.ok(error instanceof ShaderError);
    assert.match(error.message, /^Kernel rejected was rejected: .*missing_name/s);
    assert.ok(error.source.includes("fn pcg_hash") && error.source.includes("missing_name"));
    return true;
  });
});

for (
  const [when, observe] of [
    ["submit", (device: GpuBackend) => Promise.resolve().then(() => device.submit())],
    ["read", async (device: GpuBackend) => void await device.toArray(device.one)],
    ["close", (device: GpuBackend) => device.close()],
  ] as const
) {
  Deno.test(`a validation error that WebGPU keeps silent becomes a DeviceError at the next ${when}`, async () => {
    const device = await failed((device) => {
      const x = device.fromArray([1, 2, 3, 4], [4]);
      device.forward(relu, [x], {});
      // Bound where it must not be: a submit with a destroyed buffer.
      x.gpu.buffer.device!.gpu.destroy();
      device.submit();
    });
    await assert.rejects(observe(device), (error: Error) => {
      assert.ok(error instanceof DeviceError, String(error));
      assert.match(error.message, /^The device reported: .*destroyed/s);
      return true;
    });
    // It stays broken: no later step may seem to succeed.
    assert.throws(() => device.submit(), DeviceError);
  });
}

Deno.test("a lost device becomes a DeviceError that says so", async () => {
  const device = await failed((device) => void device.close());
  assert.throws(() => device.submit(), {
    name: "DeviceError",
    message: /^The device was lost \(destroyed\)/,
  });
});

Deno.test("a read that was pending when the device failed rejects", async () => {
  const device = await GpuBackend.open();
  const x = device.fromArray([1, 2, 3, 4], [4]);
  const { outputs: [y] } = device.forward(relu, [x], {});
  const pending = device.read(y);
  x.gpu.buffer.device!.gpu.destroy();
  device.submit();
  await assert.rejects(pending, DeviceError);
});

Deno.test("defineKernel() refuses a ninth storage buffer", () => {
  const spec = (count: number) => ({
    name: "wide",
    source: "",
    bindings: Object.fromEntries(
      Array.from({ length: count }, (_, i) => [`x${i}`, "read f32"] as const),
    ),
    params: {},
  });
  assert.equal(Object.keys(defineKernel(spec(8)).bindings).length, 8);
  assert.throws(() => defineKernel(spec(9)), {
    name: "ShaderError",
    message: "Expected at most 8 storage buffers in wide but found 9",
  });
});
