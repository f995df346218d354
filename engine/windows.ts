/**
 * Geometry that the window kernels (depthwise convolution and pooling) share.
 *
 * @module
 */
import { ShapeError } from "./errors.ts";
import { sameWindow, type Shape } from "./shape.ts";
import { roundUp4 } from "./tensor.ts";

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

/** Windows of side `kernel` over `x [n,h,w,c]` with SAME padding; throws for another stride than 1 or 2. */
export function windowParams(
  op: string,
  x: Shape,
  kernel: number,
  stride: number,
): WindowParams {
  if (stride !== 1 && stride !== 2) {
    throw new ShapeError(`${op}() expects stride 1 or 2 but found ${stride}`);
  }
  const [n, h, w, c] = x;
  const rows = sameWindow(h, kernel, stride);
  const columns = sameWindow(w, kernel, stride);
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

/** Pixels of a row that one thread makes. */
export function stripWidth(width: number): number {
  return width >= 8 ? 8 : 4;
}

/**
 * Rows that one thread of a split reduction sums: about `rows / splits`, but few enough that its
 * loops stay below 16384 turns (lavapipe ends all loops silently after 65535). A function of the
 * shape alone, so that sums have the same order on every device.
 */
export function rowsPerSplit(rows: number, turnsPerRow: number, splits: number): number {
  return Math.max(1, Math.min(Math.ceil(rows / splits), Math.floor(16384 / turnsPerRow)));
}
