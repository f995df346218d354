/**
 * Depthwise convolution and pooling, forward and backward, in milliseconds.
 *
 * @module
 */
import { elementCount } from "../../engine/shape.ts";
import { ACTIVATIONS, distinctValues, randomValues, type ShapeName } from "./shapes.ts";
import type { BenchCase, Problem } from "./types.ts";

/** A depthwise convolution. */
export function depthwiseProblem(side: number, shape: ShapeName): Problem {
  const x = ACTIVATIONS[shape];
  const shapes = [x, [side, side, x[3]]];
  const [image, weight, dy] = randomValues([...shapes, x]);
  return {
    op: "depthwise_conv2d",
    shapes,
    values: [image, weight],
    dy,
    dyShape: x,
    side,
  };
}

/** A 3x3 pooling. */
export function poolProblem(
  op: "max_pool" | "avg_pool",
  shape: ShapeName,
): Problem {
  const x = ACTIVATIONS[shape];
  const [dy] = randomValues([x]);
  const image = distinctValues(elementCount(x));
  return { op, shapes: [x], values: [image], dy, dyShape: x, side: 3 };
}

/** Cases of this file on shapes A and B. */
export const windowCases: readonly BenchCase[] = (["A", "B"] as const).flatMap(
  (shape) => {
    const bytes = 4 * elementCount(ACTIVATIONS[shape]);
    return [
      // x y, dy dx, x dy
      {
        name: `depthwise3x3.train.${shape}`,
        unit: "ms",
        flops: 0,
        bytes: 6 * bytes,
        problem: () => depthwiseProblem(3, shape),
      },
      // x y, dy dx and a byte of winner written and read
      {
        name: `max_pool3x3.train.${shape}`,
        unit: "ms",
        flops: 0,
        bytes: 4.5 * bytes,
        problem: () => poolProblem("max_pool", shape),
      },
      // x y, dy dx
      {
        name: `avg_pool3x3.train.${shape}`,
        unit: "ms",
        flops: 0,
        bytes: 4 * bytes,
        problem: () => poolProblem("avg_pool", shape),
      },
    ] as const;
  },
);
