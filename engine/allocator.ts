/**
 * Where tensors come from: what every backend does with them.
 *
 * @module
 */
import type { Shape } from "./shape.ts";
import type { DType, Tensor } from "./tensor.ts";

/** Makes, fills and releases tensors. */
export interface Allocator {
  /** Most bytes of one tensor; what is larger has to be split. Infinity on the CPU. */
  readonly largestBinding: number;
  /**
   * A new tensor with arbitrary contents (zeros on the CPU). Throws a `ShapeError` where an extent is
   * no positive whole number.
   */
  allocate(shape: Shape, dtype?: DType): Tensor;
  /** Gives the storage of a tensor made by {@link Allocator.allocate} or an op back. */
  release(tensor: Tensor): void;
  /** Releases, at its end, every tensor allocated inside `body` that was not kept or released. */
  scope<T>(body: () => T): T;
  /** Lets a tensor outlive the scopes it was allocated in. */
  keep(tensor: Tensor): Tensor;
  /** Number of elements that hold the values of a shape, padding included where there is any. */
  storedCount(shape: Shape): number;
  /** The tensor whose {@link Allocator.storedCount} elements of `block` begin at number `first`. */
  slice(block: Tensor, first: number, shape: Shape): Tensor;
  /**
   * A tensor with the given row-major values, `f32` by default. Throws a `ShapeError` for another
   * number of values than the shape has elements, and for values that a `u32` does not hold.
   */
  fromArray(values: ArrayLike<number>, shape: Shape, dtype?: DType): Tensor;
  /** Overwrites a tensor with row-major values; throws as {@link Allocator.fromArray} does. */
  write(tensor: Tensor, values: ArrayLike<number>): void;
  /** Fills a tensor with zeros. */
  clear(tensor: Tensor): void;
}
