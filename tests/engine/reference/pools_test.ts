import assert from "node:assert/strict";
import { ShapeError } from "../../../engine/errors.ts";
import { avgPool, maxPool } from "../../../engine/ops/mod.ts";
import { avgPoolReference, maxPoolReference } from "../../../engine/reference/mod.ts";
import { array } from "../helpers.ts";

Deno.test("max_pool reference routes the gradient of a tie to the first maximum in row-major order", () => {
  // All four pixels are equal; each 3x3 window begins at the first of them.
  const inputs = [array([1, 2, 2, 1], [5, 5, 5, 5])];
  const attributes = { size: 3, stride: 1 };
  const { outputs, saved } = maxPoolReference.forward(inputs, attributes);
  assert.deepEqual([...outputs[0].data], [5, 5, 5, 5]);
  assert.deepEqual([...saved], [0, 0, 0, 0]);
  const dy = array([1, 2, 2, 1], [1, 2, 4, 8]);
  const [dx] = maxPoolReference.backward([dy], { inputs, outputs, saved, attributes });
  assert.deepEqual([...dx!.data], [15, 0, 0, 0]);
});

Deno.test("max_pool reference keeps ties of two channels apart", () => {
  // Channel 0: 1 7 7; channel 1: 7 7 1.
  const inputs = [array([1, 1, 3, 2], [1, 7, 7, 7, 7, 1])];
  const attributes = { size: 3, stride: 1 };
  const { outputs, saved } = maxPoolReference.forward(inputs, attributes);
  const dy = array([1, 1, 3, 2], [1, 1, 1, 1, 1, 1]);
  const [dx] = maxPoolReference.backward([dy], { inputs, outputs, saved, attributes });
  assert.deepEqual([...dx!.data], [0, 2, 3, 1, 0, 0]);
});

Deno.test("max_pool reference never takes the padding, even among negative values", () => {
  const inputs = [array([1, 2, 2, 1], [-4, -3, -2, -1])];
  const { outputs } = maxPoolReference.forward(inputs, { size: 3, stride: 1 });
  assert.deepEqual([...outputs[0].data], [-1, -1, -1, -1]);
});

Deno.test("max_pool reference with stride 2 pads an even image at the far edge only", () => {
  const values = Array.from({ length: 16 }, (_, i) => i);
  const { outputs } = maxPoolReference.forward([array([1, 4, 4, 1], values)], {
    size: 3,
    stride: 2,
  });
  assert.deepEqual(outputs[0].shape, [1, 2, 2, 1]);
  assert.deepEqual([...outputs[0].data], [10, 11, 14, 15]);
});

Deno.test("avg_pool reference divides by 4 in a corner, 6 at an edge and 9 inside", () => {
  const inputs = [array([1, 3, 3, 1], Array(9).fill(1))];
  const attributes = { size: 3, stride: 1 };
  const { outputs, saved } = avgPoolReference.forward(inputs, attributes);
  assert.deepEqual([...saved], [4, 6, 4, 6, 9, 6, 4, 6, 4]);
  assert.deepEqual([...outputs[0].data], Array(9).fill(1));

  // One hot pixel in the middle is in every window, once over each window's own count.
  const hot = [array([1, 3, 3, 1], [0, 0, 0, 0, 36, 0, 0, 0, 0])];
  const averages = avgPoolReference.forward(hot, attributes).outputs[0];
  assert.deepEqual([...averages.data], [9, 6, 9, 6, 4, 6, 9, 6, 9]);
});

Deno.test("pools with valid padding take whole windows and leave the rest of the image unseen", () => {
  // Windows of 5 pixels at 0 and 3 of 9: the last pixel is in none.
  const inputs = [array([1, 5, 9, 1], Array.from({ length: 45 }, (_, i) => i % 9))];
  const attributes = { size: 5, stride: 3, padding: "valid" } as const;
  const mean = avgPoolReference.forward(inputs, attributes);
  assert.deepEqual(mean.outputs[0], array([1, 1, 2, 1], [2, 5]));
  const highest = maxPoolReference.forward(inputs, attributes);
  assert.deepEqual(highest.outputs[0], array([1, 1, 2, 1], [4, 7]));

  const dy = array([1, 1, 2, 1], [25, 100]);
  const [dx] = avgPoolReference.backward([dy], { inputs, attributes, ...mean });
  assert.deepEqual([...dx!.data.subarray(0, 9)], [1, 1, 1, 5, 5, 4, 4, 4, 0]);
});

Deno.test("pools have the extents of their padding", () => {
  // The auxiliary head's pool on a map of 8x8, with both paddings.
  const pool = { size: 5, stride: 3 };
  assert.deepEqual(avgPool.shape([[4, 8, 8, 3]], pool), [[4, 3, 3, 3]]);
  assert.deepEqual(avgPool.shape([[4, 8, 8, 3]], { ...pool, padding: "valid" }), [[4, 2, 2, 3]]);
  assert.deepEqual(avgPool.shape([[4, 5, 11, 3]], { ...pool, padding: "valid" }), [[4, 1, 3, 3]]);
});

Deno.test("pools refuse windows that do not fit", () => {
  const image = [[2, 8, 4, 3]];
  for (const { op, name } of [{ op: avgPool, name: "avg" }, { op: maxPool, name: "max" }]) {
    assert.throws(
      () => op.shape(image, { size: 5, stride: 3, padding: "valid" }),
      (error: Error) => {
        assert.ok(error instanceof ShapeError);
        assert.equal(
          error.message,
          `${name}_pool() expects images of at least 5x5, padding included, which is one window, ` +
            `but found x [2,8,4,3]; use larger images or padding "same"`,
        );
        return true;
      },
    );
    for (const size of [0, 2.5, 12]) {
      assert.throws(() => op.shape(image, { size, stride: 1 }), {
        name: "ShapeError",
        message: `${name}_pool() expects windows of side 1 to 11 but found ${size}`,
      });
    }
  }
});
