/**
 * The part of jax-js that the bench uses, and what both its operations and its networks need.
 *
 * Arrays are lazy and counted: a use consumes a reference, `.ref` makes one.
 *
 * @module
 */
import { permute } from "../layout.ts";
import { frame, inverseCounts } from "./windows.ts";

/** An array of jax-js, or a tracer of one. */
export interface JaxArray {
  readonly ref: JaxArray;
  add(other: JaxArray): JaxArray;
  sub(other: JaxArray): JaxArray;
  mul(other: JaxArray | number): JaxArray;
  readonly shape: readonly number[];
  reshape(shape: readonly number[]): JaxArray;
  slice(...index: readonly (readonly [] | readonly [number])[]): JaxArray;
  data(): Promise<ArrayLike<number>>;
  dispose(): void;
}

/** A compiled function. */
export type Jitted = ((...inputs: JaxArray[]) => JaxArray[]) & { dispose(): void };
type PullBack = ((dy: JaxArray) => JaxArray[]) & { dispose(): void };

/** The module. */
export interface Jax {
  init(device: "webgpu"): Promise<readonly string[]>;
  defaultDevice(device: "webgpu"): void;
  getWebGPUDevice(): GPUDevice & { readonly adapterInfo?: GPUAdapterInfo };
  jit(step: (...inputs: JaxArray[]) => JaxArray[]): Jitted;
  vjp(
    f: (...inputs: JaxArray[]) => JaxArray,
    inputs: JaxArray[],
  ): [JaxArray, PullBack];
  valueAndGrad(
    f: (...inputs: JaxArray[]) => JaxArray,
    options: { readonly argnums: number[] },
  ): (...inputs: JaxArray[]) => [JaxArray, JaxArray[]];
  blockUntilReady(arrays: JaxArray[]): Promise<unknown>;
  readonly numpy: {
    array(values: Float32Array, options: { shape: readonly number[] }): JaxArray;
    pad(x: JaxArray, width: readonly (readonly [number, number])[]): JaxArray;
    max(x: JaxArray): JaxArray;
    sum(x: JaxArray): JaxArray;
    mean(x: JaxArray, axes: readonly number[]): JaxArray;
    concatenate(parts: readonly JaxArray[], axis: number): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
  };
  readonly nn: {
    relu(x: JaxArray): JaxArray;
    logSoftmax(x: JaxArray): JaxArray;
    standardize(
      x: JaxArray,
      axes: readonly number[],
      options: { epsilon: number },
    ): JaxArray;
  };
  readonly lax: {
    conv(
      x: JaxArray,
      weight: JaxArray,
      strides: readonly number[],
      padding: "SAME" | "VALID",
    ): JaxArray;
    convGeneralDilated(
      x: JaxArray,
      weight: JaxArray,
      strides: readonly number[],
      padding: "SAME",
      options: { featureGroupCount: number },
    ): JaxArray;
    reduceWindow(
      x: JaxArray,
      reduce: (window: JaxArray) => JaxArray,
      window: readonly number[],
    ): JaxArray;
  };
}

/** jax-js's axes, each as a number of the engine's: activations from NHWC. */
export const TO_NCHW = [0, 3, 1, 2];
/** The same for weights, from HWIO. */
export const TO_OIHW = [3, 2, 0, 1];
/** Pixels that SAME adds around an image for a 3x3 window. */
const BORDER = [[0, 0], [0, 0], [1, 1], [1, 1]] as const;

/** Uploads a row-major array after moving its axes. */
export function upload(
  jax: Jax,
  values: Float32Array,
  shape: readonly number[],
  axes: readonly number[],
): JaxArray {
  return jax.numpy.array(Float32Array.from(permute(values, shape, axes)), {
    shape: axes.map((axis) => shape[axis]),
  });
}

/** A batch norm with batch statistics of `c` channels. */
export function batchNorm(
  jax: Jax,
  [x, gamma, beta]: readonly JaxArray[],
  c: number,
  epsilon: number,
): JaxArray {
  return jax.nn.standardize(x, [0, 2, 3], { epsilon })
    .mul(gamma.reshape([1, c, 1, 1])).add(beta.reshape([1, c, 1, 1]));
}

/** A depthwise convolution of `c` channels. */
export function depthwise(jax: Jax, x: JaxArray, weight: JaxArray, c: number): JaxArray {
  return jax.lax.convGeneralDilated(x, weight, [1, 1], "SAME", { featureGroupCount: c });
}

/** A 3x3 pool of stride 1, and the array that it refers to beside its input. */
export interface JaxPool {
  readonly pool: (x: JaxArray) => JaxArray;
  readonly constant: JaxArray;
}

/** A pool of images of `h` by `w` pixels. */
export function makePool(jax: Jax, kind: "max" | "avg", h: number, w: number): JaxPool {
  const { numpy, lax } = jax;
  if (kind === "max") {
    const outside = numpy.array(frame(h, w, 0, -1e30), { shape: [h + 2, w + 2] });
    return {
      pool: (x) => lax.reduceWindow(numpy.pad(x, BORDER).add(outside.ref), numpy.max, [3, 3]),
      constant: outside,
    };
  }
  const share = numpy.array(inverseCounts(h, w), { shape: [h, w] });
  return {
    pool: (x) => lax.reduceWindow(numpy.pad(x, BORDER), numpy.sum, [3, 3]).mul(share.ref),
    constant: share,
  };
}
