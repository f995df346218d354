/**
 * Reference of the assembly of a minibatch from the bytes of a data set, with augmentation.
 *
 * Position b of the batch shows image `indices[b]`. A pixel is `(byte / 255 − mean) / std` of its
 * channel. With augmentation the normalised image is padded with `pad` rows and columns of zeros on
 * every side, cropped to its old size at a random offset, and perhaps mirrored:
 *
 * ```text
 * r_j = pcgHash(pcgHash(seed) xor (3b + j)),  j = 0, 1, 2
 * oy = r_0 mod (2·pad + 1)    ox = r_1 mod (2·pad + 1)    flipped = flip and r_2 is odd
 * output[b, y, x] = image[y + oy − pad, x' + ox − pad]    x' = flipped ? w − 1 − x : x
 * ```
 *
 * and 0 outside the image. Without augmentation the geometry stays as it is.
 *
 * @module
 */
import type { Shape } from "../shape.ts";
import { zeros } from "./nd_array.ts";
import { pcgHash } from "./pcg.ts";
import type { NdArray } from "./types.ts";

/** Attributes of {@link gatherBatchReference}. */
export interface GatherBatchAttributes {
  /** Crops (and mirrors) at random; without it `pad`, `flip` and `seed` do not matter. */
  readonly augment: boolean;
  /** Rows and columns of zeros around an image before it is cropped. */
  readonly pad: number;
  /** Mirrors every second image, at random. */
  readonly flip: boolean;
  /** Unsigned 32-bit integer; a new one for every batch. */
  readonly seed: number;
  /** Mean of each channel, of bytes scaled to 0 … 1. */
  readonly mean: readonly number[];
  /** Standard deviation of each channel, of bytes scaled to 0 … 1. */
  readonly std: readonly number[];
}

/** A data set of byte images, row-major `[N,h,w,c]`. */
export interface ByteImages {
  readonly shape: Shape;
  readonly data: Uint8Array;
}

/** Where the image at one position of a batch is cropped, and whether it is mirrored. */
export interface Crop {
  /** Row of the padded image at which the crop begins; `pad` leaves the image where it is. */
  readonly oy: number;
  /** Column of the padded image at which the crop begins. */
  readonly ox: number;
  readonly flipped: boolean;
}

/** The crop of batch position `b`. */
export function cropOf(
  b: number,
  { augment, pad, flip, seed }: Pick<GatherBatchAttributes, "augment" | "pad" | "flip" | "seed">,
): Crop {
  if (!augment) return { oy: pad, ox: pad, flipped: false };
  const key = pcgHash(seed);
  const random = (j: number) => pcgHash((key ^ (3 * b + j)) >>> 0);
  return {
    oy: random(0) % (2 * pad + 1),
    ox: random(1) % (2 * pad + 1),
    flipped: flip && (random(2) & 1) === 1,
  };
}

/** Images `[N,h,w,c]` and `indices` of length n; returns the normalised batch `[n,h,w,c]`. */
export function gatherBatchReference(
  images: ByteImages,
  indices: ArrayLike<number>,
  attributes: GatherBatchAttributes,
): NdArray {
  const [, h, w, channels] = images.shape;
  const { pad, mean, std } = attributes;
  const batch = zeros([indices.length, h, w, channels]);
  for (let b = 0; b < indices.length; b++) {
    const { oy, ox, flipped } = cropOf(b, attributes);
    for (let y = 0; y < h; y++) {
      const sourceY = y + oy - pad;
      if (sourceY < 0 || sourceY >= h) continue;
      for (let x = 0; x < w; x++) {
        const sourceX = (flipped ? w - 1 - x : x) + ox - pad;
        if (sourceX < 0 || sourceX >= w) continue;
        const from = ((indices[b] * h + sourceY) * w + sourceX) * channels;
        const to = ((b * h + y) * w + x) * channels;
        for (let c = 0; c < channels; c++) {
          batch.data[to + c] = (images.data[from + c] / 255 - mean[c]) / std[c];
        }
      }
    }
  }
  return batch;
}
