/**
 * Sums over more than 65535 terms: lavapipe ends all loops of one thread after that many turns,
 * without an error.
 *
 * @module
 */
import assert from "node:assert/strict";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { constantInit } from "../../../engine/init.ts";
import type { Op } from "../../../engine/op.ts";
import {
  batchNorm,
  conv2d,
  depthwiseConv2d,
  globalAvgPool,
  matmul,
  softmax,
  softmaxCrossEntropy,
} from "../../../engine/ops/mod.ts";
import { globalNorm } from "../../../engine/optim/clip.ts";
import { ParameterStore } from "../../../engine/parameters.ts";
import { Random } from "../../../engine/random.ts";
import { zeros } from "../../../engine/reference/mod.ts";
import type { NdArray } from "../../../engine/reference/types.ts";
import { elementCount, type Shape } from "../../../engine/shape.ts";
import { assertClose, assertNoLiveBuffers, runOp } from "../helpers.ts";
import { TILE_SETS } from "../tile_sets.ts";

const gpu = await GpuBackend.open();

/** Rows of 131072 or more that no power of two divides: the last range is short. */
const IMAGES: Shape = [9, 121, 123, 1];
const ROWS = elementCount(IMAGES);

/** 1 everywhere but in the last 1000 elements, which a cut loop never sees. */
function tailed(shape: Shape, tail: number): NdArray {
  const data = new Float64Array(elementCount(shape)).fill(1);
  return { shape, data: data.fill(tail, data.length - 1000) };
}

function filled(shape: Shape, value: number): NdArray {
  return { shape, data: new Float64Array(elementCount(shape)).fill(value) };
}

Deno.test("batch_norm sums every one of 133947 rows", async () => {
  assert.ok(ROWS > 131072);
  const x = tailed(IMAGES, 3);
  const { outputs: [, mean, variance], gradients: [, dgamma, dbeta] } = await runOp(
    gpu,
    batchNorm,
    [x, filled([1], 1), filled([1], 0)],
    { epsilon: 0, relu: false },
    [tailed(IMAGES, 3), null, null],
  );
  const share = 1000 / ROWS;
  assertClose("mean", mean, [1 + 2 * share], { rtol: 1e-5 });
  assertClose("variance", variance, [4 * share * (1 - share)], { rtol: 1e-4 });
  assertClose("dbeta", dbeta!, [ROWS + 2000], { rtol: 1e-5 });
  // dy is x: Σ x·(x − mean)/σ = rows·σ.
  assertClose("dgamma", dgamma!, [ROWS * Math.sqrt(4 * share * (1 - share))], { rtol: 1e-4 });
  assertNoLiveBuffers(gpu);
});

for (const tileSet of TILE_SETS) {
  Deno.test(`conv2d (${tileSet}) sums the weight gradient over 133947 pixels`, async () => {
    const device = await GpuBackend.open({ tileSet });
    const run = (kernel: number, x: NdArray, dy: NdArray, stride: number) =>
      runOp(device, conv2d, [x, filled([kernel, kernel, 1, 1], 1)], { stride, shift: 0 }, [dy]);
    const dy = filled(IMAGES, 1);
    const point = await run(1, tailed(IMAGES, 3), dy, 1);
    assertClose("1x1", point.gradients[1]!, [ROWS + 2000], { rtol: 1e-5 });
    // With all ones each tap counts the pixels that it meets inside the image.
    const [n, h, w] = IMAGES;
    const taps = [-1, 0, 1].flatMap((y) =>
      [-1, 0, 1].map((x) => n * (h - Math.abs(y)) * (w - Math.abs(x)))
    );
    const window = await run(3, filled(IMAGES, 1), dy, 1);
    assertClose("3x3", window.gradients[1]!, taps, { rtol: 1e-5 });
    const wide = [36, 121, 123, 1];
    const strided = await run(1, filled(wide, 1), filled([36, 61, 62, 1], 1), 2);
    assertClose("1x1, stride 2", strided.gradients[1]!, [36 * 61 * 62], { rtol: 1e-5 });
    assertNoLiveBuffers(device);
    await device.close();
  });
}

Deno.test("depthwise_conv2d sums the weight gradient over 133947 pixels", async () => {
  const { gradients: [, dw] } = await runOp(
    gpu,
    depthwiseConv2d,
    [tailed(IMAGES, 3), filled([1, 1, 1], 1)],
    { stride: 1 },
    [filled(IMAGES, 1)],
  );
  assertClose("dw", dw!, [ROWS + 2000], { rtol: 1e-5 });
});

Deno.test("global_avg_pool averages all of 131072 pixels of an image", async () => {
  const shape = [2, 512, 256, 1];
  const pixels = 512 * 256;
  const { outputs: [y], gradients: [dx] } = await runOp(
    gpu,
    globalAvgPool,
    [tailed(shape, 3)],
    {},
    [{ shape: [2, 1], data: Float64Array.of(pixels, 2 * pixels) }],
  );
  assertClose("y", y, [1, 1 + 2000 / pixels], { rtol: 1e-5 });
  assertClose("dx at the ends", [dx![0], dx![2 * pixels - 1]], [1, 2], { rtol: 1e-6 });
  assertNoLiveBuffers(gpu);
});

Deno.test("matmul sums the gradient of its right factor over 131072 rows", async () => {
  const rows = 131072;
  const { gradients: [, db] } = await runOp(
    gpu,
    matmul,
    [tailed([rows, 1], 3), filled([1, 5], 1)],
    {},
    [filled([rows, 5], 1)],
  );
  assertClose("db", db!, Array(5).fill(rows + 2000), { rtol: 1e-5 });
  assertNoLiveBuffers(gpu);
});

// 40 classes: two turns a class and row make 163840 turns in each of 64 threads.
for (const classes of [10, 40]) {
  Deno.test(`softmax_cross_entropy adds 131072 rows of ${classes} classes`, async () => {
    const rows = 131072;
    const logits = zeros([rows, classes]);
    // The last 1000 rows are sure of class 0 and wrong.
    for (let r = rows - 1000; r < rows; r++) logits.data[r * classes] = 50;
    const labels = zeros([rows]);
    labels.data.fill(1, rows - 1000);
    const dloss = filled([1], rows);
    const { outputs: [loss, correct], gradients: [dlogits] } = await runOp(
      gpu,
      softmaxCrossEntropy as Op,
      [logits, labels],
      {},
      [dloss, null],
      ["f32", "u32"],
    );
    const expected = ((rows - 1000) * Math.log(classes) + 1000 * 50) / rows;
    assertClose("loss", loss, [expected], { rtol: 3e-5 });
    assert.deepEqual([...correct], [rows - 1000]);
    assertClose("last row", dlogits!.slice(-classes, -classes + 2), [1, -1], { rtol: 1e-5 });
    assertNoLiveBuffers(gpu);
  });
}

for (const classes of [21_846, 32_770, 70_003]) {
  Deno.test(`softmax_cross_entropy sees all of ${classes} classes`, async () => {
    const logits = zeros([2, classes]);
    logits.data[classes - 1] = 30;
    logits.data[2 * classes - 2] = 3;
    const { outputs: [loss, correct], gradients: [dlogits] } = await runOp(
      gpu,
      softmaxCrossEntropy as Op,
      [logits, { shape: [2], data: Float64Array.of(classes - 1, classes - 1) }],
      {},
      [filled([1], 2), null],
      ["f32", "u32"],
    );
    const totals = [classes - 1 + Math.exp(30), classes - 1 + Math.exp(3)];
    assertClose("loss", loss, [(Math.log(totals[0]) - 30 + Math.log(totals[1])) / 2], {
      rtol: 1e-5,
    });
    assert.deepEqual([...correct], [1]);
    const ends = [
      dlogits![0],
      dlogits![classes],
      dlogits![2 * classes - 2],
      dlogits![2 * classes - 1],
    ];
    const expected = [1 / totals[0], 1 / totals[1], Math.exp(3) / totals[1], 1 / totals[1] - 1];
    assertClose("dlogits", ends, expected, { rtol: 1e-4 });
    assertNoLiveBuffers(gpu);
  });
}

Deno.test("softmax adds 200001 columns", async () => {
  const columns = 200_001;
  const x = zeros([1, columns]);
  x.data[columns - 1] = Math.log(columns);
  const { outputs: [y], gradients: [dx] } = await runOp(gpu, softmax, [x], {}, [
    tailed([1, columns], 2),
  ]);
  const [share, last] = [1 / (2 * columns - 1), columns / (2 * columns - 1)];
  assertClose("y", [y[0], y[columns - 1]], [share, last], { rtol: 1e-5 });
  const mean = 1 + 999 * share + last;
  assertClose("dx", [dx![0], dx![columns - 1]], [share * (1 - mean), last * (2 - mean)], {
    rtol: 1e-4,
  });
  assertNoLiveBuffers(gpu);
});

Deno.test("matmul sums 262147 terms, and the gradient of its left factor over as many columns", async () => {
  const many = 262_147;
  const forward = await runOp(
    gpu,
    matmul,
    [tailed([1, many], 3), filled([many, 1], 1)],
    {},
    [filled([1, 1], 1)],
  );
  assertClose("y", forward.outputs[0], [many + 2000], { rtol: 1e-5 });
  const backward = await runOp(
    gpu,
    matmul,
    [filled([1, 1], 1), filled([1, many], 1)],
    {},
    [tailed([1, many], 3)],
  );
  assertClose("da", backward.gradients[0]!, [many + 2000], { rtol: 1e-5 });
  assertNoLiveBuffers(gpu);
});

Deno.test("globalNorm() adds the squares of 300001 gradients", async () => {
  const count = 300_001;
  const spec = { name: "w", shape: [count], init: constantInit(0) };
  const store = new ParameterStore(gpu, [spec], new Random(1));
  gpu.write(store.gradient("w"), tailed([count], 3).data);
  const selection = store.select(["w"]);
  const result = globalNorm(store, selection, 100);
  const norm = Math.sqrt(count + 8000);
  assertClose("[norm, scale, go]", await gpu.toArray(result), [norm, 100 / norm, 1], {
    rtol: 1e-5,
  });
  gpu.release(result);
  store.releaseSelection(selection);
  store.dispose();
  assertNoLiveBuffers(gpu);
});
