/**
 * The auxiliary head of micro networks, which helps training from behind the second reduction layer
 * (enas-spec.md section B.5): ReLU, 5x5 average pool at stride 3 without padding, 1x1 convolution to
 * 128, BN, ReLU, a k x k convolution to 768 with SAME padding, BN, ReLU, global average, and a matrix
 * to the classes without bias. k is the side of the map behind the pool: 2 for images of 32 x 32.
 *
 * The release knows that size alone. On other maps the pool's window is at most as large as the map,
 * and k is the shorter side behind it, up to the largest kernel there is.
 *
 * @module
 */

import { checkPositiveInteger } from "../values.ts";
import type { MicroStructure } from "./structure.ts";

/** Side of the pool's window on maps that are large enough. */
const POOL = 5;
const STRIDE = 3;
/** Largest side of a convolution's kernel in the engine; reached by images of 140 pixels. */
const MOST_KERNEL = 11;
const POINT = 128;
const CONV = 768;

/** The maps of an auxiliary head. */
export interface MicroAuxPlan {
  /** Channels of the layer in front of the head. */
  readonly channels: number;
  /** Side of the average pool's window, in pixels. */
  readonly pool: number;
  /** Height behind the pool, in pixels. */
  readonly height: number;
  /** Width behind the pool, in pixels. */
  readonly width: number;
  /** Side k of the second convolution's kernel. */
  readonly kernel: number;
}

/**
 * Lays out the auxiliary head.
 *
 * @param structure Skeleton of a network.
 * @returns Its channels, windows and map: 2 by 2 with k = 2 for images of 32 x 32.
 */
export function microAuxPlan(structure: MicroStructure): MicroAuxPlan {
  const { outputChannels, height, width } = structure.layers[structure.auxLayer];
  const pool = Math.min(POOL, height, width);
  const side = (pixels: number) => Math.floor((pixels - pool) / STRIDE) + 1;
  const behind = { height: side(height), width: side(width) };
  return {
    channels: outputChannels,
    pool,
    ...behind,
    kernel: Math.min(behind.height, behind.width, MOST_KERNEL),
  };
}

/**
 * Parameters of the auxiliary head. The released code leaves them at their initial values.
 *
 * @param structure Skeleton of a network.
 * @param classes Outputs of the head.
 * @returns The number of scalars, batch-norm scales and offsets included: 412,928 for the searched
 * graph of 6 layers and 20 filters with images of 32 x 32 and 10 classes.
 * @throws {RangeError} If `classes` is not a positive integer.
 */
export function microAuxParameters(structure: MicroStructure, classes: number): number {
  checkPositiveInteger("classes", classes);
  const { channels, kernel } = microAuxPlan(structure);
  return channels * POINT + 2 * POINT + kernel ** 2 * POINT * CONV + 2 * CONV + CONV * classes;
}

/**
 * Floating-point operations of the auxiliary head for one image: 2 per multiply-add of its two
 * convolutions and its matrix. Counted over the whole kernel, padding included.
 *
 * @param structure Skeleton of a network.
 * @param classes Outputs of the head.
 * @returns The number of operations of one forward pass.
 * @throws {RangeError} If `classes` is not a positive integer.
 */
export function microAuxFlops(structure: MicroStructure, classes: number): number {
  checkPositiveInteger("classes", classes);
  const { channels, height, width, kernel } = microAuxPlan(structure);
  const pixels = height * width;
  return 2 * (pixels * channels * POINT + pixels * kernel ** 2 * POINT * CONV + CONV * classes);
}
