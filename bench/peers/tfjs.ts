/**
 * TensorFlow.js on its WebGPU backend, in the engine's own layouts.
 *
 * @module
 */
import { type Contender, EPSILON, type Problem } from "../cases/types.ts";
import { importPackage, type Peer, type PeerEntry, pinnedVersion } from "./types.ts";

interface TfTensor {
  data(): Promise<Float32Array>;
  dispose(): void;
}

interface WebGpuBackend {
  readonly device: GPUDevice & { readonly adapterInfo?: GPUAdapterInfo };
  /** Null when nothing was recorded since the last submit. */
  readonly commandEncoder: GPUCommandEncoder | null;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

interface Tf {
  setBackend(name: "webgpu"): Promise<boolean>;
  ready(): Promise<void>;
  backend(): unknown;
  tensor(values: Float32Array, shape: readonly number[]): TfTensor;
  tidy<T>(body: () => T): T;
  dispose(tensors: readonly TfTensor[]): void;
  grads(
    f: (...inputs: TfTensor[]) => TfTensor,
  ): (inputs: readonly TfTensor[], dy: TfTensor) => TfTensor[];
  conv2d(
    x: TfTensor,
    weight: TfTensor,
    stride: number,
    padding: "same",
  ): TfTensor;
  depthwiseConv2d(
    x: TfTensor,
    weight: TfTensor,
    stride: number,
    padding: "same",
  ): TfTensor;
  maxPool(x: TfTensor, side: number, stride: number, padding: "same"): TfTensor;
  avgPool(x: TfTensor, side: number, stride: number, padding: "same"): TfTensor;
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

function formulaOf(
  tf: Tf,
  { op, side }: Problem,
): (...inputs: TfTensor[]) => TfTensor {
  switch (op) {
    case "conv2d":
      return (x, weight) => tf.conv2d(x, weight, 1, "same");
    case "depthwise_conv2d":
      return (x, weight) => tf.depthwiseConv2d(x, weight, 1, "same");
    case "max_pool":
      return (x) => tf.maxPool(x, side, 1, "same");
    case "avg_pool":
      return (x) => tf.avgPool(x, side, 1, "same");
    case "batch_norm":
      return (x, gamma, beta) => {
        const { mean, variance } = tf.moments(x, [0, 1, 2]);
        return tf.batchNorm(x, mean, variance, beta, gamma, EPSILON);
      };
  }
}

function prepare(tf: Tf, backend: WebGpuBackend, problem: Problem): Contender {
  const inputs = problem.values.map((data, i) => {
    const shape = problem.shapes[i];
    return tf.tensor(
      data,
      problem.op === "depthwise_conv2d" && i === 1 ? [...shape, 1] : shape,
    );
  });
  const dy = tf.tensor(problem.dy, problem.dyShape);
  const forward = formulaOf(tf, problem);
  const gradients = tf.grads(forward);
  return {
    async run(passes) {
      // The output is computed and freed inside grads().
      for (let i = 0; i < passes; i++) tf.dispose(gradients(inputs, dy));
      backend.endComputePassEncoder();
      if (backend.commandEncoder !== null) backend.submitQueue();
      await backend.device.queue.onSubmittedWorkDone();
    },
    async results() {
      const made = tf.tidy(
        () => [forward(...inputs), ...gradients(inputs, dy)],
      );
      const values = await Promise.all(made.map((tensor) => tensor.data()));
      tf.dispose(made);
      return values.map((data) => Float64Array.from(data));
    },
    close() {
      tf.dispose([...inputs, dy]);
    },
  };
}

/** The peer. */
export const tfjs: PeerEntry = {
  name: "tfjs",
  async load(): Promise<Peer> {
    // The union package registers the gradients that tfjs-core alone lacks.
    const tf = await importPackage<Tf>("@tensorflow/tfjs");
    await importPackage("@tensorflow/tfjs-backend-webgpu");
    if (!await tf.setBackend("webgpu")) {
      throw new TypeError(
        "Expected tfjs to open its webgpu backend but it refused",
      );
    }
    await tf.ready();
    const backend = tf.backend() as WebGpuBackend;
    return {
      name: "tfjs",
      version: await pinnedVersion("@tensorflow/tfjs-backend-webgpu"),
      adapter: backend.device.adapterInfo?.description ?? "unknown adapter",
      prepare: (problem) => Promise.resolve().then(() => prepare(tf, backend, problem)),
    };
  },
};
