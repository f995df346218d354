/**
 * The part of tfjs that the bench uses, and what both its operations and its networks need.
 *
 * @module
 */
import { inverseCounts } from "./windows.ts";

/** A tensor of tfjs. */
export interface TfTensor {
  readonly shape: readonly number[];
  data(): Promise<Float32Array>;
  dispose(): void;
}

/** The part of its WebGPU backend that ends a sample. */
export interface WebGpuBackend {
  readonly device: GPUDevice & { readonly adapterInfo?: GPUAdapterInfo };
  /** Null when nothing was recorded since the last submit. */
  readonly commandEncoder: GPUCommandEncoder | null;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

/** The module. */
export interface Tf {
  setBackend(name: "webgpu"): Promise<boolean>;
  ready(): Promise<void>;
  backend(): unknown;
  tensor(values: Float32Array, shape: readonly number[]): TfTensor;
  tidy<T>(body: () => T): T;
  dispose(tensors: readonly TfTensor[]): void;
  grads(
    f: (...inputs: TfTensor[]) => TfTensor,
  ): (inputs: readonly TfTensor[], dy: TfTensor) => TfTensor[];
  valueAndGrads(
    f: (...inputs: TfTensor[]) => TfTensor,
  ): (inputs: readonly TfTensor[]) => { readonly value: TfTensor; readonly grads: TfTensor[] };
  add(a: TfTensor, b: TfTensor): TfTensor;
  sub(a: TfTensor, b: TfTensor): TfTensor;
  mul(a: TfTensor, b: TfTensor | number): TfTensor;
  sum(x: TfTensor): TfTensor;
  mean(x: TfTensor, axes: readonly number[]): TfTensor;
  relu(x: TfTensor): TfTensor;
  logSoftmax(x: TfTensor): TfTensor;
  concat(parts: readonly TfTensor[], axis: number): TfTensor;
  slice(x: TfTensor, begin: readonly number[], size: readonly number[]): TfTensor;
  matMul(a: TfTensor, b: TfTensor): TfTensor;
  conv2d(
    x: TfTensor,
    weight: TfTensor,
    stride: number,
    padding: "same" | "valid",
  ): TfTensor;
  depthwiseConv2d(
    x: TfTensor,
    weight: TfTensor,
    stride: number,
    padding: "same",
  ): TfTensor;
  maxPool(x: TfTensor, side: number, stride: number, padding: "same"): TfTensor;
  avgPool(x: TfTensor, side: number, stride: number, padding: "valid"): TfTensor;
  pad(x: TfTensor, width: readonly (readonly [number, number])[]): TfTensor;
  moments(
    x: TfTensor,
    axes: readonly number[],
  ): { mean: TfTensor; variance: TfTensor };
  batchNorm(
    x: TfTensor,
    mean: TfTensor,
    variance: TfTensor,
    offset: TfTensor,
    scale: TfTensor,
    epsilon: number,
  ): TfTensor;
}

/** A batch norm with batch statistics. */
export function batchNorm(
  tf: Tf,
  [x, gamma, beta]: readonly TfTensor[],
  epsilon: number,
): TfTensor {
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  return tf.batchNorm(x, mean, variance, beta, gamma, epsilon);
}

/**
 * A 3x3 average pool of stride 1 over images of `h` by `w` pixels. The gradient of tfjs's own SAME
 * divides by 9 at the edges too, where fewer pixels were averaged; so zeros are added first and the
 * means corrected. `counts` must be disposed.
 */
export function makeAveragePool(tf: Tf, h: number, w: number): {
  readonly pool: (x: TfTensor) => TfTensor;
  readonly counts: TfTensor;
} {
  const counts = tf.tensor(inverseCounts(h, w).map((share) => 9 * share), [1, h, w, 1]);
  const border = [[0, 0], [1, 1], [1, 1], [0, 0]] as const;
  return {
    pool: (x) => tf.mul(tf.avgPool(tf.pad(x, border), 3, 1, "valid"), counts),
    counts,
  };
}

/** Submits what was recorded and waits until the device has done it. */
export async function finish(backend: WebGpuBackend): Promise<void> {
  backend.endComputePassEncoder();
  if (backend.commandEncoder !== null) backend.submitQueue();
  await backend.device.queue.onSubmittedWorkDone();
}
