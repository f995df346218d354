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
 * and 0 outside the image. Then a square of `cutout` pixels is set to zero, whose corner lies anywhere
 * in the image; what of it lies beyond the far edges is lost (spec D.1):
 *
 * ```text
 * q_j = pcgHash(pcgHash(seed) xor (2^31 + 2b + j)),  j = 0, 1
 * top = q_0 mod h    left = q_1 mod w
 * output[b, top … top + cutout − 1, left … left + cutout − 1] = 0
 * ```
 *
 * Without augmentation the picture stays as it is.
 *
 * @module
 */
import type { Shape } from "../shape.ts";
import { zeros } from "./nd_array.ts";
import { pcgHash } from "./pcg.ts";
import type { NdArray } from "./types.ts";

/** Attributes of {@link gatherBatchReference}. */
export interface GatherBatchAttributes {
  /** Crops, mirrors and cuts at random; without it the other fields but the moments do not matter. */
  readonly augment: boolean;
  /** Rows and columns of zeros around an image before it is cropped. */
  readonly pad: number;
  /** Mirrors every second image, at random. */
  readonly flip: boolean;
  /** Side in pixels of a square of zeros in every image; 0 for none. */
  readonly cutout: number;
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

/** First row and column of the square cut out of batch position `b`, an image of `h` by `w`. */
export function cutoutOf(
  b: number,
  seed: number,
  h: number,
  w: number,
): { readonly top: number; readonly left: number } {
  const key = pcgHash(seed);
  // The high bit keeps these draws apart from those of the crops.
  const random = (j: number) => pcgHash((key ^ (0x80000000 + 2 * b + j)) >>> 0);
  return { top: random(0) % h, left: random(1) % w };
}

/** Images `[N,h,w,c]` and `indices` of length n; returns the normalised batch `[n,h,w,c]`. */
export function gatherBatchReference(
  images: ByteImages,
  indices: ArrayLike<number>,
  attributes: GatherBatchAttributes,
): NdArray {
  const [, h, w, channels] = images.shape;
  const { augment, pad, seed, mean, std } = attributes;
  const cutout = augment ? attributes.cutout : 0;
  const batch = zeros([indices.length, h, w, channels]);
  for (let b = 0; b < indices.length; b++) {
    const { oy, ox, flipped } = cropOf(b, attributes);
    const { top, left } = cutoutOf(b, seed, h, w);
    for (let y = 0; y < h; y++) {
      const sourceY = y + oy - pad;
      if (sourceY < 0 || sourceY >= h) continue;
      for (let x = 0; x < w; x++) {
        const sourceX = (flipped ? w - 1 - x : x) + ox - pad;
        if (sourceX < 0 || sourceX >= w) continue;
        if (y >= top && y < top + cutout && x >= left && x < left + cutout) continue;
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
