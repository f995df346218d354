/**
 * Weight initialisers. Each fills a new row-major array without padding.
 *
 * @module
 */
import type { Random } from "./random.ts";
import { elementCount, type Shape } from "./shape.ts";

/** Makes the initial values of a parameter of `shape`. */
export type Initializer = (shape: Shape, random: Random) => Float32Array;

/**
 * He et al. (2015): normal deviates cut off at two standard deviations, σ = sqrt(2 / fanIn), without
 * the later correction for the cut, as the TensorFlow of 2018 did it (spec D.6).
 */
export function heNormal(fanIn: number): Initializer {
  const sigma = Math.sqrt(2 / fanIn);
  return (shape, random) => {
    const values = new Float32Array(elementCount(shape));
    for (let i = 0; i < values.length; i++) {
      let z = random.normal();
      while (Math.abs(z) > 2) z = random.normal();
      values[i] = sigma * z;
    }
    return values;
  };
}

/** Uniform numbers in [-bound, bound); the controller uses 0.1 (spec C.1). */
export function uniformInit(bound: number): Initializer {
  return (shape, random) =>
    Float32Array.from(
      { length: elementCount(shape) },
      () => bound * (2 * random.uniform() - 1),
    );
}

/** The same value everywhere. */
export function constantInit(value: number): Initializer {
  return (shape) => new Float32Array(elementCount(shape)).fill(value);
}
