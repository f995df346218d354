import assert from "node:assert/strict";
import { cropOf, cutoutOf, gatherBatchReference } from "../../../engine/reference/mod.ts";
import { assertClose } from "../helpers.ts";

const plain = {
  augment: false,
  pad: 1,
  flip: true,
  cutout: 2,
  seed: 5,
  mean: [0],
  std: [1 / 255],
};

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
  const attributes = { ...plain, augment: true, cutout: 0, mean: [0.5] };
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

Deno.test("gatherBatchReference() sets the square of cutoutOf() to zero and nothing else", () => {
  const positions = 64;
  for (const cutout of [1, 2, 5]) {
    const attributes = { ...plain, augment: true, cutout };
    const batch = (side: number) =>
      gatherBatchReference(images(1), Array(positions).fill(0), { ...attributes, cutout: side });
    const [whole, cut] = [batch(0).data, batch(cutout).data];
    for (let b = 0; b < positions; b++) {
      const { top, left } = cutoutOf(b, attributes.seed, 3, 4);
      const expected = [0, 1, 2].flatMap((y) =>
        [0, 1, 2, 3].map((x) => {
          const gone = y - top >= 0 && y - top < cutout && x - left >= 0 && x - left < cutout;
          return gone ? 0 : whole[12 * b + 4 * y + x];
        })
      );
      assert.deepEqual([...cut.subarray(12 * b, 12 * b + 12)], expected, `image ${b}`);
    }
  }
});

Deno.test("gatherBatchReference() cuts out the share of pixels that the clipped squares have", () => {
  // A side of 3 in 5 rows: 3 of 5 corners give 3 rows, the others 2 and 1. Likewise 7 columns.
  const [h, w, cutout, n] = [5, 7, 3, 20_000];
  const share = (3 * 3 + 2 + 1) / (h * h) * ((5 * 3 + 2 + 1) / (w * w));
  const data = { shape: [1, h, w, 1], data: new Uint8Array(h * w).fill(9) };
  const attributes = { ...plain, augment: true, pad: 0, cutout };
  const batch = gatherBatchReference(data, Array(n).fill(0), attributes).data;
  const zeros = batch.reduce((count, value) => count + Number(value === 0), 0);
  const found = zeros / batch.length;
  // The share of one image deviates by less than 0.1.
  assert.ok(Math.abs(found - share) < 5 * 0.1 / Math.sqrt(n), `${found} of ${share}`);
});

Deno.test("cutoutOf() draws every corner about equally often, whatever the crop is", () => {
  const counts = new Map<string, number>();
  const draws = 36_000;
  for (let b = 0; b < draws; b++) {
    const { flipped } = cropOf(b, { augment: true, pad: 1, flip: true, seed: 9 });
    const { top, left } = cutoutOf(b, 9, 3, 4);
    const key = `${top} ${left} ${flipped}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  assert.equal(counts.size, 24);
  const expected = draws / 24;
  for (const [key, count] of counts) {
    assert.ok(Math.abs(count - expected) < 5 * Math.sqrt(expected), `${key}: ${count} times`);
  }
});
