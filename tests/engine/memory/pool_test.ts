import assert from "node:assert/strict";
import { openDevice } from "../../../engine/webgpu/device.ts";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { mebibytes } from "../../../engine/bytes.ts";
import { MemoryPool } from "../../../engine/memory/pool.ts";
import type { PooledBuffer } from "../../../engine/memory/storage.ts";
import { lifetimesOf } from "../../../engine/memory/plan.ts";
import { relu } from "../../../engine/ops/mod.ts";
import { TEXTURE_ROW_BYTES } from "../../../engine/memory/texture_pages.ts";
import { assertNoLiveBuffers } from "../helpers.ts";

const { device } = await openDevice();
const MIB = 2 ** 20;

/** Plans and settles commands, each a list of buffers with the same access. */
function submit(pool: MemoryPool, letter: "r" | "w" | "t", ...commands: PooledBuffer[][]): void {
  pool.plan(lifetimesOf(commands.map((buffers) => ({
    storage: buffers.map((buffer) => ({ kind: "gpu", buffer, offset: 0, size: buffer.bytes })),
    signature: letter.repeat(buffers.length),
  }))));
  pool.settle();
}

Deno.test("MemoryPool counts what is live before it has a place", () => {
  const pool = new MemoryPool(device, MIB);
  const [a, b] = [pool.acquire(1000), pool.acquire(2001)];
  assert.notEqual(a.id, b.id);
  const { liveBuffers, liveBytes, allocatedBytes } = pool.use();
  assert.deepEqual([liveBuffers, liveBytes, allocatedBytes], [2, 1008 + 2016, 0]);
  assert.equal(pool.place(a), pool.place(a), "placed once");
  assert.equal(pool.use().allocatedBytes, 1024);
  pool.release(a);
  pool.release(b);
  assert.deepEqual([pool.use().liveBuffers, pool.use().liveBytes], [0, 0]);
});

Deno.test("MemoryPool reuses a place once commands that may use it were submitted", () => {
  const pool = new MemoryPool(device, MIB);
  const a = pool.acquire(4096);
  const place = pool.place(a);
  pool.release(a);
  const [b, c] = [pool.acquire(4000), pool.acquire(4000)];
  // `a` may be read by the same commands that write `b`.
  submit(pool, "w", [a, b]);
  assert.notEqual(b.device, place);
  submit(pool, "w", [c]);
  assert.equal(c.device, place);
  assert.equal(pool.place(c), place);
  assert.equal(pool.use().allocatedBytes, 2 * 4096);
});

Deno.test("MemoryPool lets released buffers share places, and gives live ones a place of their own", () => {
  const pool = new MemoryPool(device, MIB);
  const buffers = [5000, 3000, 4000, 2000].map((bytes) => pool.acquire(bytes));
  const [a, b, c, live] = buffers;
  [a, b, c].forEach((buffer) => pool.release(buffer));
  submit(pool, "w", [a, live], [a, b], [b, c], [c]);
  assert.equal(a.device, c.device);
  assert.equal(new Set(buffers.map(({ device }) => device)).size, 3);
  const sum = (bytes: number[]) => bytes.reduce((total, count) => total + count);
  assert.deepEqual(pool.use().largestSubmit, {
    lasting: 2000,
    places: sum([5008, 3008]),
    textures: 0,
    bound: sum([5008, 3008, 2000]),
  });
  assert.equal(pool.use().allocatedBytes, sum([5120, 3072, 2048]));
  assert.equal(pool.use().liveBuffers, 1);
});

Deno.test("MemoryPool never holds more than its largest submit needed", () => {
  const destroyed: number[] = [];
  const pool = new MemoryPool(device, 64 * MIB, (id) => destroyed.push(id));
  const step = (...bytes: number[]) => {
    const buffers = bytes.map((count) => pool.acquire(count));
    for (const buffer of buffers) pool.release(buffer);
    submit(pool, "w", buffers);
    return buffers.map(({ device }) => device);
  };
  const first = step(8192, 1024);
  assert.deepEqual(step(1024, 8192), first.toReversed(), "the same places again");
  step(4096, 2048, 1024);
  // 8192 had to go; the place of 1024 bytes was taken again.
  assert.deepEqual(destroyed, [first[0]!.id]);
  assert.equal(pool.use().allocatedBytes, 4096 + 2048 + 1024);
  step(8192, 1024);
  assert.equal(pool.use().allocatedBytes, 8192 + 1024);
  assert.equal(pool.use().peakBytes, 8192 + 1024);
});

Deno.test("MemoryPool refuses a second release", () => {
  const pool = new MemoryPool(device, MIB);
  const buffer = pool.acquire(1);
  pool.place(buffer);
  pool.release(buffer);
  assert.throws(() => pool.release(buffer), {
    name: "RangeError",
    message: `Expected a live buffer but buffer ${buffer.id} was already released`,
  });
  assert.equal(pool.use().liveBuffers, 0);
  // Nobody gets it twice.
  assert.notEqual(pool.place(pool.acquire(1)), pool.place(pool.acquire(1)));
});

Deno.test("MemoryPool says what is in use and what to do when the budget is exceeded", () => {
  const pool = new MemoryPool(device, 4 * MIB);
  pool.place(pool.acquire(3 * MIB));
  const message = "Expected at most 4.0 MiB of device memory but 3.0 MiB are in use and 1.5 MiB " +
    "more are needed; use a smaller batch, fewer filters or layers, or raise --memory";
  const large = pool.acquire(1.5 * MIB);
  assert.throws(() => pool.place(large), { name: "MemoryBudgetError", message });
  assert.throws(() => submit(pool, "w", [large]), { name: "MemoryBudgetError", message });
  assert.equal(large.device, null);
  pool.place(pool.acquire(MIB));
  assert.equal(pool.use().allocatedBytes, 4 * MIB);
});

Deno.test("MemoryPool refuses a tensor above the largest binding or the budget at once", () => {
  const pool = new MemoryPool(device, Infinity);
  const limit = Math.min(
    device.limits.maxBufferSize,
    device.limits.maxStorageBufferBindingSize,
  );
  assert.throws(() => pool.acquire(limit + 4), {
    name: "MemoryBudgetError",
    message: new RegExp(`at most ${mebibytes(limit)} \\(largest binding of this adapter\\)`),
  });
  const small = new MemoryPool(device, MIB);
  assert.throws(() => small.acquire(MIB + 4), { name: "MemoryBudgetError" });
});

Deno.test("MemoryPool destroys free buffers and textures before it gives up", () => {
  const forgotten: number[] = [];
  const textures = 5 * TEXTURE_ROW_BYTES;
  const pool = new MemoryPool(device, MIB, (id) => forgotten.push(id));
  const [free, live] = [pool.acquire(textures), pool.acquire(MIB / 4)];
  const { id } = pool.place(free);
  pool.place(live);
  submit(pool, "t", [free]);
  const page = pool.page(0);
  assert.equal(pool.use().allocatedBytes, MIB / 4 + 2 * textures);
  assert.equal(pool.use().largestSubmit.textures, textures);
  pool.release(free);
  const large = pool.acquire(MIB / 4 * 3);
  pool.place(large);
  assert.deepEqual(forgotten, [page.id, id]);
  assert.equal(pool.use().allocatedBytes, MIB);
  assert.throws(() => pool.place(pool.acquire(256)), { name: "MemoryBudgetError" });
  assert.deepEqual(forgotten, [page.id, id], "live buffers stay");
});

Deno.test("MemoryPool counts textures against the budget", () => {
  const pool = new MemoryPool(device, 3 * TEXTURE_ROW_BYTES);
  const buffer = pool.acquire(256);
  pool.place(buffer);
  assert.throws(() => submit(pool, "t", [buffer]), { name: "MemoryBudgetError" });
});

Deno.test("scope() releases what was neither kept nor released, also after an error", async () => {
  const gpu = await GpuBackend.open({ memoryBudget: MIB });
  const live = () => gpu.memory.use().liveBuffers;
  const kept = gpu.scope(() => {
    gpu.allocate([3]);
    gpu.release(gpu.allocate([3]));
    gpu.scope(() => gpu.allocate([3]));
    assert.equal(live(), 1);
    return gpu.scope(() => gpu.keep(gpu.allocate([3])));
  });
  assert.equal(live(), 1);
  gpu.release(kept);
  assert.throws(() =>
    gpu.scope(() => {
      gpu.allocate([3]);
      gpu.allocate([MIB]);
    }), { name: "MemoryBudgetError" });
  assertNoLiveBuffers(gpu);
  await gpu.close();
});

Deno.test("what a recorded dispatch reads is not overwritten before the dispatch ran", async () => {
  const gpu = await GpuBackend.open({ memoryBudget: 9 * MIB, loadPath: "storage" });
  const x = gpu.fromArray(new Float32Array(2 ** 19).fill(-3), [2 ** 19]);
  const { outputs: [y] } = gpu.forward(relu, [x], {});
  const { outputs: [z] } = gpu.forward(relu, [y], {});
  gpu.release(y);
  // Only in the place of y does this fit into the budget.
  const { outputs: [after] } = gpu.forward(relu, [z], {});
  gpu.release(after);
  const large = gpu.fromArray(new Float32Array(2 ** 19).fill(7), [2 ** 19]);
  assert.deepEqual(new Set(await gpu.toArray(z)), new Set([0]));
  for (const tensor of [x, z, large]) gpu.release(tensor);
  assertNoLiveBuffers(gpu);
  await gpu.close();
});

Deno.test("a step that exceeds the budget leaves nothing recorded and the backend usable", async () => {
  const gpu = await GpuBackend.open({ memoryBudget: 3 * MIB, loadPath: "storage" });
  gpu.scope(() => {
    const x = gpu.fromArray(new Float32Array(2 ** 19), [2 ** 19]);
    const { outputs: [y] } = gpu.forward(relu, [x], {});
    void gpu.read(y);
    assert.throws(() => gpu.submit(), {
      name: "MemoryBudgetError",
      message: /2\.0 MiB are in use and 2\.0 MiB more are needed/,
    });
  });
  const x = gpu.fromArray([1, -2], [2]);
  const { outputs: [y] } = gpu.forward(relu, [x], {});
  assert.deepEqual([...await gpu.toArray(y)], [1, 0]);
  gpu.release(x);
  gpu.release(y);
  assertNoLiveBuffers(gpu);
  await gpu.close();
});
