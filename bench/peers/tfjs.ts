/**
 * TensorFlow.js on its WebGPU backend, in the engine's own layouts.
 *
 * @module
 */
import { type Contender, EPSILON, type Problem } from "../cases/types.ts";
import {
  batchNorm,
  finish,
  makeAveragePool,
  type Tf,
  type TfTensor,
  type WebGpuBackend,
} from "./tfjs_api.ts";
import { prepareTfjsStep } from "./tfjs_step.ts";
import { importPackage, LAZY_PASSES, type Peer, type PeerEntry, pinnedVersion } from "./types.ts";

/** A problem as a function of tfjs. */
interface Formula {
  readonly forward: (...inputs: TfTensor[]) => TfTensor;
  /** Tensors that `forward` refers to beside its inputs. */
  readonly constants: readonly TfTensor[];
}

function formulaOf(tf: Tf, { op, side, shapes: [[, h, w]] }: Problem): Formula {
  const plain = (forward: Formula["forward"]): Formula => ({ forward, constants: [] });
  switch (op) {
    case "conv2d":
      return plain((x, weight) => tf.conv2d(x, weight, 1, "same"));
    case "depthwise_conv2d":
      return plain((x, weight) => tf.depthwiseConv2d(x, weight, 1, "same"));
    case "max_pool":
      return plain((x) => tf.maxPool(x, side, 1, "same"));
    case "avg_pool": {
      const { pool, counts } = makeAveragePool(tf, h, w);
      return { forward: pool, constants: [counts] };
    }
    case "batch_norm":
      return plain((...inputs) => batchNorm(tf, inputs, EPSILON));
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
  const { forward, constants } = formulaOf(tf, problem);
  const gradients = tf.grads(forward);
  return {
    maxPasses: LAZY_PASSES,
    async run(passes) {
      // The output is computed and freed inside grads().
      for (let i = 0; i < passes; i++) tf.dispose(gradients(inputs, dy));
      await finish(backend);
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
      tf.dispose([...inputs, dy, ...constants]);
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
      prepareStep: (problem) => Promise.resolve().then(() => prepareTfjsStep(tf, backend, problem)),
    };
  },
};
