import assert from "node:assert/strict";
import { openDevice } from "../../engine/device.ts";
import { GpuBackend } from "../../engine/gpu_backend.ts";
import {
  mebibytes,
  MemoryPool,
  MIRROR_ROW_BYTES,
  MIRROR_WIDTH,
  sizeClass,
} from "../../engine/memory.ts";
import { relu } from "../../engine/ops/mod.ts";
import { assertNoLiveBuffers } from "./helpers.ts";

const { device } = await openDevice();
const MIB = 2 ** 20;

Deno.test("sizeClass() has four steps to a doubling and wastes at most a quarter", () => {
  const asked = [0, 1, 256, 257, 512, 1000, 1024, 1025, 1280, 1281, 4096, 4097, 8192, 10_000];
  const given = [256, 256, 256, 512, 512, 1024, 1024, 1280, 1280, 1536, 4096, 5120, 8192, 10_240];
  assert.deepEqual(asked.map(sizeClass), given);
  for (let bytes = 1024; bytes < 100_000; bytes += 97) {
    const size = sizeClass(bytes);
    assert.ok(size >= bytes && size <= 1.25 * bytes + 1, `${bytes}: ${size}`);
    assert.equal(size % 256, 0);
    assert.equal(sizeClass(size), size);
  }
});

Deno.test("MemoryPool reuses a buffer of the size class and counts what is live", () => {
  const pool = new MemoryPool(device, MIB);
  const [a, b] = [pool.acquire(1000), pool.acquire(2000)];
  assert.notEqual(a.id, b.id);
  assert.deepEqual(pool.use(), {
    liveBuffers: 2,
    liveBytes: 3072,
    peakBytes: 3072,
    allocatedBytes: 3072,
    budgetBytes: MIB,
  });
  pool.release(a);
  assert.equal(pool.acquire(900), a);
  pool.release(a);
  assert.notEqual(pool.acquire(1025), a);
  pool.release(b);
  assert.deepEqual(pool.use(), {
    liveBuffers: 1,
    liveBytes: 1280,
    peakBytes: 3328,
    allocatedBytes: 4352,
    budgetBytes: MIB,
  });
});

Deno.test("MemoryPool refuses a second release", () => {
  const pool = new MemoryPool(device, MIB);
  const buffer = pool.acquire(1);
  pool.release(buffer);
  assert.throws(() => pool.release(buffer), {
    name: "RangeError",
    message: `Expected a live buffer but buffer ${buffer.id} was already released`,
  });
  assert.equal(pool.use().liveBuffers, 0);
  // Nobody gets it twice.
  assert.notEqual(pool.acquire(1), pool.acquire(1));
});

Deno.test("MemoryPool says what is in use and what to do when the budget is exceeded", () => {
  const pool = new MemoryPool(device, 4 * MIB);
  pool.acquire(3 * MIB);
  assert.throws(() => pool.acquire(1.5 * MIB), {
    name: "MemoryBudgetError",
    message: "Expected at most 4.0 MiB of device memory but 3.0 MiB are in use and 1.5 MiB more " +
      "are needed; use a smaller batch, fewer filters or layers, or raise --memory",
  });
  assert.equal(pool.use().liveBuffers, 1);
  pool.acquire(MIB);
  assert.equal(pool.use().allocatedBytes, 4 * MIB);
});

Deno.test("MemoryPool refuses a tensor above the largest binding, whatever the budget", () => {
  const pool = new MemoryPool(device, Infinity);
  const limit = Math.min(
    device.limits.maxBufferSize,
    device.limits.maxStorageBufferBindingSize,
  );
  assert.throws(() => pool.acquire(limit + 4), {
    name: "MemoryBudgetError",
    message: new RegExp(`at most ${mebibytes(limit)} \\(largest binding of this adapter\\)`),
  });
});

Deno.test("MemoryPool destroys free buffers and their mirrors before it gives up", () => {
  const forgotten: number[] = [];
  const spare = MIRROR_ROW_BYTES; // A mirror of 16 rows has one more.
  const pool = new MemoryPool(device, MIB + spare, ({ id }) => forgotten.push(id));
  const [free, live] = [pool.acquire(MIB / 4), pool.acquire(MIB / 4)];
  pool.mirrorOf(free);
  assert.equal(pool.mirrorOf(free), free.mirror, "made once");
  assert.equal(pool.use().allocatedBytes, MIB / 4 * 3 + spare);
  pool.release(free);
  const large = pool.acquire(MIB / 2 + MIB / 8);
  assert.deepEqual(forgotten, [free.id]);
  assert.equal(pool.use().allocatedBytes, MIB / 4 + MIB / 2 + MIB / 8);
  assert.equal(pool.use().liveBuffers, 2);
  assert.notEqual(large, free);
  assert.throws(() => pool.acquire(MIB / 4), { name: "MemoryBudgetError" });
  assert.deepEqual(forgotten, [free.id], "live buffers stay");
  pool.release(live);
});

Deno.test("MemoryPool counts mirrors against the budget", () => {
  const pool = new MemoryPool(device, 1500);
  const buffer = pool.acquire(256);
  pool.mirrorOf(buffer);
  assert.equal(pool.use().allocatedBytes, 4 * 256);
  assert.throws(() => pool.mirrorOf(pool.acquire(256)), { name: "MemoryBudgetError" });
});

Deno.test("a mirror's width is a power of two and its height never, or llvmpipe compiles anew", () => {
  const pool = new MemoryPool(device, 2 ** 30);
  const sizeOf = (bytes: number) => {
    const { width, height } = pool.mirrorOf(pool.acquire(bytes)).texture;
    return [width, height];
  };
  assert.deepEqual([256, 512, 768, 4096].map(sizeOf), [[16, 3], [32, 3], [64, 3], [256, 3]]);
  const heights = [1, 2, 3, 4, 5, 8, 16, 20, 256].map((rows) => {
    const [width, height] = sizeOf(rows * MIRROR_ROW_BYTES);
    assert.equal(width, MIRROR_WIDTH);
    return height;
  });
  assert.deepEqual(heights, [3, 3, 3, 5, 5, 9, 17, 20, 257]);
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

Deno.test("a buffer that a recorded dispatch reads is not destroyed before the dispatch ran", async () => {
  const gpu = await GpuBackend.open({ memoryBudget: 9 * MIB, loadPath: "storage" });
  const x = gpu.fromArray(new Float32Array(2 ** 19).fill(-3), [2 ** 19]);
  const { outputs: [y] } = gpu.forward(relu, [x], {});
  const { outputs: [z] } = gpu.forward(relu, [y], {});
  gpu.release(y);
  // Only without the buffer of y does this fit into the budget.
  const large = gpu.allocate([2 ** 20]);
  gpu.submit();
  assert.deepEqual(new Set(await gpu.toArray(z)), new Set([0]));
  for (const tensor of [x, z, large]) gpu.release(tensor);
  await gpu.close();
});
