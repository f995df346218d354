/**
 * Batch normalisation with batch statistics, forward and backward, in milliseconds.
 *
 * @module
 */
import { elementCount } from "../../engine/shape.ts";
import { ACTIVATIONS, randomValues, type ShapeName } from "./shapes.ts";
import type { BenchCase, Problem } from "./types.ts";

/** Batch normalisation without ReLU: `x`, scale, offset. */
export function batchNormProblem(shape: ShapeName): Problem {
  const x = ACTIVATIONS[shape];
  const shapes = [x, [x[3]], [x[3]]];
  const [image, gamma, beta, dy] = randomValues([...shapes, x]);
  return {
    op: "batch_norm",
    shapes,
    values: [image, gamma, beta],
    dy,
    dyShape: x,
    side: 1,
  };
}

/** Cases of this file on shapes A and B. */
export const batchNormCases: readonly BenchCase[] = (["A", "B"] as const).map((
  shape,
) => ({
  name: `batch_norm.train.${shape}`,
  unit: "ms",
  flops: 0,
  // Statistics and output: x, x y. Sums and gradient: x dy, x dy dx.
  bytes: 8 * 4 * elementCount(ACTIVATIONS[shape]),
  problem: () => batchNormProblem(shape),
}));
