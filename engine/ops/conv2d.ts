/**
 * 2-D convolution.
 *
 * `y[b,oy,ox,co] = Σ_{ky,kx,ci} x[b, oy·s+ky−p, ox·s+kx−q, ci] · w[ky,kx,ci,co]`
 *
 * Inputs `x [n,h,w,cin]`, `weight [k,k,cin,cout]` with k from 1 to 11, attributes `stride`, `padding`
 * and `shift`; output `y [n,oh,ow,cout]`: `oh = ⌈h/s⌉` with SAME padding, the default, else
 * `⌊(h + top + bottom − k)/s⌋ + 1`. With SAME an even kernel, or a stride, may have one pixel of padding
 * less before the image than behind it; PyTorch's `padding=1` is `padding: 1`. The input gradient of stride 1 is the same convolution of `dy`
 * with the weights turned by 180° and transposed; the weight gradient sums a fixed number of ranges
 * of pixels and then the ranges in order, so that equal inputs give equal bits.
 *
 * @module
 */
import { ShapeError } from "../errors.ts";
import { defineOp, type Op } from "../op.ts";
import { type Conv2dAttributes, conv2dCases, conv2dReference } from "../reference/conv2d.ts";
import { expectRank, formatShape } from "../shape.ts";
import { recordBackwardWeight } from "./_conv2d_backward_weight.ts";
import { recordBackwardInput, recordForward } from "./_conv2d_forward.ts";
import { conv2dTuning } from "./_conv2d_tuning.ts";
import { geometryOf } from "./_conv2d_geometry.ts";
import { MAX_KERNEL_SIDE, slidingWindows } from "./_windows.ts";

/**
 * 2-D convolution: inputs `x [n,h,w,cin]`, `weight [k,k,cin,cout]`, output `y [n,oh,ow,cout]`. Attributes:
 * `stride` 1 or 2, `padding` "same" (default), "valid", pixels, or pixels for each side.
 */
export const conv2d: Op<Conv2dAttributes> = defineOp({
  name: "conv2d",
  inputs: ["x", "weight"],
  shape([x, weight], { stride, shift = 0, padding = "same" }) {
    expectRank("conv2d", "x", x, 4);
    expectRank("conv2d", "weight", weight, 4);
    if (weight[0] !== weight[1] || weight[0] > MAX_KERNEL_SIDE) {
      throw new ShapeError(
        `conv2d() expects a square kernel of side 1 to ${MAX_KERNEL_SIDE} but found weight ${
          formatShape(weight)
        }`,
      );
    }
    if (weight[2] !== x[3]) {
      throw new ShapeError(
        `conv2d() expects weight with ${x[3]} input channels, as x ${formatShape(x)} has, but ` +
          `found ${formatShape(weight)}`,
      );
    }
    if (stride !== 1 && stride !== 2) {
      throw new ShapeError(`conv2d() expects stride 1 or 2 but found ${stride}`);
    }
    if (shift !== 0 && !(shift === 1 && stride === 2 && padding === "same")) {
      throw new ShapeError(
        `conv2d() expects shift 0, or 1 with stride 2 and padding "same", but found ${shift}`,
      );
    }
    const [rows, columns] = slidingWindows("conv2d", x, weight[0], stride, padding);
    return [[x[0], rows.out, columns.out, weight[3]]];
  },
  gpu: {
    forward(gpu, [x, weight], attributes) {
      const geometry = geometryOf(x.shape, weight.shape, attributes);
      const { n, oh, ow } = geometry.params;
      const y = gpu.allocate([n, oh, ow, weight.shape[3]]);
      recordForward(gpu, geometry, x, weight, y);
      return { outputs: [y], saved: [] };
    },
    backward(gpu, [dy], { inputs: [x, weight], attributes, needs, into }) {
      const geometry = geometryOf(x.shape, weight.shape, attributes);
      const dx = needs[0] ? into(0) : null;
      if (dx !== null) recordBackwardInput(gpu, geometry, dy!, weight, dx);
      const dw = needs[1] ? into(1) : null;
      if (dw !== null) recordBackwardWeight(gpu, geometry, x, dy!, dw);
      return [dx, dw];
    },
  },
  reference: conv2dReference,
  cases: conv2dCases,
  tuning: conv2dTuning,
});
