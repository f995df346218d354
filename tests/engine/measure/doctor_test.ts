import assert from "node:assert/strict";
import { diagnose } from "../../../engine/measure/doctor.ts";
import { ShaderError } from "../../../engine/errors.ts";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { concat, relu } from "../../../engine/ops/mod.ts";

Deno.test("diagnose() names wrong and rejected operations and goes on after them", async () => {
  const gpu = await GpuBackend.open();
  const strict = { ...relu, name: "strict", tolerance: -1 };
  const rejected = {
    ...relu,
    name: "rejected",
    gpu: {
      ...relu.gpu!,
      forward: (): never => {
        throw new ShaderError("Kernel rejected was rejected: no", "");
      },
    },
  };
  const { ok, ops } = await diagnose(gpu, [
    strict,
    rejected,
    { ...relu, name: "plain", gpu: null },
    concat,
  ]);
  await gpu.close();
  assert.equal(ok, false);
  assert.deepEqual([...new Set(ops.map(({ op }) => op))], ["strict", "rejected", "concat"]);
  for (const { op, ok, failure, maxError } of ops) {
    assert.equal(ok, op === "concat", op);
    assert.equal(failure !== null, op === "rejected", op);
    assert.equal(Number.isFinite(maxError), op !== "rejected", op);
  }
});
