/**
 * A training step in tfjs: `valueAndGrads` and a Nesterov update by hand, as its own optimiser does.
 *
 * @module
 */
import type { StepContender } from "../cases/types.ts";
import {
  oneHot,
  runGraph,
  type StepGraph,
  type StepLibrary,
  type StepProblem,
} from "../steps/graph.ts";
import {
  batchNorm,
  finish,
  makeAveragePool,
  type Tf,
  type TfTensor,
  type WebGpuBackend,
} from "./tfjs_api.ts";

type AveragePool = ReturnType<typeof makeAveragePool>;

function libraryOf(tf: Tf, averages: ReadonlyMap<string, AveragePool>): StepLibrary<TfTensor> {
  return {
    again: (x) => x,
    conv2d(x, weight, { attributes: { stride = 1, shift = 0 } }) {
      if (stride === 1) return tf.conv2d(x, weight, 1, "same");
      const [n, h, w, c] = x.shape;
      const read = shift === 1 ? tf.slice(x, [0, 1, 1, 0], [n, h - 1, w - 1, c]) : x;
      return tf.conv2d(read, weight, stride, "valid");
    },
    depthwise: (x, weight) => tf.depthwiseConv2d(x, weight, 1, "same"),
    pool: (kind, x, { shape: [, h, w] }) =>
      kind === "max" ? tf.maxPool(x, 3, 1, "same") : averages.get(`${h}x${w}`)!.pool(x),
    batchNorm: (x, gamma, beta, { attributes }) =>
      batchNorm(tf, [x, gamma, beta], attributes.epsilon!),
    relu: (x) => tf.relu(x),
    add: (a, b) => tf.add(a, b),
    concat: (parts) => tf.concat(parts, 3),
    globalAverage: (x) => tf.mean(x, [1, 2]),
    matmul: (a, b) => tf.matMul(a, b),
  };
}

/** The average pools of a network by size. */
function averagesOf(tf: Tf, graph: StepGraph): Map<string, AveragePool> {
  const averages = new Map<string, AveragePool>();
  for (const { op, shape: [, h, w] } of graph.nodes) {
    const key = `${h}x${w}`;
    if (op === "avg_pool" && !averages.has(key)) averages.set(key, makeAveragePool(tf, h, w));
  }
  return averages;
}

/** Puts a network on tfjs's device. */
export function prepareTfjsStep(
  tf: Tf,
  backend: WebGpuBackend,
  problem: StepProblem,
): StepContender {
  const { graph, labels, classes, rate, momentum, l2 } = problem;
  const count = graph.parameters.length;
  // Depthwise weights have a fourth axis there.
  const shapes = graph.parameters.map(({ shape }) => shape.length === 3 ? [...shape, 1] : shape);
  let parameters = problem.parameters.map((data, i) => tf.tensor(data, shapes[i]));
  let velocities = problem.parameters.map((data, i) =>
    tf.tensor(new Float32Array(data.length), shapes[i])
  );
  const images = tf.tensor(problem.images, graph.images);
  const targets = tf.tensor(oneHot(labels, classes), [labels.length, classes]);
  const averages = averagesOf(tf, graph);
  const library = libraryOf(tf, averages);
  const loss = tf.valueAndGrads((...weights) => {
    const logits = runGraph(graph, library, images, weights);
    return tf.mul(tf.sum(tf.mul(tf.logSoftmax(logits), targets)), -1 / labels.length);
  });
  const step = (): TfTensor => {
    const old = [...parameters, ...velocities];
    const [value, ...state] = tf.tidy(() => {
      const { value, grads } = loss(parameters);
      const next = grads.map((gradient, i) => {
        const decayed = tf.add(gradient, tf.mul(parameters[i], 2 * l2));
        const velocity = tf.add(tf.mul(velocities[i], momentum), decayed);
        const update = tf.mul(tf.add(decayed, tf.mul(velocity, momentum)), rate);
        return { weight: tf.sub(parameters[i], update), velocity };
      });
      return [value, ...next.map(({ weight }) => weight), ...next.map(({ velocity }) => velocity)];
    });
    tf.dispose(old);
    parameters = state.slice(0, count);
    velocities = state.slice(count);
    return value;
  };
  return {
    async run(steps) {
      for (let i = 0; i < steps; i++) step().dispose();
      await finish(backend);
    },
    async losses(steps) {
      const values: number[] = [];
      for (let i = 0; i < steps; i++) {
        const value = step();
        values.push((await value.data())[0]);
        value.dispose();
      }
      return values;
    },
    close() {
      const constants = [...averages.values()].map(({ counts }) => counts);
      tf.dispose([...parameters, ...velocities, images, targets, ...constants]);
    },
  };
}
