/**
 * Reference of the mean over all pixels of an image: `y[b,c] = Σ_{y,x} x[b,y,x,c] / (h·w)`.
 *
 * @module
 */
import { type NoAttributes, zeros } from "./nd_array.ts";
import type { OpCase, ReferenceOp } from "./types.ts";

/** Attributes of {@link globalAvgPoolReference}: none. */
export type GlobalAvgPoolAttributes = NoAttributes;

/** Input `x [n,h,w,c]`; output `y [n,c]`. */
export const globalAvgPoolReference: ReferenceOp<GlobalAvgPoolAttributes, void> = {
  forward([x]) {
    const [n, h, w, channels] = x.shape;
    const pixels = h * w;
    const y = zeros([n, channels]);
    for (let b = 0; b < n; b++) {
      for (let p = 0; p < pixels; p++) {
        for (let c = 0; c < channels; c++) {
          y.data[b * channels + c] += x.data[(b * pixels + p) * channels + c];
        }
      }
    }
    y.data.forEach((sum, i) => y.data[i] = sum / pixels);
    return { outputs: [y], saved: undefined };
  },

  backward(dys, { inputs: [x] }) {
    const dy = dys[0]!;
    const [n, h, w, channels] = x.shape;
    const pixels = h * w;
    const dx = zeros(x.shape);
    for (let b = 0; b < n; b++) {
      for (let p = 0; p < pixels; p++) {
        for (let c = 0; c < channels; c++) {
          dx.data[(b * pixels + p) * channels + c] = dy.data[b * channels + c] / pixels;
        }
      }
    }
    return [dx];
  },
};

/** Inputs on which every backend's global average pooling is checked. */
export const globalAvgPoolCases: OpCase<GlobalAvgPoolAttributes>[] = [
  { name: "odd size", shapes: [[3, 7, 7, 5]], attributes: {} },
  { name: "one channel", shapes: [[2, 5, 8, 1]], attributes: {} },
  { name: "single pixel", shapes: [[5, 1, 1, 3]], attributes: {} },
  { name: "36 channels, size 17", shapes: [[2, 17, 17, 36]], attributes: {} },
];
