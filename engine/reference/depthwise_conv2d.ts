/**
 * Reference of the depthwise 2-D convolution: each channel is convolved with its own window.
 *
 * `y[b,oy,ox,c] = Σ_{ky,kx} x[b, oy·s+ky−p, ox·s+kx−q, c] · w[ky,kx,c]`
 *
 * with stride s and padding p above, q to the left; pixels outside the image are 0.
 *
 * @module
 */
import type { WindowPadding } from "../shape.ts";
import { zeros } from "./nd_array.ts";
import type { NdArray, OpCase, ReferenceOp } from "./types.ts";
import { forEachTap, type WindowGeometry, windowOutput } from "./windows.ts";

/** Attributes of {@link depthwiseConv2dReference}. */
export interface DepthwiseConv2dAttributes {
  /** Step between neighbouring windows on both axes. */
  readonly stride: number;
  /** What happens at the edges; SAME if absent. */
  readonly padding?: WindowPadding;
}

function geometryOf(w: NdArray, attributes: DepthwiseConv2dAttributes): WindowGeometry {
  const { stride, padding = "same" } = attributes;
  return { rows: w.shape[0], columns: w.shape[1], stride, padding };
}

/** Inputs `x [n,h,w,c]`, `w [kh,kw,c]`; output `y [n,oh,ow,c]`. */
export const depthwiseConv2dReference: ReferenceOp<DepthwiseConv2dAttributes, void> = {
  forward([x, w], attributes) {
    const geometry = geometryOf(w, attributes);
    const channels = w.shape[2];
    const y = zeros([x.shape[0], ...windowOutput(x.shape, geometry), channels]);
    forEachTap(x.shape, geometry, (source, target, tap) => {
      for (let c = 0; c < channels; c++) {
        y.data[target * channels + c] += x.data[source * channels + c] * w.data[tap * channels + c];
      }
    });
    return { outputs: [y], saved: undefined };
  },

  backward(dys, { inputs: [x, w], attributes }) {
    const dy = dys[0]!;
    const channels = w.shape[2];
    const dx = zeros(x.shape);
    const dw = zeros(w.shape);
    forEachTap(x.shape, geometryOf(w, attributes), (source, target, tap) => {
      for (let c = 0; c < channels; c++) {
        const gradient = dy.data[target * channels + c];
        dx.data[source * channels + c] += gradient * w.data[tap * channels + c];
        dw.data[tap * channels + c] += gradient * x.data[source * channels + c];
      }
    });
    return [dx, dw];
  },
};

/** Inputs on which every backend's depthwise convolution is checked. */
export const depthwiseConv2dCases: OpCase<DepthwiseConv2dAttributes>[] = [
  { name: "3x3, odd size", shapes: [[2, 7, 7, 3], [3, 3, 3]], attributes: { stride: 1 } },
  { name: "5x5, odd size", shapes: [[2, 7, 6, 5], [5, 5, 5]], attributes: { stride: 1 } },
  { name: "3x3, one channel", shapes: [[1, 5, 7, 1], [3, 3, 1]], attributes: { stride: 1 } },
  { name: "5x5, 36 channels", shapes: [[1, 17, 17, 36], [5, 5, 36]], attributes: { stride: 1 } },
  { name: "5x5, single pixel", shapes: [[3, 1, 1, 3], [5, 5, 3]], attributes: { stride: 1 } },
  {
    name: "3x3, stride 2, even size",
    shapes: [[2, 8, 6, 3], [3, 3, 3]],
    attributes: { stride: 2 },
  },
  { name: "3x3, stride 2, odd size", shapes: [[2, 7, 5, 5], [3, 3, 5]], attributes: { stride: 2 } },
  {
    name: "5x5, stride 2, even size",
    shapes: [[1, 8, 10, 36], [5, 5, 36]],
    attributes: { stride: 2 },
  },
  { name: "5x5, stride 2, odd size", shapes: [[2, 9, 7, 1], [5, 5, 1]], attributes: { stride: 2 } },
  { name: "3x3, stride 3", shapes: [[2, 8, 7, 5], [3, 3, 5]], attributes: { stride: 3 } },
  {
    name: "3x3, valid",
    shapes: [[2, 6, 7, 3], [3, 3, 3]],
    attributes: { stride: 1, padding: "valid" },
  },
  {
    name: "3x3, stride 2, padding 1, even size",
    shapes: [[2, 8, 6, 5], [3, 3, 5]],
    attributes: { stride: 2, padding: 1 },
  },
  {
    name: "5x5, another padding on each side",
    shapes: [[1, 6, 9, 5], [5, 5, 5]],
    attributes: { stride: 1, padding: { top: 4, bottom: 1, left: 0, right: 3 } },
  },
];
