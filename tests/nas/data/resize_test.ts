import assert from "node:assert/strict";
import fc from "fast-check";
import type { ImageSet } from "../../../nas/data/dataset.ts";
import { resizeImages } from "../../../nas/data/resize.ts";
import { counting } from "./make_idx.ts";

function set(count: number, height: number, width: number, channels: number): ImageSet {
  const images = counting(count * height * width * channels, 3, 251);
  return { images, labels: counting(count), count, height, width, channels };
}

/** The definition, pixel by pixel: mean of the source weighted by the area under the target. */
function slowResize(source: ImageSet, side: number): Float64Array {
  const { count, height, width, channels, images } = source;
  const share = (s: number, size: number, t: number) =>
    Math.max(0, Math.min((s + 1) / size, (t + 1) / side) - Math.max(s / size, t / side)) * side;
  const result = new Float64Array(count * side * side * channels);
  let at = 0;
  for (let n = 0; n < count; n++) {
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        for (let c = 0; c < channels; c++, at++) {
          for (let i = 0; i < height; i++) {
            for (let j = 0; j < width; j++) {
              result[at] += share(i, height, y) * share(j, width, x) *
                images[((n * height + i) * width + j) * channels + c];
            }
          }
        }
      }
    }
  }
  return result;
}

Deno.test("resizeImages() matches the area average for any size and channel count", () => {
  const extent = fc.integer({ min: 1, max: 11 });
  fc.assert(fc.property(extent, extent, extent, fc.constantFrom(1, 3), (height, width, side, c) => {
    const source = set(2, height, width, c);
    const small = resizeImages(source, side);
    const expected = slowResize(source, side);
    assert.deepEqual([small.height, small.width, small.channels], [side, side, c]);
    assert.equal(small.images.length, expected.length);
    small.images.forEach((value, i) => {
      // Half a grey level of rounding, and a little for the slow twin's own rounding.
      assert.ok(
        Math.abs(value - expected[i]) <= 0.5 + 1e-9,
        `pixel ${i}: ${value}, ${expected[i]}`,
      );
    });
  }));
});

Deno.test("resizeImages() averages whole pixels and rounds halves up", () => {
  const images = Uint8Array.of(0, 10, 255, 255, 20, 31, 255, 254);
  const source = { images, labels: counting(1), count: 1, height: 2, width: 4, channels: 1 };
  // Two rows stay two rows; a target pixel is the mean of two columns: 5, 255, 25.5, 254.5.
  assert.deepEqual(Array.from(resizeImages(source, 2).images), [5, 255, 26, 255]);
  // The mean of all eight is 1080 / 8.
  assert.deepEqual(Array.from(resizeImages(source, 1).images), [135]);
});

Deno.test("resizeImages() keeps constant images constant", () => {
  const images = new Uint8Array(28 * 28).fill(255);
  const source = { images, labels: counting(1), count: 1, height: 28, width: 28, channels: 1 };
  for (const side of [1, 7, 16, 27, 32]) {
    assert.ok(resizeImages(source, side).images.every((value) => value === 255));
  }
});

Deno.test("resizeImages() returns the same set when the size is right already", () => {
  const source = set(2, 5, 5, 3);
  assert.equal(resizeImages(source, 5), source);
});

Deno.test("resizeImages() rejects a side that is no size", () => {
  for (const side of [0, -1, 2.5, NaN, 5000]) {
    assert.throws(() => resizeImages(set(1, 4, 4, 1), side), /RangeError.*1\.\.1024 pixels/);
  }
});
