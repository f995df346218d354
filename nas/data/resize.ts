/**
 * Area-averaging resize of images.
 *
 * @module
 */
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

/** Adds, for one source row, `weight`ed overlaps into `across[x, c]`; sums reach 255 * width. */
function resizeRow(
  source: Uint8Array,
  start: number,
  channels: number,
  out: number,
  { first, weight, taps }: Coverage,
  across: Float64Array,
): void {
  for (let x = 0, w = 0; x < out; x++, w += taps) {
    const from = start + first[x] * channels;
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let j = 0, at = from + c; j < taps; j++, at += channels) {
        sum += weight[w + j] * source[at];
      }
      across[x * channels + c] = sum;
    }
  }
}

/**
 * Resizes every image of `set` to `side` x `side` pixels. A target pixel is the mean of the source
 * pixels under it, each weighted by the exact share of its area that the target covers, rounded
 * half up; all sums are whole numbers, so the result is the same on every machine. The labels are
 * shared with `set`; `set` itself comes back when it has that size already.
 *
 * @param side Rows and columns of the result, a positive integer; enlarging works too.
 * @throws {RangeError} When `side` is no integer from 1 to 1024 or the images exceed 16,384 pixels a
 * side.
 */
export function resizeImages(set: ImageSet, side: number): ImageSet {
  const { count, height, width, channels } = set;
  if (!Number.isInteger(side) || side < 1 || side > 1024) {
    throw new RangeError(`resizeImages() expects a side of 1..1024 pixels but found ${side}`);
  }
  // 255 * 16,384 * 16,384 is far below 2^53: a number holds every sum exactly.
  if (height > MAX_SOURCE_SIDE || width > MAX_SOURCE_SIDE) {
    throw new RangeError(
      `resizeImages() expects images of at most ${MAX_SOURCE_SIDE} pixels a side ` +
        `but found ${height}x${width}`,
    );
  }
  if (height === side && width === side) return set;
  const horizontal = coverage(width, side);
  const vertical = coverage(height, side);
  const rowBytes = side * channels;
  const area = height * width;
  const across = Array.from({ length: height }, () => new Float64Array(rowBytes));
  const images = new Uint8Array(count * side * rowBytes);
  for (let n = 0, target = 0; n < count; n++) {
    const image = n * height * width * channels;
    for (let y = 0; y < height; y++) {
      resizeRow(set.images, image + y * width * channels, channels, side, horizontal, across[y]);
    }
    for (let y = 0; y < side; y++) {
      for (let i = 0; i < rowBytes; i++, target++) {
        let sum = 0;
        for (let j = 0; j < vertical.taps; j++) {
          sum += vertical.weight[y * vertical.taps + j] * across[vertical.first[y] + j][i];
        }
        images[target] = Math.floor((sum + area / 2) / area);
      }
    }
  }
  return { images, labels: set.labels, count, height: side, width: side, channels };
}
