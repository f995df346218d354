import assert from "node:assert/strict";
import { DeviceError, ShaderError } from "../../../engine/errors.ts";
import { relu } from "../../../engine/ops/relu.ts";
import type { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { defineKernel } from "../../../engine/webgpu/kernel.ts";
import { SharedGpu } from "../../../engine/webgpu/shared_gpu.ts";

const rejected = defineKernel({
  name: "rejected",
  source: "@compute @workgroup_size(1) fn main() { let x = missing_name; }",
  bindings: {},
  params: {},
});

/** Whether a backend computes as it should. */
async function computes(gpu: GpuBackend): Promise<void> {
  const x = gpu.fromArray([-1, 2], [2]);
  const { outputs: [y] } = gpu.forward(relu, [x], {});
  assert.deepEqual([...await gpu.toArray(y)], [0, 2]);
}

/** The buffers that were made on a device and not destroyed since. */
function watchBuffers(device: GPUDevice): Set<GPUBuffer> {
  const there = new Set<GPUBuffer>();
  const create = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    const buffer = create(descriptor);
    there.add(buffer);
    const destroy = buffer.destroy.bind(buffer);
    buffer.destroy = () => {
      there.delete(buffer);
      destroy();
    };
    return buffer;
  };
  return there;
}

Deno.test("backends of one GPU share its kernels, and each leaves no memory behind", async () => {
  const shared = new SharedGpu();
  const first = await shared.open({ memoryBudget: 2 ** 24 });
  await computes(first);
  const compiled = first.pipelines.size;
  assert.ok(compiled > 0);
  const left = watchBuffers(first.memory.device);
  const second = await shared.open({ memoryBudget: 2 ** 20 });
  assert.equal(second.memory.device, first.memory.device);
  await computes(second);
  assert.equal(second.pipelines.size, compiled, "nothing is compiled twice");
  assert.equal(second.memoryBudget, 2 ** 20);
  assert.notEqual(second.memory.use().liveBuffers, 0);
  assert.notEqual(left.size, 0);
  await second.close();
  assert.equal(left.size, 0);
  assert.throws(() => second.submit(), { name: "DeviceError", message: /it was closed/ });
  await computes(first);
  await first.close();
  await shared.close();
});

Deno.test("what breaks a device is not passed on to the next who asks", async () => {
  const shared = new SharedGpu();
  const broken = await shared.open();
  broken.pipelines.get(rejected);
  await assert.rejects(broken.close(), ShaderError);
  const next = await shared.open();
  assert.notEqual(next.memory.device, broken.memory.device);
  await computes(next);
  next.memory.device.destroy();
  await next.memory.device.lost;
  await assert.rejects(next.close(), DeviceError);
  const last = await shared.open();
  await computes(last);
  await last.close();
  await shared.close();
});

Deno.test("a shared GPU closes when its owner says so, but under nobody's hands", async () => {
  const shared = new SharedGpu();
  const [first, second] = await Promise.all([shared.open(), shared.open()]);
  assert.equal(first.memory.device, second.memory.device);
  let lost = false;
  first.memory.device.lost.then(() => lost = true);
  await shared.close();
  await first.close();
  await computes(second);
  assert.equal(lost, false);
  await second.close();
  await first.memory.device.lost;
  await computes(await shared.open());
  await shared.close();
});
