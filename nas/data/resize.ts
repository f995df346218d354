/**
 * Area-averaging resize of images.
 *
 * @module
 */
import { MAX_IMAGE_SIZE } from "../config/mod.ts";
import type { ImageSet } from "./dataset.ts";

/** Largest extent of an image that is resized, in pixels. */
const MAX_SOURCE_SIDE = 16_384;

/**
 * Coverage of one axis. In units of 1/out source pixels, source pixel s covers [s*out, (s+1)*out)
 * and target pixel t covers [t*size, (t+1)*size), so that every overlap is a whole number and the
 * overlaps of one target pixel add up to `size`.
 */
interface Coverage {
  /** First source pixel of each target pixel. */
  readonly first: Int32Array;
  /** `weight[t * taps + j]` is the overlap of target t with source `first[t] + j`, often 0 at the end. */
  readonly weight: Int32Array;
  /** Overlaps stored a target pixel. */
  readonly taps: number;
}

function coverage(size: number, out: number): Coverage {
  const taps = Math.min(size, Math.ceil(size / out) + 1);
  const first = new Int32Array(out);
  const weight = new Int32Array(out * taps);
  for (let t = 0; t < out; t++) {
    // Shifted back at the far edge so that all taps lie inside the image.
    first[t] = Math.min(Math.floor((t * size) / out), size - taps);
    for (let j = 0; j < taps; j++) {
      const s = first[t] + j;
      const overlap = Math.min((s + 1) * out, (t + 1) * size) - Math.max(s * out, t * size);
      weight[t * taps + j] = Math.max(0, overlap);
    }
  }
  return { first, weight, taps };
}

/** Writes the `weight`ed overlaps of each row of one image into `across[y, x, c]`: 255 * width at most. */
function sumAcross(
  images: Uint8Array,
  start: number,
  rowBytes: number,
  channels: number,
  { first, weight, taps }: Coverage,
  across: Int32Array,
): void {
  for (let at = 0, row = start; at < across.length; row += rowBytes) {
    for (let x = 0, w = 0; x < first.length; x++, w += taps) {
      const from = row + first[x] * channels;
      if (taps === 3 && channels === 1) {
        // Digits of 28 pixels made 16: without the loops all of them take half the time.
        across[at++] = weight[w] * images[from] + weight[w + 1] * images[from + 1] +
          weight[w + 2] * images[from + 2];
        continue;
      }
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let j = 0, source = from + c; j < taps; j++, source += channels) {
          sum += weight[w + j] * images[source];
        }
        across[at++] = sum;
      }
    }
  }
}

/** Writes target row `y`: the `weight`ed means of the rows of `across` under it. */
function meanDown(
  across: Int32Array,
  { first, weight, taps }: Coverage,
  y: number,
  area: number,
  images: Uint8Array,
  start: number,
  rowBytes: number,
): void {
  const half = area / 2;
  for (let i = 0; i < rowBytes; i++) {
    let sum = half;
    for (let j = 0, at = first[y] * rowBytes + i; j < taps; j++, at += rowBytes) {
      sum += weight[y * taps + j] * across[at];
    }
    // The store drops the fraction.
    images[start + i] = sum / area;
  }
}

/**
 * Resizes every image of `set` to `side` x `side` pixels, as {@link resizeTo} does; `set` itself comes
 * back when it has that size already.
 *
 * @param side Rows and columns of the result, a positive integer; enlarging works too.
 * @throws {RangeError} When `side` is no integer from 1 to {@link MAX_IMAGE_SIZE} or the images exceed
 * 16,384 pixels a side.
 */
export function resizeImages(set: ImageSet, side: number): ImageSet {
  if (!Number.isInteger(side) || side < 1 || side > MAX_IMAGE_SIZE) {
    throw new RangeError(
      `resizeImages() expects a side of 1..${MAX_IMAGE_SIZE} pixels but found ${side}`,
    );
  }
  return resizeTo(set, side, side);
}

/**
 * Resizes every image of `set`. A target pixel is the mean of the source pixels under it, each weighted
 * by the exact share of its area that the target covers, rounded half up; all sums are whole numbers, so
 * the result is the same on every machine. The labels are shared with `set`; `set` itself comes back
 * when it has that size already.
 *
 * @param rows Height of the result, a positive integer.
 * @param columns Width of the result, a positive integer.
 * @throws {RangeError} When the images exceed 16,384 pixels a side.
 */
export function resizeTo(set: ImageSet, rows: number, columns: number): ImageSet {
  const { count, height, width, channels } = set;
  // 255 * 16,384 * 16,384 is far below 2^53: a number holds every sum exactly.
  if (height > MAX_SOURCE_SIDE || width > MAX_SOURCE_SIDE) {
    throw new RangeError(
      `resizeImages() expects images of at most ${MAX_SOURCE_SIDE} pixels a side ` +
        `but found ${height}x${width}`,
    );
  }
  if (height === rows && width === columns) return set;
  const horizontal = coverage(width, columns);
  const vertical = coverage(height, rows);
  const rowBytes = columns * channels;
  const area = height * width;
  const across = new Int32Array(height * rowBytes);
  const images = new Uint8Array(count * rows * rowBytes);
  const sourceRow = width * channels;
  for (let n = 0, target = 0; n < count; n++) {
    sumAcross(set.images, n * height * sourceRow, sourceRow, channels, horizontal, across);
    for (let y = 0; y < rows; y++, target += rowBytes) {
      meanDown(across, vertical, y, area, images, target, rowBytes);
    }
  }
  return { images, labels: set.labels, count, height: rows, width: columns, channels };
}
