/**
 * What becomes of results that were asked for when the device, its memory or a kernel fails. An
 * unhandled rejection would fail every test of this file.
 */
import assert from "node:assert/strict";
import { DeviceError, MemoryBudgetError, ShaderError } from "../../engine/errors.ts";
import { GpuBackend } from "../../engine/webgpu/gpu_backend.ts";
import { defineKernel } from "../../engine/webgpu/kernel.ts";
import { relu } from "../../engine/ops/mod.ts";
import type { Tensor } from "../../engine/tensor.ts";

/** A backend, and a result that is computed on it. */
async function begun(memoryBudget = 2 ** 30): Promise<{ gpu: GpuBackend; x: Tensor; y: Tensor }> {
  const gpu = await GpuBackend.open({ memoryBudget });
  const x = gpu.fromArray([-1, 2, 3, 4], [4]);
  const { outputs: [y] } = gpu.forward(relu, [x], {});
  return { gpu, x, y };
}

/** What becomes of a promise within three seconds. */
async function settled<T>(promise: Promise<T>): Promise<PromiseSettledResult<T> | "hangs"> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<"hangs">((resolve) => timer = setTimeout(() => resolve("hangs"), 3000));
  const result = await Promise.race([Promise.allSettled([promise]), late]);
  clearTimeout(timer);
  return result === "hangs" ? result : result[0];
}

/** Asserts that a result never arrives as a number, and for which reason. */
async function assertRejects(
  promise: Promise<unknown>,
  type: new (...parameters: never[]) => Error,
  message: RegExp,
): Promise<void> {
  const result = await settled(promise);
  assert.ok(result !== "hangs", "the promise has not settled");
  assert.equal(result.status, "rejected");
  assert.ok(result.reason instanceof type, String(result.reason));
  assert.match(result.reason.message, message);
}

const LOST = /The device was lost \(destroyed\): .*--resume$/;

const lose = ({ memory: { device } }: GpuBackend) => device.destroy();

for (
  const [moment, run] of [
    ["before a submit", (gpu) => {
      lose(gpu);
      gpu.submit();
    }],
    ["after a submit", (gpu) => {
      gpu.submit();
      lose(gpu);
    }],
    ["while results are awaited", (gpu) => {
      gpu.submit();
      setTimeout(() => lose(gpu), 0);
    }],
  ] as readonly [string, (gpu: GpuBackend) => void][]
) {
  Deno.test(`a device lost ${moment} rejects the results that were asked for`, async () => {
    const { gpu, y } = await begun();
    const [first, second] = [gpu.read(y), gpu.read(y)];
    run(gpu);
    await assertRejects(first, DeviceError, LOST);
    await assertRejects(second, DeviceError, LOST);
    assert.throws(() => gpu.submit(), LOST);
    // What is asked for afterwards does not hang either.
    const later = gpu.read(y);
    assert.throws(() => gpu.submit(), LOST);
    await assertRejects(later, DeviceError, LOST);
    await assertRejects(gpu.close(), DeviceError, LOST);
  });
}

Deno.test("a submit beyond the memory budget rejects its results alone, and the device goes on", async () => {
  const { gpu, x, y } = await begun(2 ** 20);
  const before = gpu.read(y);
  gpu.submit();
  // Four live tensors of 400 KiB do not fit into 1 MiB.
  const large = gpu.scope(() => {
    const tensors = [gpu.allocate([100, 1024])];
    const { outputs: [first] } = gpu.forward(relu, tensors, {});
    const { outputs: [second] } = gpu.forward(relu, [first], {});
    const { outputs: [third] } = gpu.forward(relu, [second], {});
    const results = [gpu.read(third), gpu.read(first)];
    assert.throws(() => gpu.submit(), MemoryBudgetError);
    return results;
  });
  for (const result of large) {
    await assertRejects(result, MemoryBudgetError, /^Expected at most 1\.0 MiB of device memory/);
  }
  assert.deepEqual([...await before], [0, 2, 3, 4]);
  assert.deepEqual([...await gpu.toArray(x)], [-1, 2, 3, 4]);
  for (const tensor of [x, y]) gpu.release(tensor);
  assert.equal(gpu.memory.use().liveBuffers, 0);
  await gpu.close();
});

Deno.test("a validation error inside a submit rejects its results, and nobody gets a number after it", async () => {
  const { gpu, x, y } = await begun();
  gpu.submit();
  x.gpu.buffer.device!.gpu.destroy();
  const { outputs: [z] } = gpu.forward(relu, [x], {});
  const results = [gpu.read(z), gpu.read(y)];
  gpu.submit();
  for (const result of results) await assertRejects(result, DeviceError, /^The device reported: /);
  const later = gpu.read(y);
  assert.throws(() => gpu.submit(), DeviceError);
  await assertRejects(later, DeviceError, /^The device reported: /);
});

Deno.test("a rejected kernel rejects the results of the submit that it is part of", async () => {
  const { gpu, y } = await begun();
  const wrong = defineKernel({
    name: "wrong",
    source: `@compute @workgroup_size(1) fn main() { out[0] = nowhere; }`,
    bindings: { out: "read_write f32" },
    params: {},
  });
  gpu.run(wrong, {}, { out: y }, {}, [1, 1, 1]);
  const result = gpu.read(y);
  gpu.submit();
  await assertRejects(result, ShaderError, /^Kernel wrong was rejected: .*nowhere/s);
  assert.throws(() => gpu.submit(), ShaderError);
});

Deno.test("a device without memory left is said to be that", async () => {
  const { gpu, y } = await begun();
  const result = gpu.read(y);
  // The software adapter commits memory lazily and never says so itself.
  const error = new GPUOutOfMemoryError("no room for 4 GiB");
  gpu.memory.device.dispatchEvent(
    new GPUUncapturedErrorEvent("uncapturederror", { error, cancelable: true }),
  );
  assert.throws(() => gpu.submit(), MemoryBudgetError);
  await assertRejects(
    result,
    MemoryBudgetError,
    /^Expected memory on the device but it has none left \(no room for 4 GiB\); use a smaller/,
  );
});

Deno.test("the staging buffer of a read that failed is destroyed", async () => {
  const { gpu, y } = await begun();
  const { device } = gpu.memory;
  let [made, destroyed] = [0, 0];
  const createBuffer = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    const buffer = createBuffer(descriptor);
    if ((descriptor.usage & GPUBufferUsage.MAP_READ) === 0) return buffer;
    made++;
    const destroy = buffer.destroy.bind(buffer);
    buffer.destroy = () => {
      destroyed++;
      destroy();
    };
    buffer.mapAsync = () => Promise.reject(new Error("mapping failed"));
    return buffer;
  };
  const result = gpu.read(y);
  gpu.submit();
  await assertRejects(result, DeviceError, /^Expected to read a result back .* mapping failed$/);
  assert.deepEqual([made, destroyed], [1, 1]);
  await gpu.close();
});
