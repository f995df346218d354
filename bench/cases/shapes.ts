/**
 * The measured shapes and the making of their inputs.
 *
 * @module
 */
import { Random } from "../../engine/random.ts";
import { elementCount, type Shape } from "../../engine/shape.ts";

/** A letter's activations: `[n,h,w,c]` with as many channels out as in. */
export const ACTIVATIONS = {
  A: [32, 32, 32, 32],
  B: [128, 16, 16, 16],
  C: [32, 32, 32, 96],
} as const satisfies Record<string, Shape>;

/** Name of a measured shape. */
export type ShapeName = keyof typeof ACTIVATIONS;

/** Normally distributed values of each shape, from a fixed seed. */
export function randomValues(
  shapes: readonly Shape[],
  seed = 7,
): Float32Array[] {
  const random = new Random(seed);
  return shapes.map((shape) =>
    Float32Array.from({ length: elementCount(shape) }, () => random.normal())
  );
}

/**
 * Scattered values from -1 to 1 that are all different: libraries differ in where a tie of the
 * maximum sends its gradient.
 */
export function distinctValues(count: number): Float32Array {
  const bits = 22;
  const mask = 2 ** bits - 1;
  if (count > mask + 1) {
    throw new RangeError(`Expected at most ${mask + 1} values but found ${count}`);
  }
  return Float32Array.from({ length: count }, (_, i) => {
    // Each step maps the whole numbers of 22 bits onto themselves.
    let x = (Math.imul(i, 0x9e3779b1) & mask) >>> 0;
    x ^= x >>> 11;
    x = (Math.imul(x, 0x85ebca6b) & mask) >>> 0;
    x ^= x >>> 11;
    return x / 2 ** (bits - 1) - 1;
  });
}
