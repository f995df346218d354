/**
 * Arrays that libraries need whose pools cannot pad as SAME does.
 *
 * @module
 */

/** `[h+2,w+2]` with `inside` in the middle and `border` around it. */
export function frame(
  h: number,
  w: number,
  inside: number,
  border: number,
): Float32Array {
  const values = new Float32Array((h + 2) * (w + 2)).fill(border);
  for (let y = 1; y <= h; y++) {
    values.fill(inside, y * (w + 2) + 1, y * (w + 2) + 1 + w);
  }
  return values;
}

/** One over the number of pixels of a 3x3 window inside the image, `[h,w]`. */
export function inverseCounts(h: number, w: number): Float32Array {
  const extent = (i: number, size: number) => Math.min(i + 1, size - 1) - Math.max(i - 1, 0) + 1;
  return Float32Array.from(
    { length: h * w },
    (_, i) => 1 / (extent(Math.floor(i / w), h) * extent(i % w, w)),
  );
}
