/**
 * What a benchmark computes, in terms that every contender understands.
 *
 * @module
 */
import type { Shape } from "../../engine/shape.ts";

/** The operations that the bench knows to express in each peer. */
export type ProblemOp =
  | "conv2d"
  | "depthwise_conv2d"
  | "max_pool"
  | "avg_pool"
  | "batch_norm";

/**
 * One operation with its inputs, to be run forward and backward: SAME padding, stride 1, layouts of
 * docs/conventions.md. The peers convert the layout before the clock starts.
 */
export interface Problem {
  readonly op: ProblemOp;
  /** Activations `[n,h,w,c]`, then weights or scale and offset. */
  readonly shapes: readonly Shape[];
  readonly values: readonly Float32Array[];
  /** Gradient with respect to the output, which has the shape of the first input's pixels. */
  readonly dy: Float32Array;
  readonly dyShape: Shape;
  /** Side of the window; 1 for batch normalisation. */
  readonly side: number;
}

/** Added to the variance by every contender. */
export const EPSILON = 1e-5;

/** Something that can be timed. */
export interface Timed {
  /** Records `passes` passes or training steps, then waits until the device has done them. */
  run(passes: number): Promise<void>;
  /** Most passes of a run, for what holds all outputs until its end. */
  readonly maxPasses?: number;
  /** Processor milliseconds so far, for what computes in another process. */
  processorMs?(): number;
}

/** Something that runs a problem, forward and backward. */
export interface Contender extends Timed {
  /** The output, then the gradient of each input, row-major in the layouts of {@link Problem}. */
  results(): Promise<readonly Float64Array[]>;
  /** Frees what the contender holds on the device. */
  close(): void;
}

/** Something that trains a network. */
export interface StepContender extends Timed {
  /** Trains `steps` steps; the mean cross-entropy of the batch before each, in nats. */
  losses(steps: number): Promise<readonly number[]>;
  /** Frees what the contender holds on the device. */
  close(): void | Promise<void>;
}

/** A row of the table. */
export interface BenchCase {
  /** For example `conv3x3.train.A`. */
  readonly name: string;
  readonly unit: "GFLOP/s" | "ms";
  /** Floating-point operations of the three passes; 0 where the unit is ms. */
  readonly flops: number;
  /** Bytes that the passes must move at least: each input and output of each pass once. */
  readonly bytes: number;
  problem(): Problem;
}
