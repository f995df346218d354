/**
 * Floating-point operations of the kernels that do most of them, for profiles.
 *
 * @module
 */
import { elementCount, type Shape } from "../shape.ts";

/**
 * Operations of a product of every pixel of `map` with the weights that lead to it: convolutions,
 * depthwise ones too, and matrix products, whose pixels are rows. All three passes take as many.
 *
 * @param weight shape of the weights, output channels last
 * @param map shape of the output or its gradient, channels last
 */
export function productFlops(weight: Shape, map: Shape): number {
  return 2 * elementCount(weight) * elementCount(map) / map[map.length - 1];
}
