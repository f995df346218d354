/**
 * Convolutions, forward and backward, in GFLOP/s.
 *
 * @module
 */
import { elementCount } from "../../engine/shape.ts";
import { ACTIVATIONS, randomValues, type ShapeName } from "./shapes.ts";
import type { BenchCase, Problem } from "./types.ts";

/** A square convolution with as many channels out as in. */
export function convProblem(side: number, shape: ShapeName): Problem {
  const x = ACTIVATIONS[shape];
  const shapes = [x, [side, side, x[3], x[3]]];
  const [image, weight, dy] = randomValues([...shapes, x]);
  // As a network would: outputs of the order of one.
  const scale = 1 / Math.sqrt(side * side * x[3]);
  return {
    op: "conv2d",
    shapes,
    values: [image, weight.map((value) => value * scale)],
    dy,
    dyShape: x,
    side,
  };
}

/** Multiplications and additions of one pass of {@link convProblem}. */
export function convFlops(side: number, shape: ShapeName): number {
  const x = ACTIVATIONS[shape];
  return 2 * side * side * x[3] * elementCount(x);
}

/** Forward, input gradient and weight gradient of a 3x3 convolution. */
export const convCases: readonly BenchCase[] = (["A", "B", "C"] as const).map((
  shape,
) => ({
  name: `conv3x3.train.${shape}`,
  unit: "GFLOP/s",
  flops: 3 * convFlops(3, shape),
  // x y, dy dx, x dy; weights are negligible.
  bytes: 6 * 4 * elementCount(ACTIVATIONS[shape]),
  problem: () => convProblem(3, shape),
}));
