/**
 * One step of an LSTM without bias over n rows: `z = x·W_x + h·W_h` in blocks i, f, o, g;
 * `c' = σ(i)·tanh(g) + σ(f)·c`, `h' = σ(o)·tanh(c')` (spec C.1). The product `x·W_x` is an input, because
 * for rows of a table it can be made once for the whole table.
 *
 * @module
 */
import backwardSource from "../../shaders/lstm_cell_backward.wgsl" with { type: "text" };
import forwardSource from "../../shaders/lstm_cell_forward.wgsl" with { type: "text" };
import { ShapeError } from "../errors.ts";
import { defineKernel } from "../webgpu/kernel.ts";
import { defineOp, type Op } from "../op.ts";
import { flatGrid } from "../webgpu/queue.ts";
import {
  type LstmCellAttributes,
  lstmCellCases,
  lstmCellReference,
} from "../reference/lstm_cell.ts";
import { expectRank, formatShape, sameShape } from "../shape.ts";
import { pitch, type Tensor } from "../tensor.ts";
import { recordLeftGradient, recordProduct, recordRightGradient } from "./_matmul_passes.ts";

const PARAMS = { n: "u32", width: "u32", pitch: "u32" } as const;
const forwardKernel = defineKernel({
  name: "lstm_cell_forward",
  source: forwardSource,
  bindings: {
    projected: "read f32",
    product: "read f32",
    c: "read f32",
    gates: "read_write f32",
    new_h: "read_write f32",
    new_c: "read_write f32",
  },
  params: PARAMS,
});
const backwardKernel = defineKernel({
  name: "lstm_cell_backward",
  source: backwardSource,
  bindings: {
    gates: "read f32",
    c: "read f32",
    new_c: "read f32",
    dnew_h: "read f32",
    dnew_c: "read f32",
    dz: "read_write f32",
    dc: "read_write f32",
  },
  params: PARAMS,
});

function sizesOf({ shape }: Tensor) {
  const params = { n: shape[0], width: shape[1], pitch: pitch(shape) };
  return { params, grid: flatGrid(Math.ceil(params.n * params.pitch / 64)) };
}

/**
 * A step of an LSTM: inputs `projected [n,4H]` (that is `x·W_x`), `h [n,H]`, `c [n,H]`, `w [H,4H]` (that is
 * `W_h`); outputs `h' [n,H]`, `c' [n,H]`.
 */
export const lstmCell: Op<LstmCellAttributes> = defineOp({
  name: "lstm_cell",
  inputs: ["projected", "h", "c", "w"],
  shape([projected, h, c, w]) {
    expectRank("lstm_cell", "h", h, 2);
    const [n, width] = h;
    const expected = { projected: [n, 4 * width], c: h, w: [width, 4 * width] };
    for (const [name, shape] of Object.entries({ projected, c, w })) {
      const wanted = expected[name as keyof typeof expected];
      if (sameShape(shape, wanted)) continue;
      throw new ShapeError(
        `lstm_cell() expects ${name} of shape ${formatShape(wanted)} but found ${
          formatShape(shape)
        }`,
      );
    }
    return [[...h], [...h]];
  },
  gpu: {
    forward(gpu, [projected, h, c, w]) {
      const { params, grid } = sizesOf(h);
      const product = gpu.allocate(projected.shape);
      recordProduct(gpu, h, w, product);
      const gates = gpu.allocate(projected.shape);
      const [new_h, new_c] = [gpu.allocate(h.shape), gpu.allocate(h.shape)];
      const tensors = { projected, product, c, gates, new_h, new_c };
      gpu.run(forwardKernel, {}, tensors, params, grid);
      gpu.release(product);
      return { outputs: [new_h, new_c], saved: [gates] };
    },
    backward(gpu, dys, { inputs, outputs: [, newC], saved: [gates], needs, into }) {
      const [, h, c, w] = inputs;
      const { params, grid } = sizesOf(h);
      const zeros = gpu.allocate(h.shape);
      gpu.clear(zeros);
      const [dnew_h, dnew_c] = dys.map((dy) => dy ?? zeros);
      const [dz, dc] = [into(0), into(2)];
      const tensors = { gates, c, new_c: newC, dnew_h, dnew_c, dz, dc };
      gpu.run(backwardKernel, {}, tensors, params, grid);
      gpu.release(zeros);
      const dh = needs[1] ? into(1) : null;
      if (dh !== null) recordLeftGradient(gpu, dz, w, dh);
      const dw = needs[3] ? into(3) : null;
      if (dw !== null) recordRightGradient(gpu, h, dz, dw);
      return [dz, dh, dc, dw];
    },
  },
  reference: lstmCellReference,
  cases: lstmCellCases,
});
