/**
 * What the convolution kernels need to know of one convolution.
 *
 * @module
 */
import type { Conv2dAttributes } from "../reference/conv2d.ts";
import { slidingWindows } from "./_windows.ts";
import type { Shape } from "../shape.ts";
import { roundUp4 } from "../tensor.ts";

/** Uniform parameters of every convolution kernel. */
export const CONV_PARAMS = {
  n: "u32",
  h: "u32",
  w: "u32",
  cin: "u32",
  cin4: "u32",
  oh: "u32",
  ow: "u32",
  cout4: "u32",
  before_y: "i32",
  before_x: "i32",
} as const;

/** Everything the kernels need to know of one convolution, computed once. */
export interface Geometry {
  readonly kernel: number;
  readonly stride: number;
  readonly params: Record<keyof typeof CONV_PARAMS, number>;
}

/** The geometry of `x [n,h,w,cin]` under `weight [k,k,cin,cout]`. */
export function geometryOf(x: Shape, weight: Shape, attributes: Conv2dAttributes): Geometry {
  const { stride, shift = 0, padding } = attributes;
  const [n, h, w, cin] = x;
  const [kernel, , , cout] = weight;
  const [rows, columns] = slidingWindows("conv2d", x, kernel, stride, padding, shift);
  return {
    kernel,
    stride,
    params: {
      n,
      h,
      w,
      cin,
      cin4: roundUp4(cin) / 4,
      oh: rows.out,
      ow: columns.out,
      cout4: roundUp4(cout) / 4,
      before_y: rows.before,
      before_x: columns.before,
    },
  };
}
