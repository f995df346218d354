/**
 * What an operation is: a shape rule, GPU kernels for both passes, and the f64 reference that
 * specifies them and serves as CPU backend.
 *
 * @module
 */
import type { OpCase, ReferenceOp } from "./reference/types.ts";
import { ShapeError } from "./errors.ts";
import type { Shape } from "./shape.ts";
import type { DType, Tensor } from "./tensor.ts";
import type { GpuRecorder } from "./webgpu/recorder.ts";

/** What the backward pass of an op receives. */
export interface BackwardContext<Attributes> {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** Tensors that the forward pass kept beside inputs and outputs. */
  readonly saved: readonly Tensor[];
  readonly attributes: Attributes;
  /** Whether the gradient of each input is wanted; others need not be computed. */
  readonly needs: readonly boolean[];
  /** The tensor to write the gradient of input `index` into: new, or a parameter's gradient. */
  into(index: number): Tensor;
}

/** One class of shapes with operands on the device, to find the fastest of several kernels. */
export interface TuningProblem {
  /** Names of the kernels to try, that which runs untuned first. All give equal bits. */
  readonly candidates: readonly string[];
  record(candidate: string): void;
  /** Gives the operands back. */
  release(): void;
}

/** Makes the problem of a class, or returns null for the class of another op. */
export type OpTuning = (gpu: GpuRecorder, key: string) => TuningProblem | null;

/** The two passes as recorded GPU commands. */
export interface GpuPasses<Attributes> {
  forward(
    gpu: GpuRecorder,
    inputs: readonly Tensor[],
    attributes: Attributes,
  ): { readonly outputs: readonly Tensor[]; readonly saved: readonly Tensor[] };
  /**
   * Gradients of a scalar with respect to each input, null where not needed. `dys` holds its
   * gradients with respect to the outputs, null where an output was not used. A returned tensor may
   * be one of `dys`.
   */
  backward(
    gpu: GpuRecorder,
    dys: readonly (Tensor | null)[],
    context: BackwardContext<Attributes>,
  ): readonly (Tensor | null)[];
}

/** An operation on tensors. */
// deno-lint-ignore no-explicit-any
export interface Op<Attributes = any> {
  /** Field's name in snake_case, unique in the registry. */
  readonly name: string;
  /** Names of the inputs, in order; a last one that begins with `...` stands for one or more. */
  readonly inputs: readonly string[];
  /** Shapes of the outputs; throws {@link ShapeError} when inputs do not fit. */
  shape(inputs: readonly Shape[], attributes: Attributes): Shape[];
  /** Element types of the inputs where they are not all f32; those behind the last are f32. */
  readonly inputTypes?: readonly DType[];
  /** Null for the controller's operations, which run on the CPU backend alone (decision 0002). */
  readonly gpu: GpuPasses<Attributes> | null;
  readonly reference: ReferenceOp<Attributes>;
  /** Inputs on which tests, the doctor and the bench run the op. */
  readonly cases: readonly OpCase<Attributes>[];
  /** Bound of the relative error of the GPU against the reference; default 2e-5. */
  readonly tolerance?: number;
  /** Where the fastest of several kernels is found by measuring; see autotune.ts. */
  readonly tuning?: OpTuning;
}

/** An operation without GPU kernels: a `GpuBackend` refuses it with a `DeviceError`. */
// deno-lint-ignore no-explicit-any
export interface CpuOp<Attributes = any> extends Op<Attributes> {
  readonly gpu: null;
}

/** Declares an operation. */
export function defineOp<Attributes>(op: CpuOp<Attributes>): CpuOp<Attributes>;
export function defineOp<Attributes>(op: Op<Attributes>): Op<Attributes>;
export function defineOp<Attributes>(op: Op<Attributes>): Op<Attributes> {
  return op;
}

/** Throws a {@link ShapeError} unless there are as many tensors as `op` reads, each of its type. */
export function expectInputs(op: Op, tensors: readonly (Tensor | undefined)[]): void {
  const { name, inputs, inputTypes = [] } = op;
  const many = inputs[inputs.length - 1].startsWith("...");
  if (
    tensors.length < inputs.length || (!many && tensors.length > inputs.length) ||
    tensors.includes(undefined)
  ) {
    const count = inputs.length === 1 ? "input" : "inputs";
    const found = tensors.includes(undefined)
      ? `undefined in place of number ${tensors.indexOf(undefined)}`
      : tensors.length;
    throw new ShapeError(
      `${name}() expects ${many ? "at least " : ""}${inputs.length} ${count} ` +
        `(${inputs.join(", ")}) but found ${found}`,
    );
  }
  tensors.forEach((tensor, i) => {
    const expected = inputTypes[i] ?? "f32";
    if (tensor!.dtype === expected) return;
    throw new ShapeError(
      `${name}() expects ${inputs[Math.min(i, inputs.length - 1)]} of type ${expected} but found ` +
        `${tensor!.dtype}; give fromArray() the type "${expected}"`,
    );
  });
}
