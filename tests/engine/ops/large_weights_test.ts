/**
 * Convolutions with so many weights that partial sums of the weight gradient would not fit into one
 * binding if there were as many of them as for small weights.
 *
 * @module
 */
import assert from "node:assert/strict";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import type { TileSet } from "../../../engine/webgpu/target.ts";
import { conv2d } from "../../../engine/ops/mod.ts";
import { RehearsalBackend } from "../../../engine/measure/rehearsal.ts";
import type { NdArray } from "../../../engine/reference/types.ts";
import { elementCount, type Shape } from "../../../engine/shape.ts";
import { type DType, paddedCount, type Tensor } from "../../../engine/tensor.ts";
import { assertNoLiveBuffers, runOp } from "../helpers.ts";
import { TILE_SETS } from "../tile_sets.ts";

/** The binding that WebGPU guarantees. */
const LARGEST_BINDING = 128 * 2 ** 20;
const ALL_SETS = ["direct", "subgroup", "tiled"] satisfies TileSet[];
const ATTRIBUTES = { stride: 1, shift: 0 };

/** Notes the largest tensor in bytes. */
class Sizes extends RehearsalBackend {
  largest = 0;

  override allocate(shape: Shape, dtype?: DType): Tensor {
    this.largest = Math.max(this.largest, 4 * paddedCount(shape));
    return super.allocate(shape, dtype);
  }
}

/** x and weights of wide networks: auxiliary heads on 8x8 to 32x32 maps, and a last stage. */
const WIDE: readonly [x: Shape, weight: Shape][] = [
  [[128, 2, 2, 128], [2, 2, 128, 768]],
  [[128, 4, 4, 128], [4, 4, 128, 768]],
  [[16, 10, 10, 128], [10, 10, 128, 768]],
  [[128, 8, 8, 384], [5, 5, 384, 384]],
];

for (const tileSet of ALL_SETS) {
  for (const [x, weight] of WIDE) {
    Deno.test(`conv2d (${tileSet}) of weights [${weight}] needs no more than 128 MiB a tensor`, () => {
      const gpu = new Sizes({ tileSet, loadPath: "storage" });
      const inputs = [gpu.allocate(x), gpu.allocate(weight)];
      const { outputs, saved } = gpu.forward(conv2d, inputs, ATTRIBUTES);
      gpu.backward(conv2d, outputs, {
        inputs,
        outputs,
        saved,
        attributes: ATTRIBUTES,
        needs: [true, true],
        into: (index) => gpu.allocate(inputs[index].shape),
      });
      assert.ok(gpu.largest >= 4 * paddedCount(weight), "the weights were allocated");
      assert.ok(gpu.largest <= LARGEST_BINDING, `${gpu.largest} bytes`);
    });
  }
}

/** Integers from −1, repeated after `period`; small enough that all sums are exact. */
function integers(shape: Shape, period: number): NdArray {
  const data = Float64Array.from({ length: elementCount(shape) }, (_, i) => i % period - 1);
  return { shape, data };
}

// The third set takes 67 pixels as one range.
for (const tileSet of TILE_SETS.filter((name) => name !== "tiled")) {
  Deno.test(`conv2d (${tileSet}) sums the gradient of 1.5 million weights over 67 images`, async () => {
    const gpu = await GpuBackend.open({ tileSet });
    const [images, cin, cout] = [67, 128, 768];
    const x = integers([images, 1, 1, cin], 5);
    const dy = integers([images, 1, 1, cout], 7);
    const weight = integers([4, 4, cin, cout], 3);
    const { gradients: [, dw] } = await runOp(gpu, conv2d, [x, weight], ATTRIBUTES, [dy]);
    // A window of 4 begins one pixel before the image, so tap (1,1) alone sees the single pixel.
    const expected = new Float64Array(elementCount(weight.shape));
    const seen = 5 * cin * cout;
    for (let b = 0; b < images; b++) {
      for (let ci = 0; ci < cin; ci++) {
        const value = x.data[b * cin + ci];
        for (let co = 0; co < cout; co++) {
          expected[seen + ci * cout + co] += value * dy.data[b * cout + co];
        }
      }
    }
    assert.ok(dw!.every((value, i) => value === expected[i]));
    assertNoLiveBuffers(gpu);
    await gpu.close();
  });
}
