/** NaN must come through the rectifiers: a search that diverged is found by its loss. */
import assert from "node:assert/strict";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { batchNorm, batchNormInference, relu } from "../../../engine/ops/mod.ts";
import type { Tensor } from "../../../engine/tensor.ts";
import { assertNoLiveBuffers } from "../helpers.ts";

const gpu = await GpuBackend.open();

/** NaN as this device or another one may write it: of both signs, quiet and with all bits set. */
const NANS = [0x7fc00000, 0xffc00000, 0x7fffffff, 0xffffffff];

function floats(bits: readonly number[]): Float32Array {
  return new Float32Array(Uint32Array.from(bits).buffer);
}

/** Upload without a conversion, which may change the bits of NaN. */
function upload(values: Float32Array, shape: readonly number[]): Tensor {
  const tensor = gpu.allocate([...shape]);
  gpu.queue.write(tensor.gpu, values.slice());
  return tensor;
}

Deno.test("relu keeps NaN and infinity, and turns no other number but negative ones into 0", async () => {
  const x = upload(new Float32Array([...floats(NANS), Infinity, -Infinity, -0, 3]), [8]);
  const { outputs: [y] } = gpu.forward(relu, [x], {});
  const values = await gpu.toArray(y);
  assert.deepEqual([...values], [NaN, NaN, NaN, NaN, Infinity, 0, 0, 3]);
  for (const tensor of [x, y]) gpu.release(tensor);
  assertNoLiveBuffers(gpu);
});

Deno.test("batch norm with its rectifier keeps NaN of each channel", async () => {
  const attributes = { epsilon: 1e-3, relu: true };
  const x = upload(new Float32Array(16).map((_, i) => i), [4, 1, 1, 4]);
  const ones = upload(new Float32Array(4).fill(1), [4]);
  for (const [place, bits] of NANS.entries()) {
    const beta = upload(floats([0, 1, 2, 3].map((i) => i === place ? bits : 0)), [4]);
    const trained = gpu.forward(batchNorm, [x, ones, beta], attributes);
    const inferred = gpu.forward(batchNormInference, [x, ones, beta, ones, ones], attributes);
    for (const y of [trained.outputs[0], inferred.outputs[0]]) {
      const values = await gpu.toArray(y);
      values.forEach((value, i) => assert.equal(Number.isNaN(value), i % 4 === place, `${i}`));
    }
    for (const { outputs, saved } of [trained, inferred]) {
      for (const tensor of [...outputs, ...saved as readonly Tensor[]]) gpu.release(tensor);
    }
    gpu.release(beta);
  }
  gpu.release(x);
  gpu.release(ones);
  assertNoLiveBuffers(gpu);
});
