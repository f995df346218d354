import assert from "node:assert/strict";
import { checkOpCase } from "../../../engine/measure/check_op.ts";
import { GpuBackend, type GpuOptions } from "../../../engine/webgpu/gpu_backend.ts";
import { OPS } from "../../../engine/ops/mod.ts";
import { REAL_GPU } from "../../../engine/webgpu/target.ts";
import { TILE_SETS } from "../tile_sets.ts";

/** Ops with kernels of their own for real GPUs. */
const TARGETED = [
  "batch_norm",
  "batch_norm_inference",
  "conv2d",
  "depthwise_conv2d",
  "factorized_reduction",
];

/** Every kernel set runs its own ops; every op runs with both ways of loading. */
const KERNEL_SETS: { options: GpuOptions; ops: (name: string) => boolean; label?: string }[] = [
  { options: { tileSet: "direct", loadPath: "storage" }, ops: () => true },
  { options: { tileSet: "subgroup", loadPath: "texture" }, ops: () => true },
  { options: { tileSet: "subgroup", loadPath: "storage" }, ops: (name) => name === "conv2d" },
  { options: REAL_GPU, ops: (name) => TARGETED.includes(name), label: "as on a real GPU" },
  {
    options: { ...REAL_GPU, smallBatchNorm: 0 },
    ops: (name) => name.startsWith("batch_norm"),
    label: "as on a real GPU, many rows",
  },
];

for (const { options, ops, label = `${options.tileSet}, ${options.loadPath}` } of KERNEL_SETS) {
  if (!TILE_SETS.includes(options.tileSet!)) continue;
  const gpu = await GpuBackend.open(options);
  for (const op of OPS) {
    if (op.gpu === null || !ops(op.name)) continue;
    for (const opCase of op.cases) {
      Deno.test(`${op.name} (${label}) matches its reference: ${opCase.name}`, async () => {
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
