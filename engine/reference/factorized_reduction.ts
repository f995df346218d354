/**
 * Reference of the factorised reduction (spec A.3): even and odd pixels each go through a 1x1
 * convolution of their own, and the two results lie side by side in the channels.
 *
 * ```text
 * y[b,oy,ox,c]    = Σ_ci x[b, 2oy,   2ox,   ci] · even[ci,c]
 * y[b,oy,ox,ca+c] = Σ_ci x[b, 2oy+1, 2ox+1, ci] · odd[ci,c]
 * ```
 *
 * with ca the output channels of `even`; pixels outside the image are 0.
 *
 * @module
 */
import { type NoAttributes, zeros } from "./nd_array.ts";
import type { NdArray, OpCase, ReferenceOp } from "./types.ts";

/** Attributes of {@link factorizedReductionReference}: none. */
export type FactorizedReductionAttributes = NoAttributes;

/** One of the two weights, and which pixels and channels it connects. */
interface Half {
  readonly weight: NdArray;
  /** 0 for even pixels, 1 for odd ones. */
  readonly shift: number;
  /** First output channel. */
  readonly first: number;
}

function halvesOf(even: NdArray, odd: NdArray): Half[] {
  return [
    { weight: even, shift: 0, first: 0 },
    { weight: odd, shift: 1, first: even.shape[3] },
  ];
}

/** Calls `visit` for every output pixel whose input pixel of `shift` lies inside `x [n,h,w,c]`. */
function forEachPixel(
  [n, h, w]: readonly number[],
  shift: number,
  visit: (source: number, target: number) => void,
): void {
  const [oh, ow] = [Math.ceil(h / 2), Math.ceil(w / 2)];
  for (let b = 0; b < n; b++) {
    for (let oy = 0; 2 * oy + shift < h && oy < oh; oy++) {
      for (let ox = 0; 2 * ox + shift < w && ox < ow; ox++) {
        visit((b * h + 2 * oy + shift) * w + 2 * ox + shift, (b * oh + oy) * ow + ox);
      }
    }
  }
}

/**
 * Inputs `x [n,h,w,cin]`, `even [1,1,cin,ca]`, `odd [1,1,cin,cb]`; output
 * `y [n,⌈h/2⌉,⌈w/2⌉,ca+cb]`.
 */
export const factorizedReductionReference: ReferenceOp<FactorizedReductionAttributes, void> = {
  forward([x, even, odd]) {
    const [n, h, w, cin] = x.shape;
    const channels = even.shape[3] + odd.shape[3];
    const y = zeros([n, Math.ceil(h / 2), Math.ceil(w / 2), channels]);
    for (const { weight, shift, first } of halvesOf(even, odd)) {
      const cout = weight.shape[3];
      forEachPixel(x.shape, shift, (source, target) => {
        for (let ci = 0; ci < cin; ci++) {
          const value = x.data[source * cin + ci];
          for (let c = 0; c < cout; c++) {
            y.data[target * channels + first + c] += value * weight.data[ci * cout + c];
          }
        }
      });
    }
    return { outputs: [y], saved: undefined };
  },

  backward(dys, { inputs: [x, even, odd] }) {
    const dy = dys[0]!;
    const cin = x.shape[3];
    const channels = dy.shape[3];
    const dx = zeros(x.shape);
    const dweights = halvesOf(even, odd).map(({ weight, shift, first }) => {
      const cout = weight.shape[3];
      const dweight = zeros(weight.shape);
      forEachPixel(x.shape, shift, (source, target) => {
        for (let ci = 0; ci < cin; ci++) {
          const value = x.data[source * cin + ci];
          let sum = 0;
          for (let c = 0; c < cout; c++) {
            const gradient = dy.data[target * channels + first + c];
            sum += gradient * weight.data[ci * cout + c];
            dweight.data[ci * cout + c] += gradient * value;
          }
          dx.data[source * cin + ci] += sum;
        }
      });
      return dweight;
    });
    return [dx, ...dweights];
  },
};

/** Inputs on which every backend's factorised reduction is checked. */
export const factorizedReductionCases: OpCase<FactorizedReductionAttributes>[] = [
  { name: "even size", shapes: [[2, 8, 6, 8], [1, 1, 8, 4], [1, 1, 8, 4]], attributes: {} },
  { name: "one channel each", shapes: [[2, 5, 7, 1], [1, 1, 1, 1], [1, 1, 1, 1]], attributes: {} },
  { name: "odd size", shapes: [[2, 7, 9, 3], [1, 1, 3, 3], [1, 1, 3, 3]], attributes: {} },
  { name: "36 channels", shapes: [[1, 17, 5, 36], [1, 1, 36, 18], [1, 1, 36, 18]], attributes: {} },
  {
    name: "halves of different width",
    shapes: [[1, 6, 17, 5], [1, 1, 5, 7], [1, 1, 5, 12]],
    attributes: {},
  },
  {
    name: "a narrow first half",
    shapes: [[2, 4, 4, 6], [1, 1, 6, 2], [1, 1, 6, 9]],
    attributes: {},
  },
  { name: "single pixel", shapes: [[3, 1, 1, 5], [1, 1, 5, 3], [1, 1, 5, 5]], attributes: {} },
  {
    name: "100 channels",
    shapes: [[1, 3, 33, 20], [1, 1, 20, 50], [1, 1, 20, 50]],
    attributes: {},
  },
];
