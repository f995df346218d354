/**
 * Concatenation on the last axis: inputs `[...,c1] … [...,cn]`, output `[...,c1+…+cn]`.
 *
 * @module
 */
import backwardSource from "../../shaders/concat_backward.wgsl" with { type: "text" };
import forwardSource from "../../shaders/concat_forward.wgsl" with { type: "text" };
import { ShapeError } from "../errors.ts";
import { defineKernel } from "../webgpu/kernel.ts";
import { defineOp, type Op } from "../op.ts";
import { flatGrid } from "../webgpu/queue.ts";
import { type ConcatAttributes, concatCases, concatReference } from "../reference/concat.ts";
import { elementCount, formatShape, sameShape, type Shape } from "../shape.ts";
import { pitch, type Tensor } from "../tensor.ts";

const forwardKernel = defineKernel({
  name: "concat_forward",
  source: forwardSource,
  bindings: { x: "read f32", y: "read_write f32" },
  params: {
    rows: "u32",
    width: "u32",
    c: "u32",
    pitch_x: "u32",
    pitch_y: "u32",
    first: "u32",
  },
});
const backwardKernel = defineKernel({
  name: "concat_backward",
  source: backwardSource,
  bindings: { dy: "read f32", dx: "read_write f32" },
  params: { rows: "u32", c: "u32", pitch_x: "u32", pitch_y: "u32", first: "u32" },
});

/** First channel of each part, and the total. */
function offsets(shapes: readonly Shape[]): { firsts: number[]; total: number } {
  let total = 0;
  const firsts = shapes.map((shape) => (total += shape.at(-1)!) - shape.at(-1)!);
  return { firsts, total };
}

/** Concatenation on the last axis: inputs `[...,c1] … [...,cn]`, output `[...,c1+…+cn]`. */
export const concat: Op<ConcatAttributes> = defineOp({
  name: "concat",
  inputs: ["...x"],
  shape(shapes) {
    const [head] = shapes;
    for (const shape of shapes) {
      if (!sameShape(shape.slice(0, -1), head.slice(0, -1))) {
        throw new ShapeError(
          `concat() expects shapes that differ in the last axis alone but found ${
            formatShape(head)
          } and ${formatShape(shape)}`,
        );
      }
    }
    return [[...head.slice(0, -1), offsets(shapes).total]];
  },
  gpu: {
    forward(gpu, inputs) {
      const { firsts, total } = offsets(inputs.map((input) => input.shape));
      const shape = [...inputs[0].shape.slice(0, -1), total];
      const y = gpu.allocate(shape);
      const rows = elementCount(shape) / total;
      inputs.forEach((x, i) => {
        const c = x.shape.at(-1)!;
        // The last part also clears the padding of y.
        const width = i === inputs.length - 1 ? pitch(shape) - firsts[i] : c;
        gpu.run(
          forwardKernel,
          {},
          { x, y },
          { rows, width, c, pitch_x: pitch(x.shape), pitch_y: pitch(shape), first: firsts[i] },
          flatGrid(Math.ceil(rows * width / 64)),
        );
      });
      return { outputs: [y], saved: [] };
    },
    backward(gpu, [dy], { inputs, outputs: [y], needs, into }) {
      const { firsts } = offsets(inputs.map((input) => input.shape));
      const rows = elementCount(y.shape) / y.shape.at(-1)!;
      return inputs.map((x: Tensor, i) => {
        if (!needs[i]) return null;
        const dx = into(i);
        gpu.run(
          backwardKernel,
          {},
          { dy: dy!, dx },
          {
            rows,
            c: x.shape.at(-1)!,
            pitch_x: pitch(x.shape),
            pitch_y: pitch(y.shape),
            first: firsts[i],
          },
          flatGrid(Math.ceil(rows * pitch(x.shape) / 64)),
        );
        return dx;
      });
    },
  },
  reference: concatReference,
  cases: concatCases,
});
