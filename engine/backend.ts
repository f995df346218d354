/**
 * The interface that the tape, parameters and optimisers need of a backend.
 *
 * @module
 */
import type { Op } from "./op.ts";
import type { Shape } from "./shape.ts";
import type { DType, Tensor } from "./tensor.ts";

/** Result of a forward pass on any backend. */
export interface ForwardResult {
  readonly outputs: readonly Tensor[];
  /** Opaque to the tape; handed to the backward pass of the same backend. */
  readonly saved: unknown;
}

/** What the tape hands to a backend's backward pass. */
export interface TapeContext {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly saved: unknown;
  readonly attributes: unknown;
  readonly needs: readonly boolean[];
  into(index: number): Tensor;
  /**
   * The sum of the gradients of input `index` that ops have gathered here; zeros at first. A backend
   * that adds its gradient to it returns null for this input.
   */
  sumOf?(index: number): Tensor;
}

/** Runs operations: `gpu` records WGSL kernels, `cpu` runs the f64 references. */
export interface Backend {
  readonly kind: "gpu" | "cpu";
  /** The number 1 as a tensor of shape `[1]`: the gradient of a loss with respect to itself. */
  readonly one: Tensor;
  /** Most bytes of one tensor; what is larger has to be split. Infinity on the CPU. */
  readonly largestBinding: number;
  /**
   * A new tensor with arbitrary contents (zeros on the CPU). Throws a `ShapeError` where an extent is
   * no positive whole number.
   */
  allocate(shape: Shape, dtype?: DType): Tensor;
  /** Gives the storage of a tensor made by {@link Backend.allocate} or an op back. */
  release(tensor: Tensor): void;
  /** Releases what a forward pass saved. */
  releaseSaved(saved: unknown): void;
  /** Releases, at its end, every tensor allocated inside `body` that was not kept or released. */
  scope<T>(body: () => T): T;
  /** Lets a tensor outlive the scopes it was allocated in. */
  keep(tensor: Tensor): Tensor;
  /**
   * A tensor with the given row-major values, `f32` by default. Throws a `ShapeError` for another
   * number of values than the shape has elements, and for values that a `u32` does not hold.
   */
  fromArray(values: ArrayLike<number>, shape: Shape, dtype?: DType): Tensor;
  /** Overwrites a tensor with row-major values; throws as {@link Backend.fromArray} does. */
  write(tensor: Tensor, values: ArrayLike<number>): void;
  /**
   * The row-major values of a tensor at this point of the recording. On the GPU the promise
   * settles after the next {@link Backend.submit}; it rejects with what that submit throws, and with
   * what befalls the device before the values are here.
   */
  read(tensor: Tensor): Promise<Float64Array>;
  /** {@link Backend.read} and {@link Backend.submit} together. */
  toArray(tensor: Tensor): Promise<Float64Array>;
  /** Sends recorded work to the device; nothing to do on the CPU. */
  submit(): void;
  /**
   * Names what is recorded from here on, and the epoch it belongs to, for a profile. Changes no
   * result.
   */
  phase(name: string, epoch?: number): void;
  /** Runs one op after its shape rule passed. */
  forward(op: Op, inputs: readonly Tensor[], attributes: unknown): ForwardResult;
  /** Gradients with respect to the inputs, null where not needed. */
  backward(
    op: Op,
    dys: readonly (Tensor | null)[],
    context: TapeContext,
  ): readonly (Tensor | null)[];
  /** Writes the sum of one or more tensors into `into`, in the given order. */
  accumulate(tensors: readonly Tensor[], into: Tensor): void;
}
