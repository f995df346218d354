import assert from "node:assert/strict";
import { cropOf, gatherBatchReference } from "../../../engine/reference/mod.ts";
import { assertClose } from "../helpers.ts";

const plain = { augment: false, pad: 1, flip: true, seed: 5, mean: [0], std: [1 / 255] };

/** Images `[count,3,4,1]` whose pixel bytes count up from 1. */
function images(count: number) {
  return {
    shape: [count, 3, 4, 1],
    data: Uint8Array.from({ length: count * 12 }, (_, i) => i + 1),
  };
}

Deno.test("gatherBatchReference() without augmentation copies the indexed images", () => {
  const batch = gatherBatchReference(images(3), [2, 0], plain);
  assert.deepEqual(batch.shape, [2, 3, 4, 1]);
  const expected = [...images(3).data.slice(24), ...images(3).data.slice(0, 12)];
  assertClose("batch", batch.data, expected, { rtol: 1e-12 });
});

Deno.test("gatherBatchReference() normalises each channel with its own mean and deviation", () => {
  const data = { shape: [1, 1, 1, 3], data: Uint8Array.of(0, 51, 255) };
  const attributes = { ...plain, mean: [0.5, 0.2, 0.25], std: [0.5, 1, 0.25] };
  const batch = gatherBatchReference(data, [0], attributes);
  assertClose("batch", batch.data, [-1, 0, 3], { rtol: 0, atol: 1e-12 });
});

Deno.test("gatherBatchReference() crops, mirrors and fills with zeros as cropOf() says", () => {
  const attributes = { ...plain, augment: true, mean: [0.5] };
  const positions = 64;
  const batch = gatherBatchReference(images(1), Array(positions).fill(0), attributes);
  const byteAt = (y: number, x: number) =>
    y < 0 || y >= 3 || x < 0 || x >= 4 ? 127.5 : 4 * y + x + 1;
  for (let b = 0; b < positions; b++) {
    const { oy, ox, flipped } = cropOf(b, attributes);
    // Pad, crop, then mirror the rows of the crop.
    const expected = [0, 1, 2].flatMap((y) => {
      const row = [0, 1, 2, 3].map((x) => byteAt(y + oy - 1, x + ox - 1) - 127.5);
      return flipped ? row.reverse() : row;
    });
    assertClose(`image ${b}`, batch.data.subarray(12 * b, 12 * b + 12), expected, {
      rtol: 1e-12,
      atol: 1e-12,
    });
  }
});

Deno.test("cropOf() draws every offset and both mirrorings about equally often", () => {
  const counts = new Map<string, number>();
  const draws = 36_000;
  for (let b = 0; b < draws; b++) {
    const { oy, ox, flipped } = cropOf(b, { augment: true, pad: 1, flip: true, seed: 9 });
    const key = `${oy} ${ox} ${flipped}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  assert.equal(counts.size, 18);
  const expected = draws / 18;
  for (const [key, count] of counts) {
    assert.ok(Math.abs(count - expected) < 5 * Math.sqrt(expected), `${key}: ${count} times`);
  }
});

Deno.test("cropOf() never mirrors without flip and never moves without augment", () => {
  for (let b = 0; b < 100; b++) {
    assert.equal(cropOf(b, { augment: true, pad: 4, flip: false, seed: 1 }).flipped, false);
    const still = cropOf(b, { augment: false, pad: 4, flip: true, seed: 1 });
    assert.deepEqual(still, { oy: 4, ox: 4, flipped: false });
  }
});
