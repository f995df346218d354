import assert from "node:assert/strict";
import { RehearsalBackend } from "../../../engine/measure/rehearsal.ts";
import { batchNorm, depthwiseConv2d, factorizedReduction } from "../../../engine/ops/mod.ts";
import type { Op } from "../../../engine/op.ts";
import type { Shape } from "../../../engine/shape.ts";
import { REAL_GPU, type Target, targetOf } from "../../../engine/webgpu/target.ts";

const MIB = 2 ** 20;
const SOFTWARE = {
  description: "a program",
  fallback: true,
  subgroupSize: 8,
  loadPath: "texture",
  limits: {
    maxBufferSize: 256 * MIB,
    maxStorageBufferBindingSize: 128 * MIB,
    maxComputeWorkgroupStorageSize: 32768,
  },
} as const;
const CARD = { ...SOFTWARE, fallback: false, subgroupSize: 0, loadPath: "storage" } as const;

Deno.test("targetOf() gives each adapter what suits it", () => {
  assert.deepEqual(targetOf(CARD), {
    ...REAL_GPU,
    subgroupSize: 0,
    largestBinding: 128 * MIB,
    workgroupBytes: 32768,
  });
  const program = targetOf(SOFTWARE);
  assert.deepEqual([program.tileSet, program.loadPath, program.weightSplits], [
    "subgroup",
    "texture",
    "few",
  ]);
  assert.ok(program.largestBinding < 128 * MIB, "what is streamed must fit into a texture");
  assert.equal(targetOf({ ...SOFTWARE, subgroupSize: 0 }).tileSet, "direct");
});

Deno.test("targetOf() takes what is forced, within what the adapter can do", () => {
  const forced = targetOf(SOFTWARE, { ...REAL_GPU, largestBinding: MIB });
  assert.deepEqual(
    { ...forced, subgroupSize: 0 },
    { ...targetOf(CARD), largestBinding: MIB },
  );
  assert.equal(targetOf(CARD, { largestBinding: Infinity }).largestBinding, 128 * MIB);
  assert.throws(() => targetOf(CARD, { tileSet: "subgroup" }), {
    name: "DeviceError",
    message: "Expected subgroups for the tile set subgroup but a program has none; use direct",
  });
});

/** Names of the kernels of both passes, with their template values, and the parts of split sums. */
function kernelsOf(op: Op, attributes: unknown, shapes: Shape[], target: Partial<Target>) {
  const gpu = new RehearsalBackend({ tileSet: "subgroup", loadPath: "storage", ...target });
  const inputs = shapes.map((shape) => gpu.allocate(shape));
  const { outputs, saved } = gpu.forward(op, inputs, attributes);
  gpu.backward(op, [outputs[0], ...outputs.slice(1).map(() => null)], {
    inputs,
    outputs,
    saved,
    attributes,
    needs: inputs.map(() => true),
    into: (index) => gpu.allocate(inputs[index].shape),
  });
  return [...gpu.kernels.keys()];
}

Deno.test("kernels are those of the target, whatever the adapter", () => {
  const normal = (target: Partial<Target>) =>
    kernelsOf(batchNorm, { epsilon: 1, relu: false }, [[64, 8], [8], [8]], target);
  assert.ok(normal({}).includes("batch_norm_apply,R=32,RELU=0"));
  assert.ok(normal(REAL_GPU).includes("batch_norm_apply,R=4,RELU=0"));
  assert.ok(normal(REAL_GPU).some((name) => name.startsWith("batch_norm_statistics_small")));
  assert.ok(normal({ smallBatchNorm: 63 }).includes("batch_norm_statistics"));
  const reduced = (target: Partial<Target>) =>
    kernelsOf(factorizedReduction, {}, [[2, 16, 16, 8], [1, 1, 8, 4], [1, 1, 8, 4]], target);
  assert.ok(reduced({}).includes("factorized_reduction_forward,P=8,Q=2"));
  assert.ok(reduced(REAL_GPU).includes("factorized_reduction_forward,P=2,Q=2"));
});

Deno.test("weight gradients are summed in as many ranges as the target wants", () => {
  const ranges = (target: Partial<Target>) => {
    let most = 0;
    class Ranges extends RehearsalBackend {
      override run: RehearsalBackend["run"] = (spec, values, tensors, params, grid) => {
        most = Math.max(most, (params as { splits?: number }).splits ?? 0);
        super.run(spec, values, tensors, params, grid);
      };
    }
    const gpu = new Ranges({ tileSet: "subgroup", loadPath: "storage", ...target });
    const inputs = [gpu.allocate([64, 4, 4, 8]), gpu.allocate([3, 3, 8])];
    gpu.backward(depthwiseConv2d, [gpu.allocate([64, 4, 4, 8])], {
      inputs,
      outputs: [],
      saved: [],
      attributes: { stride: 1 },
      needs: [false, true],
      into: (index) => gpu.allocate(inputs[index].shape),
    });
    return most;
  };
  assert.deepEqual([ranges({}), ranges(REAL_GPU), ranges({ weightSplits: "many" })], [8, 64, 64]);
});
