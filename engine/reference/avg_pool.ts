/**
 * Reference of average pooling.
 *
 * `y[b,oy,ox,c] = mean over in-image (y,x) of the window of x[b,y,x,c]`
 *
 * The divisor is the number of pixels of the window inside the image: for a 3x3 window at stride 1
 * 4 in a corner, 6 at an edge, 9 elsewhere.
 *
 * @module
 */
import type { WindowPadding } from "../shape.ts";
import { zeros } from "./nd_array.ts";
import type { OpCase, ReferenceOp } from "./types.ts";
import { forEachTap, type WindowGeometry, windowOutput } from "./windows.ts";

/** Attributes of {@link avgPoolReference}. */
export interface AvgPoolAttributes {
  /** Rows and columns of the window. */
  readonly size: number;
  /** Step between neighbouring windows on both axes. */
  readonly stride: number;
  /** What happens at the edges; SAME if absent. */
  readonly padding?: WindowPadding;
}

function geometryOf({ size, stride, padding = "same" }: AvgPoolAttributes): WindowGeometry {
  return { rows: size, columns: size, stride, padding };
}

/**
 * Input `x [n,h,w,c]`; output `y [n,oh,ow,c]` with the extents of `paddedWindow`. `Saved` holds the
 * divisor of each output pixel.
 */
export const avgPoolReference: ReferenceOp<AvgPoolAttributes, Int32Array> = {
  forward([x], attributes) {
    const geometry = geometryOf(attributes);
    const channels = x.shape[3];
    const y = zeros([x.shape[0], ...windowOutput(x.shape, geometry), channels]);
    const counts = new Int32Array(y.data.length / channels);
    forEachTap(x.shape, geometry, (source, target) => {
      counts[target]++;
      for (let c = 0; c < channels; c++) {
        y.data[target * channels + c] += x.data[source * channels + c];
      }
    });
    y.data.forEach((sum, i) => y.data[i] = sum / counts[Math.floor(i / channels)]);
    return { outputs: [y], saved: counts };
  },

  backward(dys, { inputs: [x], attributes, saved: counts }) {
    const dy = dys[0]!;
    const channels = x.shape[3];
    const dx = zeros(x.shape);
    forEachTap(x.shape, geometryOf(attributes), (source, target) => {
      for (let c = 0; c < channels; c++) {
        dx.data[source * channels + c] += dy.data[target * channels + c] / counts[target];
      }
    });
    return [dx];
  },
};

/** Inputs on which every backend's average pooling is checked. */
export const avgPoolCases: OpCase<AvgPoolAttributes>[] = [
  { name: "3x3, odd size", shapes: [[2, 7, 7, 3]], attributes: { size: 3, stride: 1 } },
  { name: "3x3, one channel", shapes: [[2, 5, 8, 1]], attributes: { size: 3, stride: 1 } },
  { name: "3x3, 36 channels", shapes: [[1, 17, 17, 36]], attributes: { size: 3, stride: 1 } },
  { name: "3x3, single pixel", shapes: [[3, 1, 1, 5]], attributes: { size: 3, stride: 1 } },
  { name: "3x3, stride 2, even size", shapes: [[2, 8, 6, 5]], attributes: { size: 3, stride: 2 } },
  { name: "3x3, stride 2, odd size", shapes: [[2, 7, 9, 3]], attributes: { size: 3, stride: 2 } },
  { name: "2x2, stride 2, odd size", shapes: [[2, 7, 5, 3]], attributes: { size: 2, stride: 2 } },
  { name: "2x2, stride 1", shapes: [[1, 6, 7, 5]], attributes: { size: 2, stride: 1 } },
  { name: "1x1, stride 2", shapes: [[2, 7, 6, 3]], attributes: { size: 1, stride: 2 } },
  { name: "5x5, stride 2", shapes: [[1, 8, 9, 5]], attributes: { size: 5, stride: 2 } },
  {
    name: "5x5, stride 3, valid, 8 to 2",
    shapes: [[2, 8, 8, 5]],
    attributes: { size: 5, stride: 3, padding: "valid" },
  },
  {
    name: "5x5, stride 3, valid, one window and a rest",
    shapes: [[2, 5, 10, 1]],
    attributes: { size: 5, stride: 3, padding: "valid" },
  },
  {
    name: "3x3, stride 2, valid, even size",
    shapes: [[2, 8, 6, 3]],
    attributes: { size: 3, stride: 2, padding: "valid" },
  },
  {
    name: "3x3, stride 2, padding 1",
    shapes: [[2, 8, 7, 3]],
    attributes: { size: 3, stride: 2, padding: 1 },
  },
  {
    name: "4x4, stride 3, another padding on each side",
    shapes: [[1, 9, 6, 5]],
    attributes: { size: 4, stride: 3, padding: { top: 3, bottom: 0, left: 1, right: 2 } },
  },
];
