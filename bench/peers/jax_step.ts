/**
 * A training step in jax-js: forward, loss, gradients and Nesterov update in one compiled function.
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
  depthwise,
  type Jax,
  type JaxArray,
  type JaxPool,
  makePool,
  TO_NCHW,
  TO_OIHW,
  upload,
} from "./jax_api.ts";

/** The pools of a network by kind and size, made before anything is traced. */
function poolsOf(jax: Jax, graph: StepGraph): Map<string, JaxPool> {
  const pools = new Map<string, JaxPool>();
  for (const { op, shape: [, h, w] } of graph.nodes) {
    if (op !== "max_pool" && op !== "avg_pool") continue;
    const kind = op === "max_pool" ? "max" : "avg";
    const key = `${kind} ${h}x${w}`;
    if (!pools.has(key)) pools.set(key, makePool(jax, kind, h, w));
  }
  return pools;
}

function libraryOf(jax: Jax, pools: ReadonlyMap<string, JaxPool>): StepLibrary<JaxArray> {
  return {
    again: (x) => x.ref,
    conv2d(x, weight, { attributes: { stride = 1, shift = 0 } }) {
      const read = shift === 1 ? x.slice([], [], [1], [1]) : x;
      return jax.lax.conv(read, weight, [stride, stride], stride === 1 ? "SAME" : "VALID");
    },
    depthwise: (x, weight) => depthwise(jax, x, weight, x.shape[1]),
    pool: (kind, x, { shape: [, h, w] }) => pools.get(`${kind} ${h}x${w}`)!.pool(x),
    batchNorm: (x, gamma, beta, { shape, attributes }) =>
      batchNorm(jax, [x, gamma, beta], shape[3], attributes.epsilon!),
    relu: (x) => jax.nn.relu(x),
    add: (a, b) => a.add(b),
    concat: (parts) => jax.numpy.concatenate(parts, 1),
    globalAverage: (x) => jax.numpy.mean(x, [2, 3]),
    matmul: (a, b) => jax.numpy.matmul(a, b),
  };
}

/** Shape and axes by which a parameter goes to jax-js. */
function layoutOf(shape: readonly number[]) {
  if (shape.length === 4) return { shape, axes: TO_OIHW };
  if (shape.length === 3) return { shape: [shape[0], shape[1], 1, shape[2]], axes: TO_OIHW };
  return { shape, axes: shape.map((_, axis) => axis) };
}

/** Puts a network on jax-js's device. */
export function prepareJaxStep(jax: Jax, problem: StepProblem): StepContender {
  const { graph, labels, classes, rate, momentum, l2 } = problem;
  const count = graph.parameters.length;
  const layouts = graph.parameters.map(({ shape }) => layoutOf(shape));
  let parameters = problem.parameters.map((data, i) =>
    upload(jax, data, layouts[i].shape, layouts[i].axes)
  );
  let velocities = problem.parameters.map((data, i) =>
    upload(jax, new Float32Array(data.length), layouts[i].shape, layouts[i].axes)
  );
  const images = upload(jax, problem.images, graph.images, TO_NCHW);
  const targets = jax.numpy.array(oneHot(labels, classes), { shape: [labels.length, classes] });
  const pools = poolsOf(jax, graph);
  const library = libraryOf(jax, pools);
  const loss = (...inputs: JaxArray[]) => {
    const [pixels, hot] = inputs.slice(count);
    const logits = runGraph(graph, library, pixels, inputs.slice(0, count));
    return jax.numpy.sum(jax.nn.logSoftmax(logits).mul(hot)).mul(-1 / labels.length);
  };
  const gradient = jax.valueAndGrad(loss, { argnums: Array.from({ length: count }, (_, i) => i) });
  const compiled = jax.jit((...inputs) => {
    const weights = inputs.slice(0, count);
    const old = inputs.slice(count, 2 * count);
    const [value, gradients] = gradient(
      ...weights.map((weight) => weight.ref),
      ...inputs.slice(2 * count),
    );
    const next = gradients.map((g, i) => {
      const decayed = g.add(weights[i].ref.mul(2 * l2));
      const velocity = old[i].mul(momentum).add(decayed.ref);
      const update = decayed.add(velocity.ref.mul(momentum)).mul(rate);
      return { weight: weights[i].sub(update), velocity };
    });
    return [value, ...next.map(({ weight }) => weight), ...next.map(({ velocity }) => velocity)];
  });
  const step = (): JaxArray => {
    const [value, ...state] = compiled(...parameters, ...velocities, images.ref, targets.ref);
    parameters = state.slice(0, count);
    velocities = state.slice(count);
    return value;
  };
  return {
    async run(steps) {
      const values: JaxArray[] = [];
      for (let i = 0; i < steps; i++) values.push(step());
      await jax.blockUntilReady([...values, ...parameters, ...velocities]);
      for (const value of values) value.dispose();
    },
    async losses(steps) {
      const values: number[] = [];
      for (let i = 0; i < steps; i++) values.push((await step().data())[0]);
      return values;
    },
    close() {
      compiled.dispose();
      const constants = [...pools.values()].map(({ constant }) => constant);
      for (const array of [...parameters, ...velocities, images, targets, ...constants]) {
        array.dispose();
      }
    },
  };
}
