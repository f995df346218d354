/**
 * Tensors: a shape, an element type and storage on one backend.
 *
 * On the GPU the last dimension is padded with zeros to a multiple of four elements, so that every
 * kernel can work on `vec4`s; every kernel keeps the padding zero. On the CPU nothing is padded.
 *
 * @module
 */
import type { GpuStorage } from "./memory/storage.ts";
import { elementCount, formatShape, type Shape } from "./shape.ts";
import { ShapeError } from "./errors.ts";

/** Element type. Labels, indices and packed bytes are `u32`. */
export type DType = "f32" | "u32";

/** Row-major f64 values without padding. */
export interface CpuStorage {
  readonly kind: "cpu";
  readonly data: Float64Array;
}

/** An n-dimensional array; immutable but for in-place updates by an optimiser. */
export class Tensor {
  constructor(
    readonly shape: Shape,
    readonly dtype: DType,
    readonly storage: GpuStorage | CpuStorage,
  ) {}

  /** The device slice; throws a {@link ShapeError} for a tensor of the CPU backend. */
  get gpu(): GpuStorage {
    if (this.storage.kind !== "gpu") {
      throw new ShapeError(
        `Expected a tensor on the gpu but found ${formatShape(this.shape)} on the cpu`,
      );
    }
    return this.storage;
  }

  /** The f64 values; throws a {@link ShapeError} for a tensor of the GPU backend. */
  get cpu(): Float64Array {
    if (this.storage.kind !== "cpu") {
      throw new ShapeError(
        `Expected a tensor on the cpu but found ${formatShape(this.shape)} on the gpu`,
      );
    }
    return this.storage.data;
  }
}

/** Throws a {@link ShapeError} unless every extent of a new tensor is a positive whole number. */
export function expectExtents(shape: Shape): void {
  for (const extent of shape) {
    if (Number.isInteger(extent) && extent > 0) continue;
    throw new ShapeError(
      `Expected extents that are positive whole numbers but found shape ${formatShape(shape)}; ` +
        `there are no empty tensors`,
    );
  }
}

/**
 * Throws a {@link ShapeError} unless there is one value for each element of `shape`, and those of u32
 * are whole numbers that it holds.
 */
export function expectValues(values: ArrayLike<number>, shape: Shape, dtype: DType): void {
  if (values.length !== elementCount(shape)) {
    throw new ShapeError(
      `Expected ${elementCount(shape)} values for shape ${formatShape(shape)} but found ` +
        `${values.length}`,
    );
  }
  if (dtype === "f32" || values instanceof Uint32Array) return;
  for (let i = 0; i < values.length; i++) {
    if (values[i] >>> 0 === values[i]) continue;
    throw new ShapeError(
      `Expected whole numbers from 0 to 4294967295 in a tensor of type u32 but found ` +
        `${values[i]} at ${i}`,
    );
  }
}

/** The smallest multiple of 4 that is at least `extent`. */
export function roundUp4(extent: number): number {
  return (extent + 3) & ~3;
}

/** Extent of the last dimension as stored on the GPU. */
export function pitch(shape: Shape): number {
  return roundUp4(shape.length === 0 ? 1 : shape[shape.length - 1]);
}

/** Number of elements as stored on the GPU, padding included. */
export function paddedCount(shape: Shape): number {
  const last = shape.length === 0 ? 1 : shape[shape.length - 1];
  return elementCount(shape) / last * pitch(shape);
}

/** Copies row-major values into the padded layout. */
export function padRows<T extends Float32Array | Uint32Array>(
  values: ArrayLike<number>,
  shape: Shape,
  into: T,
): T {
  const last = shape.length === 0 ? 1 : shape[shape.length - 1];
  const stride = pitch(shape);
  const rows = elementCount(shape) / last;
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < last; i++) into[row * stride + i] = values[row * last + i];
  }
  return into;
}

/** Copies the padded layout into row-major values. */
export function unpadRows(padded: ArrayLike<number>, shape: Shape): Float64Array {
  const last = shape.length === 0 ? 1 : shape[shape.length - 1];
  const stride = pitch(shape);
  const rows = elementCount(shape) / last;
  const values = new Float64Array(rows * last);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < last; i++) values[row * last + i] = padded[row * stride + i];
  }
  return values;
}
