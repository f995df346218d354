import assert from "node:assert/strict";
import { checkOpCase } from "../../../engine/check_op.ts";
import { GpuBackend, type GpuOptions } from "../../../engine/gpu_backend.ts";
import { OPS } from "../../../engine/ops/mod.ts";

const KERNEL_SETS: GpuOptions[] = [
  { tileSet: "direct", loadPath: "texture" },
  { tileSet: "subgroup", loadPath: "texture" },
  { tileSet: "tiled", loadPath: "storage" },
];

/** Fills every buffer that the pool will hand out next with NaN. */
function poison(gpu: GpuBackend): void {
  const tensors = [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384].flatMap((count) =>
    Array.from({ length: 8 }, () => gpu.fromArray(new Float32Array(count).fill(NaN), [count]))
  );
  for (const tensor of tensors) gpu.release(tensor);
}

for (const options of KERNEL_SETS) {
  const gpu = await GpuBackend.open(options);
  Deno.test(`no op reads what lies behind its tensors (${options.tileSet}, ${options.loadPath})`, async () => {
    for (const op of OPS) {
      if (op.gpu === null) continue;
      for (const opCase of op.cases) {
        poison(gpu);
        for (const check of await checkOpCase(gpu, op, opCase)) {
          assert.ok(
            check.maxError <= check.tolerance,
            `${op.name}, ${opCase.name}, ${check.pass}: ${check.maxError}`,
          );
        }
      }
    }
  });
}
