/**
 * Ten training steps of a small network in the style of the macro space, on fixed data: the last link
 * of the chain of trust. `LOSSES` are those of the CPU backend, in f64.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Backend } from "../../engine/backend.ts";
import { CpuBackend } from "../../engine/cpu_backend.ts";
import { GpuBackend } from "../../engine/webgpu/gpu_backend.ts";
import { constantInit, heNormal, uniformInit } from "../../engine/init.ts";
import {
  avgPool,
  batchNorm,
  concat,
  conv2d,
  depthwiseConv2d,
  dropout,
  globalAvgPool,
  matmul,
  maxPool,
  softmaxCrossEntropy,
  sum,
} from "../../engine/ops/mod.ts";
import { cosineLearningRate } from "../../engine/optim/schedule.ts";
import { Sgd } from "../../engine/optim/sgd.ts";
import { type ParameterSpec, ParameterStore } from "../../engine/parameters.ts";
import { Random } from "../../engine/random.ts";
import { Tape } from "../../engine/tape.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { assertClose, assertNoLiveBuffers, exactNormals } from "./helpers.ts";
import { TILE_SETS } from "./tile_sets.ts";

const LOSSES = [
  1.8679697932332395,
  1.7569530722660454,
  1.4172111140732109,
  1.267422785594401,
  1.0079639819829633,
  1.0016814210095435,
  1.0005056019042873,
  0.8489508963614765,
  0.7035956399013236,
  0.6546109357823691,
];

const BATCH = 8;
const CLASSES = 5;
const FILTERS = 6;

const SPECS: ParameterSpec[] = [
  { name: "stem", shape: [3, 3, 3, FILTERS], init: heNormal(27) },
  { name: "conv5", shape: [5, 5, FILTERS, FILTERS], init: heNormal(25 * FILTERS) },
  { name: "depthwise", shape: [3, 3, FILTERS], init: heNormal(9) },
  { name: "pointwise", shape: [1, 1, FILTERS, FILTERS], init: heNormal(FILTERS) },
  { name: "even", shape: [1, 1, FILTERS, 4], init: heNormal(FILTERS) },
  { name: "odd", shape: [1, 1, FILTERS, 3], init: heNormal(FILTERS) },
  { name: "dense", shape: [7, CLASSES], init: uniformInit(0.5) },
  ...Object.entries({ stem: 6, conv5: 6, separable: 6, reduction: 7 }).flatMap(([name, c]) => [
    { name: `${name}.gamma`, shape: [c], init: constantInit(1) },
    { name: `${name}.beta`, shape: [c], init: constantInit(0) },
  ]),
];

/** Records the network on `images` and returns its loss. */
function recordLoss(
  tape: Tape,
  weight: (name: string) => Tensor,
  images: Tensor,
  labels: Tensor,
  seed: number,
): Tensor {
  const convolve = (x: Tensor, name: string, stride = 1, shift = 0) =>
    tape.apply(conv2d, [x, weight(name)], { stride, shift })[0];
  const normalise = (x: Tensor, name: string) =>
    tape.apply(batchNorm, [x, weight(`${name}.gamma`), weight(`${name}.beta`)], {
      epsilon: 1e-5,
      relu: true,
    })[0];
  const stem = normalise(convolve(images, "stem"), "stem");
  const layer1 = normalise(convolve(stem, "conv5"), "conv5");
  const [filtered] = tape.apply(depthwiseConv2d, [layer1, weight("depthwise")], { stride: 1 });
  const separable = normalise(convolve(filtered, "pointwise"), "separable");
  const [largest] = tape.apply(maxPool, [layer1], { size: 3, stride: 1 });
  const [layer2] = tape.apply(sum, [separable, largest, stem], {});
  // Factorised reduction: even and odd pixels by convolutions of their own.
  const [halves] = tape.apply(concat, [
    convolve(layer2, "even", 2, 0),
    convolve(layer2, "odd", 2, 1),
  ], {});
  const reduced = normalise(halves, "reduction");
  const [smooth] = tape.apply(avgPool, [reduced], { size: 3, stride: 1 });
  const [layer3] = tape.apply(sum, [reduced, smooth], {});
  const [pooled] = tape.apply(globalAvgPool, [layer3], {});
  const [thinned] = tape.apply(dropout, [pooled], { keepProbability: 0.9, seed });
  const [logits] = tape.apply(matmul, [thinned, weight("dense")], {});
  return tape.apply(softmaxCrossEntropy, [logits, labels], {})[0];
}

/** Losses of ten steps from the same start. */
async function train(backend: Backend): Promise<number[]> {
  const store = new ParameterStore(backend, SPECS, new Random(5));
  const optimizer = new Sgd(store, { momentum: 0.9, l2: 1e-4, clip: 5 });
  const images = backend.fromArray(exactNormals(BATCH * 9 * 8 * 3, 6), [BATCH, 9, 8, 3]);
  const labels = backend.fromArray(
    Array.from({ length: BATCH }, (_, i) => 3 * i % CLASSES),
    [BATCH],
    "u32",
  );
  const losses: Promise<Float64Array>[] = [];
  for (let step = 0; step < 10; step++) {
    const selection = store.select(store.names);
    backend.scope(() => {
      const tape = new Tape(backend);
      for (const name of store.names) tape.watch(store.get(name), store.gradient(name));
      const loss = recordLoss(tape, (name) => store.get(name), images, labels, step);
      losses.push(backend.read(loss));
      tape.backward(loss);
      const schedule = { max: 0.05, min: 0.0005, period: 2, factor: 2 };
      optimizer.step(selection, cosineLearningRate(step, schedule));
    });
    backend.submit();
    store.releaseSelection(selection);
  }
  const values = await Promise.all(losses);
  backend.release(images);
  backend.release(labels);
  store.dispose();
  return values.map(([loss]) => loss);
}

Deno.test("ten training steps on the cpu give the stored losses", async () => {
  assertClose("loss", await train(new CpuBackend()), LOSSES, { rtol: 1e-9 });
});

Deno.test("the stored losses fall", () => {
  assert.ok(LOSSES[9] < 0.7 * LOSSES[0]);
});

for (const tileSet of TILE_SETS) {
  Deno.test(`ten training steps on the gpu (${tileSet}) give the stored losses`, async () => {
    const gpu = await GpuBackend.open({ tileSet });
    assertClose("loss", await train(gpu), LOSSES, { rtol: 1e-4 });
    assertNoLiveBuffers(gpu);
    await gpu.close();
  });
}
