/**
 * More inputs than a kernel has bindings. Not among the ops' cases, because the doctor prints a line
 * for every input.
 *
 * @module
 */
import assert from "node:assert/strict";
import { checkOpCase } from "../../../engine/measure/check_op.ts";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import type { Op } from "../../../engine/op.ts";
import { concat, sum } from "../../../engine/ops/mod.ts";
import type { Shape } from "../../../engine/shape.ts";

const gpu = await GpuBackend.open();

const INPUTS: readonly { op: Op; shapes: readonly Shape[] }[] = [
  { op: sum, shapes: Array(24).fill([1, 3, 3, 5]) },
  { op: concat, shapes: Array.from({ length: 24 }, (_, i) => [2, 3, 1, 1 + i]) },
];

for (const { op, shapes } of INPUTS) {
  Deno.test(`${op.name} takes 24 tensors`, async () => {
    const checks = await checkOpCase(gpu, op, { name: "24 tensors", shapes, attributes: {} });
    assert.equal(checks.length, 25, "one output and 24 gradients");
    for (const { pass, maxError, tolerance } of checks) {
      assert.ok(maxError <= tolerance, `${pass}: error ${maxError} exceeds ${tolerance}`);
    }
  });
}
