/**
 * The interface that the tape, parameters and optimisers need of a backend.
 *
 * @module
 */
import type { Allocator } from "./allocator.ts";
import type { DeviceProfile } from "./measure/profiler.ts";
import type { Op } from "./op.ts";
import type { Tensor } from "./tensor.ts";
import type { GpuRecorder } from "./webgpu/recorder.ts";

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

/** What is no operation, for either backend. */
export interface Ways<T> {
  /** Records kernels. */
  gpu(gpu: GpuRecorder): T;
  /** Computes with the `cpu` values of tensors. */
  cpu(): T;
}

/** Runs operations: `gpu` records WGSL kernels, `cpu` runs the f64 references. */
export interface Backend extends Allocator {
  readonly kind: "gpu" | "cpu";
  /** The number 1 as a tensor of shape `[1]`: the gradient of a loss with respect to itself. */
  readonly one: Tensor;
  /** Takes the way of this backend: the one place where the two part, beside operations. */
  choose<T>(ways: Ways<T>): T;
  /** Releases what a forward pass saved. */
  releaseSaved(saved: unknown): void;
  /**
   * The row-major values of a tensor at this point of the recording. On the GPU the promise
   * settles after the next {@link Backend.submit}; it rejects with what that submit throws, and with
   * what befalls the device before the values are here.
   */
  read(tensor: Tensor): Promise<Float64Array>;
  /** {@link Backend.read} of an f32 tensor as the backend holds it: without rounding, with padding. */
  readStored(tensor: Tensor): Promise<Float32Array | Float64Array>;
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
  /** What was measured so far; null unless the backend was opened to measure. */
  profile(): Promise<DeviceProfile | null>;
  /** Waits for what was submitted and gives everything back. The backend cannot be used after. */
  close(): Promise<void>;
}
