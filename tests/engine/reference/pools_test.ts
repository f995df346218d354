import assert from "node:assert/strict";
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
