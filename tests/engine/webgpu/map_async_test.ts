/**
 * What the engine relies on in Deno's `mapAsync`, so that an upgrade that changes it shows here.
 *
 * @module
 */
import assert from "node:assert/strict";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { defineKernel } from "../../../engine/webgpu/kernel.ts";
import { flatGrid } from "../../../engine/webgpu/queue.ts";
import { assertNoLiveBuffers } from "../helpers.ts";

/** Turns of one thread, below what lavapipe does, and workgroups, doubled until a run takes long. */
const TURNS = 30_000;
const LONG_MS = 20;
const MOST_GROUPS = 2 ** 20;

/** Keeps the device busy: every turn depends on the one before. */
const busy = defineKernel({
  name: "busy",
  source: `@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  var x = f32(id.x);
  for (var turn = id.x; turn < id.x + params.turns; turn++) { x = fma(x, 0.999, 1.0); }
  if (x < 0.0) { y[0] = x; }
}`,
  bindings: { y: "read_write f32" },
  params: { turns: "u32" },
});

/** Milliseconds that `mapAsync` takes to return, not to settle. */
async function millisecondsInCall(device: GPUDevice): Promise<number> {
  const { MAP_READ, COPY_DST } = GPUBufferUsage;
  const buffer = device.createBuffer({ size: 4, usage: MAP_READ | COPY_DST });
  const begin = performance.now();
  const mapped = buffer.mapAsync(GPUMapMode.READ);
  const inCall = performance.now() - begin;
  await mapped;
  buffer.destroy();
  return inCall;
}

Deno.test("mapAsync() of any buffer returns when all that was submitted is done", async () => {
  const gpu = await GpuBackend.open();
  const { device } = gpu.memory;
  const y = gpu.fromArray([0], [1]);
  const run = (groups: number) => {
    gpu.run(busy, {}, { y }, { turns: TURNS }, flatGrid(groups));
    gpu.submit();
    return millisecondsInCall(device);
  };
  let groups = 1;
  let long = await run(groups);
  while (long < LONG_MS && groups < MOST_GROUPS) long = await run(groups *= 2);
  assert.ok(
    long >= LONG_MS,
    `mapAsync() returned after ${long} ms while the device was busy with ${groups} workgroups: ` +
      "it waits no longer inside the call. measure/host_clock.ts then times nothing, and " +
      "webgpu/read_back.ts need not put reads off any more",
  );
  // A busy machine may spoil one sample.
  const idle = [];
  for (let i = 0; i < 5; i++) idle.push(await millisecondsInCall(device));
  assert.ok(Math.min(...idle) < LONG_MS / 4, `${idle} ms with nothing to wait for`);
  gpu.release(y);
  assertNoLiveBuffers(gpu);
  await gpu.close();
});
