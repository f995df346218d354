import assert from "node:assert/strict";
import { checkOpCase } from "../../../engine/measure/check_op.ts";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import type { Op } from "../../../engine/op.ts";
import {
  avgPool,
  batchNorm,
  batchNormInference,
  conv2d,
  depthwiseConv2d,
  factorizedReduction,
  maxPool,
} from "../../../engine/ops/mod.ts";
import { REAL_GPU } from "../../../engine/webgpu/target.ts";
import type { OpCase } from "../../../engine/reference/types.ts";
import type { Shape } from "../../../engine/shape.ts";
import { TILE_SETS } from "../tile_sets.ts";

/** Kernel side, stride, height, width, input and output channels: sizes beside the tiles' edges. */
const CONVOLUTIONS = [
  [1, 1, 1, 1, 1, 100],
  [1, 1, 3, 33, 5, 36],
  [1, 1, 17, 7, 36, 3],
  [1, 1, 7, 3, 100, 100],
  [1, 2, 17, 31, 36, 5],
  [3, 1, 1, 17, 3, 5],
  [3, 1, 7, 31, 5, 3],
  [3, 1, 33, 33, 1, 36],
  [3, 1, 3, 3, 36, 100],
  [3, 2, 31, 33, 3, 36],
  [5, 1, 3, 1, 100, 1],
  [5, 1, 17, 33, 3, 5],
  [5, 1, 7, 7, 36, 36],
  [5, 2, 33, 17, 5, 3],
  [2, 1, 2, 2, 128, 100],
  [2, 1, 33, 17, 5, 36],
  [4, 1, 7, 31, 36, 5],
  [6, 1, 17, 9, 5, 3],
  [8, 1, 3, 33, 3, 36],
  [11, 1, 11, 11, 5, 7],
] as const;

/** Window side, stride, height, width, channels. */
const WINDOWS = [
  [3, 1, 1, 33, 5],
  [3, 1, 17, 7, 100],
  [3, 1, 31, 31, 1],
  [3, 2, 33, 17, 36],
  [5, 1, 3, 33, 36],
  [5, 2, 31, 7, 3],
] as const;

/** Height, width, input channels, output channels of both halves. */
const REDUCTIONS = [
  [1, 33, 5, 3, 3],
  [3, 31, 36, 50, 50],
  [17, 7, 100, 5, 5],
  [33, 17, 1, 36, 36],
  [7, 16, 3, 18, 18],
  [31, 3, 5, 1, 100],
] as const;

/** Rows and channels: beside the ends of ranges, and of what one workgroup sums. */
const NORMALISATIONS = [
  [1, 3],
  [3, 100],
  [7, 36],
  [31, 5],
  [33, 1],
  [64, 3],
  [65, 36],
  [511, 5],
  [513, 100],
  [4097, 3],
  [REAL_GPU.smallBatchNorm, 5],
  [REAL_GPU.smallBatchNorm + 1, 5],
] as const;

function check(
  gpu: GpuBackend,
  op: Op,
  label: string,
  shapes: Shape[],
  attributes: unknown,
  fill?: OpCase<unknown>["fill"],
) {
  const opCase: OpCase<unknown> = {
    name: label,
    shapes,
    attributes,
    ...(fill === undefined ? {} : { fill }),
  };
  Deno.test(`${op.name} (${gpu.target.tileSet}) matches the reference with ${label}`, async () => {
    const checks = await checkOpCase(gpu, op, opCase);
    const outputs = op === batchNorm ? 3 : 1;
    const gradients = op === batchNormInference ? 3 : shapes.length;
    assert.equal(checks.length, outputs + gradients, "all outputs and every gradient");
    for (const { pass, maxError, tolerance } of checks) {
      assert.ok(maxError <= tolerance, `${pass}: error ${maxError} exceeds ${tolerance}`);
    }
  });
}

for (const tileSet of TILE_SETS) {
  const gpu = await GpuBackend.open({ tileSet });
  for (const [k, stride, h, w, cin, cout] of CONVOLUTIONS) {
    check(
      gpu,
      conv2d,
      `${k}x${k}, stride ${stride}, ${h}x${w}, ${cin} to ${cout}`,
      [[h * w > 500 ? 1 : 2, h, w, cin], [k, k, cin, cout]],
      { stride, shift: 0 },
    );
  }
  for (const [h, w, cin, cout] of [[33, 17, 5, 36], [2, 3, 100, 3]]) {
    check(
      gpu,
      conv2d,
      `1x1, stride 2, shift 1, ${h}x${w}, ${cin} to ${cout}`,
      [[2, h, w, cin], [1, 1, cin, cout]],
      { stride: 2, shift: 1 },
    );
  }
}

const gpu = await GpuBackend.open();
for (const [k, stride, h, w, c] of WINDOWS) {
  const label = `${k}x${k}, stride ${stride}, ${h}x${w}, ${c} channels`;
  check(gpu, depthwiseConv2d, label, [[2, h, w, c], [k, k, c]], { stride });
  check(gpu, avgPool, label, [[2, h, w, c]], { size: k, stride });
  check(gpu, maxPool, label, [[2, h, w, c]], { size: k, stride });
  if (h < k || w < k) continue;
  const valid = { size: k, stride: 3, padding: "valid" };
  const validLabel = `${k}x${k}, stride 3, valid, ${h}x${w}, ${c} channels`;
  check(gpu, avgPool, validLabel, [[2, h, w, c]], valid);
  check(gpu, maxPool, validLabel, [[2, h, w, c]], valid);
}

for (const [h, w, cin, ca, cb] of REDUCTIONS) {
  check(gpu, factorizedReduction, `${h}x${w}, ${cin} to ${ca} and ${cb}`, [
    [2, h, w, cin],
    [1, 1, cin, ca],
    [1, 1, cin, cb],
  ], {});
}

// Behind a ReLU most windows hold several zeros: the first in row-major order must win.
for (const stride of [1, 2]) {
  const tied = (_: number, count: number, random: () => number) =>
    Float64Array.from({ length: count }, () => Math.max(0, Math.round(random())));
  const shapes = [[2, 9, 14, 5]];
  check(gpu, maxPool, `ties, stride ${stride}`, shapes, { size: 3, stride }, tied);
}

for (const loadPath of ["storage", "texture"] as const) {
  const device = await GpuBackend.open({ loadPath });
  for (const [rows, c] of NORMALISATIONS) {
    for (const relu of [false, true]) {
      const label = `${rows} rows, ${c} channels, relu ${relu}, ${loadPath}`;
      const attributes = { epsilon: 1e-3, relu };
      // Rows near 1 and -1 in turn, scales near 1, offsets near 0: no output is near the ReLU's kink.
      const fill = (index: number, count: number, random: () => number) =>
        Float64Array.from({ length: count }, (_, i) => {
          const noise = 0.2 * Math.tanh(random());
          if (index === 0) return (Math.floor(i / c) % 2 === 0 ? 1 : -1) + noise;
          return index === 1 || index === 4 ? 1 + noise : noise;
        });
      const shapes = [[rows, c], [c], [c]];
      // The single row's output is its offset alone, which may be anywhere.
      if (rows > 1 || !relu) check(device, batchNorm, label, shapes, attributes, fill);
      if (loadPath === "texture") continue;
      const given = [...shapes, [c], [c]];
      check(device, batchNormInference, label, given, attributes, fill);
    }
  }
}
