/** Losses on the mean and the variance that batch normalisation gives out. */
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { batchNorm } from "../../../engine/ops/mod.ts";
import { batchNormReference } from "../../../engine/reference/mod.ts";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import {
  assertClose,
  assertNear,
  assertNoLiveBuffers,
  dot,
  finiteDifference,
  normalArray,
  normalGenerator,
  runOp,
} from "../helpers.ts";

const gpu = await GpuBackend.open();
const cpu = new CpuBackend();
const attributes = { epsilon: 1e-3, relu: false };

for (const [name, wanted] of Object.entries({ variance: [2], mean: [1], "all three": [0, 1, 2] })) {
  Deno.test(`batch_norm gives the gradient of a loss on ${name}`, async () => {
    const random = normalGenerator(5);
    const inputs = [[3, 4, 5], [5], [5]].map((shape) => normalArray(shape, random));
    const dys = [[3, 4, 5], [5], [5]].map((shape, k) => {
      const dy = normalArray(shape, random);
      return wanted.includes(k) ? dy : null;
    });
    const expected = await runOp(cpu, batchNorm, inputs, attributes, dys);
    inputs.forEach((input, k) => {
      const loss = (data: Float64Array) => {
        const moved = inputs.map((other, j) => j === k ? { shape: input.shape, data } : other);
        const { outputs } = batchNormReference.forward(moved, attributes);
        return outputs.reduce((sum, y, j) => sum + (dys[j] ? dot(y.data, dys[j].data) : 0), 0);
      };
      const direction = normalArray(input.shape, random).data;
      const numeric = finiteDifference(loss, input.data, direction);
      const analytic = dot(expected.gradients[k]!, direction);
      assertClose(`derivative in input ${k}`, [analytic], [numeric], { rtol: 1e-6, atol: 1e-8 });
    });
    const found = await runOp(gpu, batchNorm, inputs, attributes, dys);
    expected.gradients.forEach((gradient, k) => {
      assertNear(`gradient ${k}`, found.gradients[k]!, gradient!, 1e-5);
    });
    assertNoLiveBuffers(gpu);
  });
}
