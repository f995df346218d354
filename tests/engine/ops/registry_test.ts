import assert from "node:assert/strict";
import { checkOpCase } from "../../../engine/check_op.ts";
import { GpuBackend, type TileSet } from "../../../engine/gpu_backend.ts";
import { OPS } from "../../../engine/ops/mod.ts";

for (const tileSet of ["direct", "subgroup", "tiled"] satisfies TileSet[]) {
  const gpu = await GpuBackend.open({ tileSet });
  for (const op of OPS) {
    if (op.gpu === null) continue;
    if (tileSet !== "direct" && op.name !== "conv2d") continue;
    for (const opCase of op.cases) {
      Deno.test(`${op.name} (${tileSet}) matches its reference: ${opCase.name}`, async () => {
        for (const check of await checkOpCase(gpu, op, opCase)) {
          assert.ok(
            check.maxError <= check.tolerance,
            `${check.pass}: error ${check.maxError} exceeds ${check.tolerance}`,
          );
        }
      });
    }
  }
}
