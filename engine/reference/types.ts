/**
 * The contract of a reference operation: plain f64 loops that are both the specification of a GPU
 * kernel and the CPU backend.
 *
 * @module
 */
import type { Shape } from "../shape.ts";

/** A dense row-major array without padding. Labels and indices are stored as whole numbers. */
export interface NdArray {
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** What `backward` receives from the forward pass. */
export interface ReferenceContext<Attributes, Saved> {
  readonly inputs: readonly NdArray[];
  readonly outputs: readonly NdArray[];
  readonly saved: Saved;
  readonly attributes: Attributes;
  /** Whether the gradient of each input is wanted; an op may leave out the others. Default: all are. */
  readonly needs?: readonly boolean[];
  /**
   * The sum of the gradients of input `index` over several ops. An op that adds its own to it returns
   * null for this input: large weights that many ops share then need no array for each of them.
   */
  readonly sumOf?: (index: number) => NdArray;
}

/** An operation as f64 loops. `Saved` is whatever the backward pass needs beside inputs and outputs. */
// deno-lint-ignore no-explicit-any
export interface ReferenceOp<Attributes = any, Saved = any> {
  /**
   * Computes the outputs. For inputs that passed the op's shape rule it throws a `ShapeError` for
   * labels and indices out of range, and nothing else.
   */
  forward(
    inputs: readonly NdArray[],
    attributes: Attributes,
  ): { outputs: NdArray[]; saved: Saved };
  /**
   * Gradients of a scalar with respect to each input, given its gradients `dys` with respect to
   * each output (`null` where the output does not matter). `null` for inputs without a gradient.
   */
  backward(
    dys: readonly (NdArray | null)[],
    context: ReferenceContext<Attributes, Saved>,
  ): (NdArray | null)[];
}

/** One set of inputs on which an operation is checked, on every backend. */
export interface OpCase<Attributes> {
  /** Short name, e.g. `stride 2, odd size`. */
  readonly name: string;
  readonly shapes: readonly Shape[];
  readonly attributes: Attributes;
  /**
   * Makes input `index`; by default standard normal numbers from a seeded generator. For label
   * inputs, and to keep points away from kinks.
   */
  readonly fill?: (index: number, count: number, random: () => number) => Float64Array;
}
