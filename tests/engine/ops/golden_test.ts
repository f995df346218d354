import assert from "node:assert/strict";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { OPS } from "../../../engine/ops/mod.ts";
import { opsWithVectors, opVectors } from "../../golden/op_vectors.ts";
import { assertNear, assertNoLiveBuffers, runOp } from "../helpers.ts";

const gpu = await GpuBackend.open();
const ops = OPS.filter(({ name, gpu }) => gpu !== null && opsWithVectors().includes(name));

/** 2⁻²⁴, half the distance of neighbouring f32 at 1. */
const ROUNDING = 2 ** -24;
/** Sums of the vectors have up to 125 terms; normalising divides by a small difference. */
const tolerance = (op: string) => (op.startsWith("batch_norm") ? 256 : 32) * ROUNDING;

Deno.test("every operation with GPU kernels and a formula of its own has PyTorch vectors", () => {
  const plain = ["concat", "drop_path", "dropout", "flatten", "relu", "reshape", "sum"];
  const withKernels = OPS.filter(({ gpu }) => gpu !== null).map(({ name }) => name);
  assert.deepEqual([...ops.map(({ name }) => name), ...plain].toSorted(), withKernels.toSorted());
});

for (const op of ops) {
  for (const { name, attributes, inputs, outputs, dys, grads } of opVectors(op.name)) {
    Deno.test(`${op.name} on the gpu matches PyTorch (${name})`, async () => {
      const run = await runOp(gpu, op, inputs, attributes, dys, op.inputTypes);
      assert.equal(run.outputs.length, outputs.length);
      outputs.forEach((expected, k) => {
        assertNear(`output ${k}`, run.outputs[k], expected.data, tolerance(op.name));
      });
      assert.equal(run.gradients.length, grads.length);
      grads.forEach((expected, k) => {
        const actual = run.gradients[k];
        if (expected === null || actual === null) assert.equal(actual, expected, `gradient ${k}`);
        else assertNear(`gradient ${k}`, actual, expected.data, tolerance(op.name));
      });
      assertNoLiveBuffers(gpu);
    });
  }
}
