/**
 * Sum of one or more tensors of one shape: `y = x1 + x2 + … + xn`, in order. The gradient of every
 * term is `dy` itself, handed on without a copy.
 *
 * @module
 */
import { ShapeError } from "../errors.ts";
import { defineOp, type Op } from "../op.ts";
import { type SumAttributes, sumCases, sumReference } from "../reference/sum.ts";
import { formatShape, sameShape } from "../shape.ts";
import { recordSum } from "../webgpu/sum_kernel.ts";

/** Sum of one or more tensors of one shape, in order; output of that shape. */
export const sum: Op<SumAttributes> = defineOp({
  name: "sum",
  inputs: ["...x"],
  shape(shapes) {
    for (const shape of shapes) {
      if (!sameShape(shape, shapes[0])) {
        throw new ShapeError(
          `sum() expects tensors of one shape but found ${formatShape(shapes[0])} and ${
            formatShape(shape)
          }`,
        );
      }
    }
    return [[...shapes[0]]];
  },
  gpu: {
    forward(gpu, inputs) {
      const y = gpu.allocate(inputs[0].shape);
      recordSum(gpu, inputs, y);
      return { outputs: [y], saved: [] };
    },
    backward: (_gpu, [dy], { needs }) => needs.map((needed) => needed ? dy : null),
  },
  reference: sumReference,
  cases: sumCases,
});
