/**
 * Reference of max pooling.
 *
 * `y[b,oy,ox,c] = max over in-image (y,x) of the window of x[b,y,x,c]`
 *
 * Pixels outside the image count as −∞. On ties the first maximum in row-major order of the window
 * gets the gradient. NaN is larger than every number; of several the last one gets the gradient, as in
 * PyTorch.
 *
 * @module
 */
import type { WindowPadding } from "../shape.ts";
import { zeros } from "./nd_array.ts";
import type { OpCase, ReferenceOp } from "./types.ts";
import { forEachTap, type WindowGeometry, windowOutput } from "./windows.ts";

/** Attributes of {@link maxPoolReference}. */
export interface MaxPoolAttributes {
  /** Rows and columns of the window. */
  readonly size: number;
  /** Step between neighbouring windows on both axes. */
  readonly stride: number;
  /** What happens at the edges; SAME if absent. */
  readonly padding?: WindowPadding;
}

function geometryOf({ size, stride, padding = "same" }: MaxPoolAttributes): WindowGeometry {
  return { rows: size, columns: size, stride, padding };
}

/**
 * Input `x [n,h,w,c]`; output `y [n,oh,ow,c]` with the extents of `paddedWindow`. `Saved` holds for
 * each element of y the index in `x.data` of its maximum.
 */
export const maxPoolReference: ReferenceOp<MaxPoolAttributes, Int32Array> = {
  forward([x], attributes) {
    const geometry = geometryOf(attributes);
    const channels = x.shape[3];
    const y = zeros([x.shape[0], ...windowOutput(x.shape, geometry), channels]);
    const argmax = new Int32Array(y.data.length).fill(-1);
    forEachTap(x.shape, geometry, (source, target) => {
      for (let c = 0; c < channels; c++) {
        const from = source * channels + c;
        const to = target * channels + c;
        const value = x.data[from];
        if (argmax[to] < 0 || value > y.data[to] || Number.isNaN(value)) {
          y.data[to] = value;
          argmax[to] = from;
        }
      }
    });
    return { outputs: [y], saved: argmax };
  },

  backward(dys, { inputs: [x], saved: argmax }) {
    const dy = dys[0]!;
    const dx = zeros(x.shape);
    argmax.forEach((from, to) => dx.data[from] += dy.data[to]);
    return [dx];
  },
};

/** Distinct values at least 0.01 apart, in a scrambled order, half of them negative. */
function distinctValues(_index: number, count: number): Float64Array {
  // 7919 is prime, so i -> 7919 i mod count visits every number below count once.
  return Float64Array.from(
    { length: count },
    (_, i) => ((i * 7919) % count - Math.floor(count / 2)) * 0.01 + 0.003,
  );
}

const cases: OpCase<MaxPoolAttributes>[] = [
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

/** Inputs on which every backend's max pooling is checked; values are well apart, so no ties. */
export const maxPoolCases: OpCase<MaxPoolAttributes>[] = cases.map((opCase) => ({
  ...opCase,
  fill: distinctValues,
}));
