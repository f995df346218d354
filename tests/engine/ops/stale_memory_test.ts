import assert from "node:assert/strict";
import { checkOpCase } from "../../../engine/measure/check_op.ts";
import { openDevice } from "../../../engine/webgpu/device.ts";
import { GpuBackend, type GpuOptions } from "../../../engine/webgpu/gpu_backend.ts";
import { OPS } from "../../../engine/ops/mod.ts";
import type { Shape } from "../../../engine/shape.ts";
import type { DType, Tensor } from "../../../engine/tensor.ts";
import { TILE_SETS } from "../tile_sets.ts";

const KERNEL_SETS: GpuOptions[] = [
  { tileSet: "direct", loadPath: "texture" },
  { tileSet: "subgroup", loadPath: "texture" },
  { tileSet: "tiled", loadPath: "storage" },
];

/** Hands out tensors full of NaN. */
class PoisonedBackend extends GpuBackend {
  override allocate(shape: Shape, dtype: DType = "f32"): Tensor {
    const tensor = super.allocate(shape, dtype);
    this.queue.write(tensor.gpu, new Float32Array(tensor.gpu.size / 4).fill(NaN));
    return tensor;
  }
}

/** Leaves NaN in rows of the texture from which kernels load. */
function poisonTexture(gpu: GpuBackend): void {
  gpu.scope(() => {
    gpu.accumulate([gpu.allocate([2 ** 18])], gpu.allocate([2 ** 18]));
    gpu.submit();
  });
}

for (const options of KERNEL_SETS) {
  if (!TILE_SETS.includes(options.tileSet!)) continue;
  const gpu = new PoisonedBackend(await openDevice(), options);
  Deno.test(`no op reads what it did not write, or what lies behind its tensors (${options.tileSet}, ${options.loadPath})`, async () => {
    for (const op of OPS) {
      if (op.gpu === null) continue;
      for (const opCase of op.cases) {
        poisonTexture(gpu);
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
