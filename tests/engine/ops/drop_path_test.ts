import assert from "node:assert/strict";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { dropPath } from "../../../engine/ops/mod.ts";
import { dropPathReference } from "../../../engine/reference/mod.ts";
import { assertNoLiveBuffers, exactNormals, runOp } from "../helpers.ts";

const gpu = await GpuBackend.open();
const x = { shape: [300, 3, 1, 5], data: exactNormals(4500, 1) };
const dy = { shape: x.shape, data: exactNormals(4500, 2) };

Deno.test("drop_path with keep probability 1 gives back every bit, forward and backward", async () => {
  const attributes = { keepProbability: 1, seed: 9 };
  const { outputs: [y], gradients: [dx] } = await runOp(gpu, dropPath, [x], attributes, [dy]);
  assert.deepEqual(y, x.data);
  assert.deepEqual(dx, dy.data);
  assertNoLiveBuffers(gpu);
});

Deno.test("drop_path drops the same samples as its reference, forward and backward", async () => {
  const dropped = (values: ArrayLike<number>) =>
    Array.from({ length: 300 }, (_, b) => values[15 * b] === 0);
  // 0.1 and 0.7 are no sums of powers of two: 1 - keep is rounded.
  for (const keepProbability of [0.1, 0.5, 0.7]) {
    for (const seed of [0, 1, 0xffffffff]) {
      const attributes = { keepProbability, seed };
      const { outputs: [y], gradients: [dx] } = await runOp(gpu, dropPath, [x], attributes, [dy]);
      const expected = dropped(dropPathReference.forward([x], attributes).outputs[0].data);
      assert.ok(expected.includes(true) && expected.includes(false));
      assert.deepEqual(dropped(y), expected);
      assert.deepEqual(dropped(dx!), expected);
    }
  }
  assertNoLiveBuffers(gpu);
});
