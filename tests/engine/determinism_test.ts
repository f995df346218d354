import assert from "node:assert/strict";
import { GpuBackend } from "../../engine/webgpu/gpu_backend.ts";
import { constantInit, heNormal } from "../../engine/init.ts";
import { batchNorm, conv2d, globalAvgPool, softmaxCrossEntropy } from "../../engine/ops/mod.ts";
import { Sgd } from "../../engine/optim/sgd.ts";
import { ParameterStore } from "../../engine/parameters.ts";
import { Random } from "../../engine/random.ts";
import { Tape } from "../../engine/tape.ts";
import { assertNoLiveBuffers, exactNormals } from "./helpers.ts";
import { TILE_SETS } from "./tile_sets.ts";

/** Two steps of convolution, batch norm and loss; returns losses and all weights. */
async function train(gpu: GpuBackend, seed: number): Promise<number[]> {
  const store = new ParameterStore(gpu, [
    { name: "weight", shape: [3, 3, 3, 10], init: heNormal(27) },
    { name: "gamma", shape: [10], init: constantInit(1) },
    { name: "beta", shape: [10], init: constantInit(0) },
  ], new Random(seed));
  const optimizer = new Sgd(store, { momentum: 0.9, l2: 1e-4, clip: 5 });
  const x = gpu.fromArray(exactNormals(16 * 13 * 13 * 3, 3), [16, 13, 13, 3]);
  const labels = gpu.fromArray(Array.from({ length: 16 }, (_, i) => i % 10), [16], "u32");
  const losses: Promise<Float64Array>[] = [];
  for (let step = 0; step < 2; step++) {
    const selection = store.select(store.names);
    gpu.scope(() => {
      const tape = new Tape(gpu);
      for (const name of store.names) tape.watch(store.get(name), store.gradient(name));
      const [a] = tape.apply(conv2d, [x, store.get("weight")], { stride: 1, shift: 0 });
      const [b] = tape.apply(batchNorm, [a, store.get("gamma"), store.get("beta")], {
        epsilon: 1e-5,
        relu: true,
      });
      const [pooled] = tape.apply(globalAvgPool, [b], {});
      const loss = tape.keep(tape.apply(softmaxCrossEntropy, [pooled, labels], {})[0]);
      tape.backward(loss);
      optimizer.step(selection, 0.05);
      losses.push(gpu.read(loss));
    });
    store.releaseSelection(selection);
  }
  const values = await store.values();
  const found = [
    ...(await Promise.all(losses)).flatMap((loss) => [...loss]),
    ...[...values.values()].flatMap(({ data }) => [...data]),
  ];
  gpu.release(x);
  gpu.release(labels);
  store.dispose();
  assertNoLiveBuffers(gpu);
  return found;
}

for (const tileSet of TILE_SETS) {
  Deno.test(`two trainings give equal bits (${tileSet})`, async () => {
    const gpu = await GpuBackend.open({ tileSet });
    const first = await train(gpu, 1);
    assert.ok(first.every(Number.isFinite));
    assert.notEqual(first[0], first[1], "a step changes the loss");
    // The second run gets used buffers with other contents.
    assert.deepEqual(await train(gpu, 1), first);
    assert.notDeepEqual(await train(gpu, 2), first);
    await gpu.close();
    const other = await GpuBackend.open({ tileSet });
    assert.deepEqual(await train(other, 1), first, "on another device");
    await other.close();
  });
}
