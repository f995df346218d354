/** NaN must come through the rectifiers: a search that diverged is found by its loss. */
import assert from "node:assert/strict";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { batchNorm, batchNormInference, maxPool, relu } from "../../../engine/ops/mod.ts";
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

Deno.test("max pooling keeps NaN, and gives its gradient to the last one of a window", async () => {
  const cpu = new CpuBackend();
  for (const [place, bits] of NANS.entries()) {
    // One row of ten pixels; windows of three at stride 1, of which those over pixels 3 and 4 see NaN.
    const values = new Float32Array(10).map((_, i) => i === 9 ? Infinity : 1 - i);
    const [nan] = floats([bits]);
    const words = new Uint32Array(values.buffer);
    words[3] = words[4] = bits;
    const channels = new Float32Array(40);
    const lanes = new Uint32Array(channels.buffer);
    words.forEach((word, i) => lanes[4 * i + place] = word);
    const x = upload(channels, [1, 1, 10, 4]);
    const { outputs: [y], saved } = gpu.forward(maxPool, [x], { size: 3, stride: 1 });
    const dy = gpu.fromArray(new Float64Array(40).fill(1), [1, 1, 10, 4]);
    const context = {
      inputs: [x],
      outputs: [y],
      saved,
      attributes: { size: 3, stride: 1 },
      needs: [true],
      into: () => gpu.allocate([1, 1, 10, 4]),
    };
    const [dx] = gpu.backward(maxPool, [dy], context);
    const column = (found: Float64Array) =>
      Array.from({ length: 10 }, (_, i) => found[4 * i + place]);
    const expected = [1, 1, NaN, NaN, NaN, NaN, -4, -5, Infinity, Infinity];
    assert.deepEqual(column(await gpu.toArray(y)), expected, `bits ${bits.toString(16)}`);
    const onCpu = cpu.fromArray([...values].map((v, i) => i === 3 || i === 4 ? nan : v), [
      1,
      1,
      10,
      1,
    ]);
    const reference = cpu.forward(maxPool, [onCpu], { size: 3, stride: 1 });
    assert.deepEqual([...reference.outputs[0].cpu], expected);
    const [referenceDx] = cpu.backward(maxPool, [cpu.fromArray(Array(10).fill(1), [1, 1, 10, 1])], {
      ...context,
      inputs: [onCpu],
      outputs: reference.outputs,
      saved: reference.saved,
    });
    // By torch.nn.functional.max_pool2d with a window of 1x3 and padding.
    const gradient = [2, 0, 0, 1, 3, 1, 1, 0, 0, 2];
    assert.deepEqual([...referenceDx!.cpu], gradient);
    assert.deepEqual(column(await gpu.toArray(dx!)), gradient);
    gpu.releaseSaved(saved);
    for (const tensor of [x, y, dy, dx!]) gpu.release(tensor);
  }
  assertNoLiveBuffers(gpu);
});
