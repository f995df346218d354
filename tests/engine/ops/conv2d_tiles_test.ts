/**
 * Every tile of the convolution kernels for real GPUs gives the same bits, at every edge of the tiles.
 *
 * @module
 */
import assert from "node:assert/strict";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { recordBackwardWeight } from "../../../engine/ops/_conv2d_backward_weight.ts";
import { recordBackwardInput, recordForward } from "../../../engine/ops/_conv2d_forward.ts";
import { geometryOf } from "../../../engine/ops/_conv2d_geometry.ts";
import {
  candidateTiles,
  CONV_PASSES,
  type ConvPass,
  type ConvTile,
  tileName,
} from "../../../engine/ops/_conv2d_tiles.ts";
import { conv2dReference } from "../../../engine/reference/conv2d.ts";
import { sameWindow, type Shape } from "../../../engine/shape.ts";
import type { Tensor } from "../../../engine/tensor.ts";
import { array, assertNear, assertNoLiveBuffers, exactNormals } from "../helpers.ts";

/** Height, width, input and output channels. */
const SIZES = [
  [1, 17, 3, 5],
  [3, 33, 5, 36],
  [7, 31, 36, 100],
  [17, 7, 100, 3],
  [31, 1, 1, 36],
  [33, 3, 36, 1],
] as const;

const gpu = await GpuBackend.open({ tileSet: "tiled" });

/** A pass with each of `tiles`; all bits are those of the first. Returns the values. */
async function run(
  pass: ConvPass,
  tiles: readonly ConvTile[],
  [x, weight, dy]: readonly Tensor[],
  stride: number,
): Promise<Float64Array> {
  const geometry = geometryOf(x.shape, weight.shape, { stride, shift: 0 });
  const like = { forward: dy, backward_input: x, backward_weight: weight }[pass];
  const results = tiles.map((tile) => {
    const result = gpu.allocate(like.shape);
    if (pass === "forward") recordForward(gpu, geometry, x, weight, result, tile);
    else if (pass === "backward_input") {
      recordBackwardInput(gpu, geometry, dy, weight, result, tile);
    } else recordBackwardWeight(gpu, geometry, x, dy, result, tile);
    const values = gpu.read(result);
    gpu.release(result);
    return values;
  });
  gpu.submit();
  const values = await Promise.all(results);
  values.forEach((found, i) =>
    assert.ok(
      found.every((value, at) => Object.is(value, values[0][at])),
      `${tileName(tiles[i])} and ${tileName(tiles[0])} differ`,
    )
  );
  return values[0];
}

// Each tile is compiled for almost half a second, so that where little differs some are left out.
for (const [kernel, stride, every] of [[3, 1, 1], [1, 2, 3]]) {
  for (const pass of CONV_PASSES) {
    if (pass === "backward_input" && stride > 1) continue;
    // 36 channels have tiles of several columns a thread; the tiles of a class run on all shapes.
    const shapes = { pass, kernel, stride, width: 31, pixels: 1024, cin4: 9, cout4: 9 };
    const step = pass === "backward_input" ? 2 : every;
    const bytes = gpu.adapter.limits.maxComputeWorkgroupStorageSize;
    const tiles = candidateTiles(shapes, bytes).toReversed().filter((_, i) => i % step === 0);
    Deno.test(`${tiles.length} tiles of ${pass} ${kernel}x${kernel}, stride ${stride}, give equal bits`, async () => {
      for (const [h, w, cin, cout] of SIZES) {
        const [oh, ow] = [h, w].map((size) => sameWindow(size, kernel, stride).out);
        const inputs: Shape[] = [[2, h, w, cin], [kernel, kernel, cin, cout], [2, oh, ow, cout]];
        const data = inputs.map((shape, i) =>
          array(shape, [...exactNormals(shape.reduce((a, b) => a * b), i + 1)])
        );
        const tensors = data.map(({ shape, data }) => gpu.fromArray(data, shape));
        const found = await run(pass, tiles, tensors, stride);
        for (const tensor of tensors) gpu.release(tensor);
        const [x, weight, dy] = data;
        const attributes = { stride, shift: 0 };
        const { outputs, saved } = conv2dReference.forward([x, weight], attributes);
        const context = { inputs: [x, weight], outputs, saved, attributes };
        const [dx, dw] = conv2dReference.backward([dy], context);
        const expected = { forward: outputs[0], backward_input: dx!, backward_weight: dw! }[pass];
        assertNear(`${h}x${w}, ${cin} to ${cout}`, found, expected.data, 2e-5);
      }
      assertNoLiveBuffers(gpu);
    });
  }
}
