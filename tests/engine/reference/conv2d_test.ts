import assert from "node:assert/strict";
import { conv2dReference } from "../../../engine/reference/mod.ts";
import { array } from "../helpers.ts";

/** An image `[1,size,size,1]` whose pixel (y, x) is 10y + x. */
function numbered(size: number) {
  const values = Array.from(
    { length: size * size },
    (_, i) => 10 * Math.floor(i / size) + i % size,
  );
  return array([1, size, size, 1], values);
}

Deno.test("conv2d reference with shift 1 looks at the odd pixels (even size)", () => {
  const one = array([1, 1, 1, 1], [1]);
  const { outputs } = conv2dReference.forward([numbered(4), one], { stride: 2, shift: 1 });
  assert.deepEqual([...outputs[0].data], [11, 13, 31, 33]);
});

Deno.test("conv2d reference with shift 1 sees zeros past the end (odd size)", () => {
  const one = array([1, 1, 1, 1], [1]);
  const { outputs } = conv2dReference.forward([numbered(3), one], { stride: 2, shift: 1 });
  assert.deepEqual([...outputs[0].data], [11, 0, 0, 0]);
});

Deno.test("conv2d reference is a cross-correlation: the window is not mirrored", () => {
  const window = array([3, 3, 1, 1], [0, 0, 0, 0, 0, 1, 0, 0, 0]);
  const { outputs } = conv2dReference.forward([numbered(3), window], { stride: 1, shift: 0 });
  assert.deepEqual([...outputs[0].data], [1, 2, 0, 11, 12, 0, 21, 22, 0]);
});

Deno.test("conv2d reference with stride 2 pads an even image after its end first", () => {
  // 3x3 at stride 2 on 4 pixels: nothing before, one after.
  const corner = array([3, 3, 1, 1], [1, 0, 0, 0, 0, 0, 0, 0, 0]);
  const { outputs } = conv2dReference.forward([numbered(4), corner], { stride: 2, shift: 0 });
  assert.deepEqual([...outputs[0].data], [0, 2, 20, 22]);
});

Deno.test("conv2d reference pads an even kernel after the end of the image first", () => {
  // 2x2 at stride 1: nothing before, one after. 4x4: one before, two after.
  const corner = (side: number) =>
    array([side, side, 1, 1], Array.from({ length: side * side }, (_, i) => i === 0 ? 1 : 0));
  const attributes = { stride: 1, shift: 0 };
  const two = conv2dReference.forward([numbered(3), corner(2)], attributes);
  assert.deepEqual([...two.outputs[0].data], [0, 1, 2, 10, 11, 12, 20, 21, 22]);
  const four = conv2dReference.forward([numbered(3), corner(4)], attributes);
  assert.deepEqual([...four.outputs[0].data], [0, 0, 0, 0, 0, 1, 0, 10, 11]);
});

Deno.test("conv2d reference sends the gradient of an even kernel back where it came from", () => {
  const last = array([2, 2, 1, 1], [0, 0, 0, 1]);
  const inputs = [numbered(3), last];
  const attributes = { stride: 1, shift: 0 };
  const { outputs, saved } = conv2dReference.forward(inputs, attributes);
  assert.deepEqual([...outputs[0].data], [11, 12, 0, 21, 22, 0, 0, 0, 0]);
  const dy = array([1, 3, 3, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const [dx] = conv2dReference.backward([dy], { inputs, outputs, saved, attributes });
  assert.deepEqual([...dx!.data], [0, 0, 0, 0, 1, 2, 0, 4, 5]);
});
