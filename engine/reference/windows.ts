/**
 * The loop over sliding windows shared by convolutions and pools.
 *
 * @module
 */
import {
  type AxisPadding,
  axisPaddings,
  paddedWindow,
  type Shape,
  type Window,
  type WindowPadding,
} from "../shape.ts";

/** Geometry of a sliding window. */
export interface WindowGeometry {
  /** Window rows. */
  readonly rows: number;
  /** Window columns. */
  readonly columns: number;
  /** Step between neighbouring windows on both axes. */
  readonly stride: number;
  /** Pixels by which every window is moved towards the end of both axes; 0 if absent. SAME only. */
  readonly shift?: number;
  /** What happens at the edges; SAME if absent. */
  readonly padding?: WindowPadding;
}

/** The windows along rows and columns of an image batch `[n,h,w,c]`. */
function windowsOf(image: Shape, geometry: WindowGeometry): [Window, Window] {
  const { stride, shift = 0, padding = "same" } = geometry;
  const along = (part: AxisPadding, size: number, side: number) =>
    paddedWindow(part, size, side, stride, shift);
  const [rows, columns] = axisPaddings(padding);
  return [along(rows, image[1], geometry.rows), along(columns, image[2], geometry.columns)];
}

/** Output extents `[h,w]` of windows that slide over an image batch `[n,h,w,c]`. */
export function windowOutput(image: Shape, geometry: WindowGeometry): [number, number] {
  const [rows, columns] = windowsOf(image, geometry);
  return [rows.out, columns.out];
}

/**
 * Calls `visit(source, target, tap)` for every pair of an output pixel and an in-image pixel that
 * its window covers: output pixels in row-major order, and within each its taps in row-major order.
 *
 * `source` and `target` are pixel numbers, `(image * h + y) * w + x`; times the channel count they
 * are offsets into the data. `tap` is `ky * columns + kx`. Taps outside the image are skipped.
 */
export function forEachTap(
  image: Shape,
  geometry: WindowGeometry,
  visit: (source: number, target: number, tap: number) => void,
): void {
  const [n, h, w] = image;
  const { rows, columns, stride } = geometry;
  const [vertical, horizontal] = windowsOf(image, geometry);
  let target = 0;
  for (let b = 0; b < n; b++) {
    for (let oy = 0; oy < vertical.out; oy++) {
      for (let ox = 0; ox < horizontal.out; ox++, target++) {
        for (let ky = 0; ky < rows; ky++) {
          const y = oy * stride + ky - vertical.before;
          if (y < 0 || y >= h) continue;
          for (let kx = 0; kx < columns; kx++) {
            const x = ox * stride + kx - horizontal.before;
            if (x < 0 || x >= w) continue;
            visit((b * h + y) * w + x, target, ky * columns + kx);
          }
        }
      }
    }
  }
}
