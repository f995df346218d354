/**
 * Shapes and the one place with padding arithmetic.
 *
 * Activations are NHWC `[n,h,w,c]`, convolution weights HWIO `[kh,kw,cin,cout]`, depthwise weights
 * `[kh,kw,c]`, matrices `[rows,columns]`.
 *
 * @module
 */
import { ShapeError } from "./errors.ts";

/** Extent of each dimension, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

/** Number of elements of `shape` (1 for a scalar). */
export function elementCount(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Text of a shape for messages: `[2,3,4]`. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(",")}]`;
}

/** True when both shapes have the same rank and extents. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** Throws a {@link ShapeError} naming `op` and `argument` unless `shape` has `rank` positive integer extents. */
export function expectRank(op: string, argument: string, shape: Shape, rank: number): void {
  if (shape.length !== rank) {
    throw new ShapeError(
      `${op}() expects ${argument} of rank ${rank} but found shape ${formatShape(shape)}`,
    );
  }
  if (!shape.every((extent) => Number.isInteger(extent) && extent > 0)) {
    throw new ShapeError(
      `${op}() expects positive integer extents in ${argument} but found ${formatShape(shape)}`,
    );
  }
}

/** One axis of a sliding window: output extent, and rows of padding before the first input row. */
export interface Window {
  /** Output extent. */
  readonly out: number;
  /** Input row of output row o and tap k is `o * stride + k - before`. */
  readonly before: number;
}

/**
 * SAME padding of TensorFlow for one axis: `out = ceil(size / stride)`, total padding
 * `max((out - 1) * stride + kernel - size, 0)`, the smaller half before.
 *
 * `shift` moves every window by that many rows towards the end; factorised reduction uses it to
 * look at the odd pixels. Rows outside the image count as zero.
 */
export function sameWindow(size: number, kernel: number, stride: number, shift = 0): Window {
  const out = Math.ceil(size / stride);
  const total = Math.max((out - 1) * stride + kernel - size, 0);
  return { out, before: Math.floor(total / 2) - shift };
}

/**
 * Windows of one axis that lie inside the image: `out = floor((size - kernel) / stride) + 1` and no
 * padding. Rows behind the last window are seen by none. `size` must be at least `kernel`.
 */
export function validWindow(size: number, kernel: number, stride: number): Window {
  return { out: Math.floor((size - kernel) / stride) + 1, before: 0 };
}

/**
 * TensorFlow's names of the two ways to treat the edge of an image: `same` ({@link sameWindow}) or
 * `valid` ({@link validWindow}).
 */
export type Padding = "same" | "valid";

/** Pixels of padding on each side of an image; each less than the side of the window. */
export interface EdgePadding {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/**
 * What happens at the edges of an image: a rule by name, the same number of pixels on every side
 * (`padding=1` of PyTorch), or a number for each.
 */
export type WindowPadding = Padding | number | EdgePadding;

/** The part of a padding that one axis sees: a rule, or pixels before and behind. */
export type AxisPadding = Padding | readonly [before: number, after: number];

/** The padding of rows (top, bottom) and columns (left, right). */
export function axisPaddings(padding: WindowPadding): [rows: AxisPadding, columns: AxisPadding] {
  if (typeof padding === "string") return [padding, padding];
  if (typeof padding === "number") return [[padding, padding], [padding, padding]];
  return [[padding.top, padding.bottom], [padding.left, padding.right]];
}

/**
 * The windows of one axis: by the rule of that name, or `out = floor((size + before + after - kernel) /
 * stride) + 1`; `shift` is for `same` alone.
 */
export function paddedWindow(
  padding: AxisPadding,
  size: number,
  kernel: number,
  stride: number,
  shift = 0,
): Window {
  if (padding === "same") return sameWindow(size, kernel, stride, shift);
  if (padding === "valid") return validWindow(size, kernel, stride);
  const [before, after] = padding;
  return { ...validWindow(size + before + after, kernel, stride), before };
}
