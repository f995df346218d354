/**
 * The auxiliary head of micro networks, which helps training from behind the second reduction layer
 * (enas-spec.md section B.5): ReLU, 5x5 average pool at stride 3 without padding, 1x1 convolution to
 * 128, BN, ReLU, a convolution as large as the map to 768 with SAME padding, BN, ReLU, global average,
 * and a matrix to the classes without bias.
 *
 * @module
 */

import { checkPositiveInteger } from "./macro_structure.ts";
import type { MicroStructure } from "./micro_structure.ts";

const POOL = 5;
const STRIDE = 3;
const POINT = 128;
const CONV = 768;

/** The map that an auxiliary head convolves. */
export interface MicroAuxMap {
  /** Channels of the layer in front of the head. */
  readonly channels: number;
  /** Height behind the average pool, in pixels; also that of the second convolution's kernel. */
  readonly height: number;
  /** Width behind the average pool, in pixels; also that of the second convolution's kernel. */
  readonly width: number;
}

/**
 * The map that the auxiliary head convolves.
 *
 * @param structure Skeleton of a network.
 * @returns Its channels and size: 2 by 2 for images of 32 x 32.
 * @throws {RangeError} If the network has no reduction layers or the map in front of the head is
 * smaller than 5 pixels.
 */
export function microAuxMap(structure: MicroStructure): MicroAuxMap {
  if (structure.auxLayer === null) {
    throw new RangeError(
      "Expected at least 3 layers for an auxiliary head, which stands behind the second " +
        `reduction layer, but found ${structure.layers.length}; leave the head out`,
    );
  }
  const plan = structure.layers[structure.auxLayer];
  if (Math.min(plan.height, plan.width) < POOL) {
    throw new RangeError(
      `Expected a map of at least ${POOL} x ${POOL} in front of the auxiliary head but found ` +
        `${plan.height} x ${plan.width}; give larger images or leave the head out`,
    );
  }
  const side = (pixels: number) => Math.floor((pixels - POOL) / STRIDE) + 1;
  return { channels: plan.outputChannels, height: side(plan.height), width: side(plan.width) };
}

/**
 * Parameters of the auxiliary head. The released code leaves them at their initial values.
 *
 * @param structure Skeleton of a network.
 * @param classes Outputs of the head.
 * @returns The number of scalars, batch-norm scales and offsets included: 412,928 for the searched
 * graph of 6 layers and 20 filters with images of 32 x 32 and 10 classes.
 * @throws {RangeError} If {@link microAuxMap} throws, or `classes` is not a positive integer.
 */
export function microAuxParameters(structure: MicroStructure, classes: number): number {
  checkPositiveInteger("classes", classes);
  const { channels, height, width } = microAuxMap(structure);
  return channels * POINT + 2 * POINT + height * width * POINT * CONV + 2 * CONV + CONV * classes;
}

/**
 * Floating-point operations of the auxiliary head for one image: 2 per multiply-add of its two
 * convolutions and its matrix. Counted over the whole kernel, padding included.
 *
 * @param structure Skeleton of a network.
 * @param classes Outputs of the head.
 * @returns The number of operations of one forward pass.
 * @throws {RangeError} If {@link microAuxMap} throws, or `classes` is not a positive integer.
 */
export function microAuxFlops(structure: MicroStructure, classes: number): number {
  checkPositiveInteger("classes", classes);
  const { channels, height, width } = microAuxMap(structure);
  const pixels = height * width;
  return 2 * (pixels * channels * POINT + pixels * pixels * POINT * CONV + CONV * classes);
}
