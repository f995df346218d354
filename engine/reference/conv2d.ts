/**
 * Reference of the 2-D convolution (a cross-correlation, as everywhere in deep learning).
 *
 * `y[b,oy,ox,co] = Σ_{ky,kx,ci} x[b, oy·s+ky−p, ox·s+kx−q, ci] · w[ky,kx,ci,co]`
 *
 * with stride s and padding p above, q to the left; pixels outside the image are 0.
 *
 * @module
 */
import type { WindowPadding } from "../shape.ts";
import { zeros } from "./nd_array.ts";
import type { NdArray, OpCase, ReferenceOp } from "./types.ts";
import { forEachTap, type WindowGeometry, windowOutput } from "./windows.ts";

/** Attributes of {@link conv2dReference}. */
export interface Conv2dAttributes {
  /** Step between neighbouring windows on both axes. */
  readonly stride: number;
  /**
   * Pixels by which every window is moved towards the end of both axes (`sameWindow`); 0, the default,
   * or 1 with stride 2 and SAME padding.
   */
  readonly shift?: number;
  /** What happens at the edges; SAME if absent. */
  readonly padding?: WindowPadding;
}

function geometryOf(w: NdArray, attributes: Conv2dAttributes): WindowGeometry {
  const { stride, shift = 0, padding = "same" } = attributes;
  return { rows: w.shape[0], columns: w.shape[1], stride, shift, padding };
}

/** Inputs `x [n,h,w,cin]`, `w [kh,kw,cin,cout]`; output `y [n,oh,ow,cout]`. */
export const conv2dReference: ReferenceOp<Conv2dAttributes, void> = {
  forward([x, w], attributes) {
    const geometry = geometryOf(w, attributes);
    const [, , cin, cout] = w.shape;
    const y = zeros([x.shape[0], ...windowOutput(x.shape, geometry), cout]);
    forEachTap(x.shape, geometry, (source, target, tap) => {
      for (let ci = 0; ci < cin; ci++) {
        const value = x.data[source * cin + ci];
        const weights = (tap * cin + ci) * cout;
        for (let co = 0; co < cout; co++) {
          y.data[target * cout + co] += value * w.data[weights + co];
        }
      }
    });
    return { outputs: [y], saved: undefined };
  },

  backward(dys, { inputs: [x, w], attributes }) {
    const dy = dys[0]!;
    const [, , cin, cout] = w.shape;
    const dx = zeros(x.shape);
    const dw = zeros(w.shape);
    forEachTap(x.shape, geometryOf(w, attributes), (source, target, tap) => {
      for (let ci = 0; ci < cin; ci++) {
        const value = x.data[source * cin + ci];
        const weights = (tap * cin + ci) * cout;
        let sum = 0;
        for (let co = 0; co < cout; co++) {
          const gradient = dy.data[target * cout + co];
          sum += gradient * w.data[weights + co];
          dw.data[weights + co] += gradient * value;
        }
        dx.data[source * cin + ci] += sum;
      }
    });
    return [dx, dw];
  },
};

/** Inputs on which every backend's convolution is checked. */
export const conv2dCases: OpCase<Conv2dAttributes>[] = [
  {
    name: "1x1, odd size",
    shapes: [[2, 7, 7, 3], [1, 1, 3, 5]],
    attributes: { stride: 1, shift: 0 },
  },
  {
    name: "3x3, one channel",
    shapes: [[2, 5, 7, 1], [3, 3, 1, 1]],
    attributes: { stride: 1, shift: 0 },
  },
  {
    name: "5x5, 36 channels",
    shapes: [[1, 6, 5, 36], [5, 5, 36, 3]],
    attributes: { stride: 1, shift: 0 },
  },
  {
    name: "3x3, size 17, 36 outputs",
    shapes: [[1, 17, 17, 5], [3, 3, 5, 36]],
    attributes: { stride: 1, shift: 0 },
  },
  {
    name: "5x5, single pixel",
    shapes: [[3, 1, 1, 3], [5, 5, 3, 5]],
    attributes: { stride: 1, shift: 0 },
  },
  {
    name: "3x3, stride 2, even size",
    shapes: [[2, 8, 6, 3], [3, 3, 3, 5]],
    attributes: { stride: 2, shift: 0 },
  },
  {
    name: "5x5, stride 2, odd and even size",
    shapes: [[2, 7, 10, 5], [5, 5, 5, 3]],
    attributes: { stride: 2, shift: 0 },
  },
  {
    name: "2x2, as large as the image",
    shapes: [[3, 2, 2, 8], [2, 2, 8, 20]],
    attributes: { stride: 1, shift: 0 },
  },
  {
    name: "2x2, stride 2, odd and even size",
    shapes: [[2, 7, 6, 3], [2, 2, 3, 5]],
    attributes: { stride: 2, shift: 0 },
  },
  {
    name: "4x4, odd and even size",
    shapes: [[1, 9, 10, 5], [4, 4, 5, 3]],
    attributes: { stride: 1, shift: 0 },
  },
  {
    name: "6x6, stride 2",
    shapes: [[1, 9, 10, 3], [6, 6, 3, 5]],
    attributes: { stride: 2, shift: 0 },
  },
  {
    name: "11x11, one side larger than the image",
    shapes: [[2, 3, 13, 3], [11, 11, 3, 5]],
    attributes: { stride: 1, shift: 0 },
  },
  {
    name: "1x1, stride 2",
    shapes: [[2, 8, 7, 4], [1, 1, 4, 3]],
    attributes: { stride: 2, shift: 0 },
  },
  {
    name: "1x1, stride 2, shift 1, even size",
    shapes: [[2, 8, 6, 4], [1, 1, 4, 3]],
    attributes: { stride: 2, shift: 1 },
  },
  {
    name: "1x1, stride 2, shift 1, odd size",
    shapes: [[2, 7, 5, 3], [1, 1, 3, 5]],
    attributes: { stride: 2, shift: 1 },
  },
  {
    name: "3x3, valid",
    shapes: [[2, 7, 8, 3], [3, 3, 3, 5]],
    attributes: { stride: 1, padding: "valid" },
  },
  {
    name: "5x5, stride 2, valid, as large as the image",
    shapes: [[2, 5, 10, 5], [5, 5, 5, 3]],
    attributes: { stride: 2, padding: "valid" },
  },
  {
    name: "1x1, stride 2, valid",
    shapes: [[2, 7, 6, 3], [1, 1, 3, 5]],
    attributes: { stride: 2, padding: "valid" },
  },
  {
    name: "3x3, stride 2, padding 1, even size",
    shapes: [[2, 8, 6, 3], [3, 3, 3, 5]],
    attributes: { stride: 2, padding: 1 },
  },
  {
    name: "7x7, stride 2, padding 3",
    shapes: [[1, 9, 12, 3], [7, 7, 3, 5]],
    attributes: { stride: 2, padding: 3 },
  },
  {
    name: "4x4, another padding on each side",
    shapes: [[2, 6, 5, 5], [4, 4, 5, 3]],
    attributes: { stride: 1, padding: { top: 0, bottom: 3, left: 2, right: 1 } },
  },
  {
    name: "3x3, stride 2, another padding on each side",
    shapes: [[2, 6, 9, 4], [3, 3, 4, 9]],
    attributes: { stride: 2, padding: { top: 1, bottom: 0, left: 0, right: 2 } },
  },
];
