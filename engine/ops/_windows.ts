/**
 * Geometry that the window kernels (depthwise convolution and pooling) share.
 *
 * @module
 */
import { ShapeError } from "../errors.ts";
import {
  axisPaddings,
  formatShape,
  paddedWindow,
  type Shape,
  type Window,
  type WindowPadding,
} from "../shape.ts";
import { roundUp4 } from "../tensor.ts";

/** Uniform parameters of a window kernel. */
export const WINDOW_PARAMS = {
  n: "u32",
  h: "u32",
  w: "u32",
  c4: "u32",
  oh: "u32",
  ow: "u32",
  before_y: "i32",
  before_x: "i32",
} as const;

/** Values of {@link WINDOW_PARAMS}. */
export type WindowParams = Record<keyof typeof WINDOW_PARAMS, number>;

/** Largest side of a window or kernel: kernels unroll a row of it. */
export const MAX_KERNEL_SIDE = 11;

/**
 * The windows of side `kernel` along rows and columns of `x [n,h,w,c]`. Throws a {@link ShapeError} for
 * padding that is no whole number below the side, and for an image that is smaller than one window.
 */
export function slidingWindows(
  op: string,
  x: Shape,
  kernel: number,
  stride: number,
  padding: WindowPadding = "same",
  shift = 0,
): [rows: Window, columns: Window] {
  const parts = axisPaddings(padding);
  const [rows, columns] = parts.map((part, axis) => {
    const size = x[1 + axis];
    if (part === "same") return paddedWindow(part, size, kernel, stride, shift);
    const [before, after] = part === "valid" ? [0, 0] : part;
    for (const pixels of [before, after]) {
      if (Number.isInteger(pixels) && pixels >= 0 && pixels < kernel) continue;
      throw new ShapeError(
        `${op}() expects padding of 0 to ${
          kernel - 1
        } pixels, less than the side of its windows, but ` +
          `found ${pixels}`,
      );
    }
    if (size + before + after < kernel) {
      throw new ShapeError(
        `${op}() expects images of at least ${kernel}x${kernel}, padding included, which is one ` +
          `window, but found x ${formatShape(x)}; use larger images or padding "same"`,
      );
    }
    return paddedWindow(part, size, kernel, stride);
  });
  return [rows, columns];
}

/**
 * Windows of side `kernel` over `x [n,h,w,c]`. Throws a {@link ShapeError} for a side that is no
 * integer from 1 to 11, for another stride than 1, 2 or 3, and as {@link slidingWindows} does.
 */
export function windowParams(
  op: string,
  x: Shape,
  kernel: number,
  stride: number,
  padding: WindowPadding = "same",
): WindowParams {
  if (!Number.isInteger(kernel) || kernel < 1 || kernel > MAX_KERNEL_SIDE) {
    throw new ShapeError(
      `${op}() expects windows of side 1 to ${MAX_KERNEL_SIDE} but found ${kernel}`,
    );
  }
  if (stride !== 1 && stride !== 2 && stride !== 3) {
    throw new ShapeError(`${op}() expects stride 1, 2 or 3 but found ${stride}`);
  }
  const [n, h, w, c] = x;
  const [rows, columns] = slidingWindows(op, x, kernel, stride, padding);
  return {
    n,
    h,
    w,
    c4: roundUp4(c) / 4,
    oh: rows.out,
    ow: columns.out,
    before_y: rows.before,
    before_x: columns.before,
  };
}

/** Most turns that all loops of one thread take together: lavapipe ends them silently after 65535. */
export const MAX_TURNS = 65_000;

/**
 * Throws a {@link ShapeError} where one thread of a kernel would take more than {@link MAX_TURNS}: each
 * of `found` channels or pixels, which `what` names, costs `turns` of them.
 */
export function expectTurns(op: string, what: string, found: number, turns: number): void {
  const most = Math.floor(MAX_TURNS / turns);
  if (found <= most) return;
  throw new ShapeError(`${op}() expects at most ${most} ${what} but found ${found}`);
}

/** Pixels of a row that one thread makes. */
export function stripWidth(width: number): number {
  return width >= 8 ? 8 : 4;
}
