/**
 * Reference of batch normalisation with given statistics, with an optional ReLU behind it.
 *
 * `y = γ·(x − movingMean) / √(movingVariance + ε) + β`, then `max(y, 0)` with ReLU.
 *
 * @module
 */
import { map, rowsAndColumns, zeros } from "./nd_array.ts";
import type { OpCase, ReferenceOp } from "./types.ts";

/** Attributes of {@link batchNormInferenceReference}. */
export interface BatchNormInferenceAttributes {
  /** Added to the variance. */
  readonly epsilon: number;
  /** Applies a ReLU to the normalised values. */
  readonly relu: boolean;
}

/**
 * Inputs `x [...,c]`, `gamma`, `beta`, `movingMean`, `movingVariance`, each `[c]`; output
 * `y [...,c]`. The statistics have no gradient.
 */
export const batchNormInferenceReference: ReferenceOp<BatchNormInferenceAttributes, void> = {
  forward([x, gamma, beta, movingMean, movingVariance], { epsilon, relu }) {
    const { columns } = rowsAndColumns(x);
    const y = map(x, (value, i) => {
      const c = i % columns;
      const normal = (value - movingMean.data[c]) / Math.sqrt(movingVariance.data[c] + epsilon);
      const result = gamma.data[c] * normal + beta.data[c];
      return relu ? Math.max(result, 0) : result;
    });
    return { outputs: [y], saved: undefined };
  },

  backward(dys, { inputs, outputs: [y], attributes: { epsilon, relu } }) {
    const [x, gamma, beta, movingMean, movingVariance] = inputs;
    const { columns } = rowsAndColumns(x);
    const dx = zeros(x.shape);
    const dgamma = zeros(gamma.shape);
    const dbeta = zeros(beta.shape);
    dys[0]!.data.forEach((gradient, i) => {
      if (relu && !(y.data[i] > 0)) return;
      const c = i % columns;
      const deviation = Math.sqrt(movingVariance.data[c] + epsilon);
      dx.data[i] = gradient * gamma.data[c] / deviation;
      dgamma.data[c] += gradient * (x.data[i] - movingMean.data[c]) / deviation;
      dbeta.data[c] += gradient;
    });
    return [dx, dgamma, dbeta, null, null];
  },
};

/** Standard normal inputs, but a positive variance. */
function positiveVariance(index: number, count: number, random: () => number): Float64Array {
  return Float64Array.from(
    { length: count },
    () => index === 4 ? 0.5 + Math.abs(random()) : random(),
  );
}

/**
 * Inputs whose outputs stay away from the kink of the ReLU: x near ±1, gamma near 1, small beta and
 * mean, variance near 1.
 */
function awayFromKink(index: number, count: number, random: () => number): Float64Array {
  return Float64Array.from({ length: count }, () => {
    const value = random();
    const noise = 0.1 * Math.tanh(value);
    if (index === 0) return (value > 0 ? 1 : -1) + noise;
    return index === 1 || index === 4 ? 1 + noise : noise;
  });
}

/** Inputs on which every backend's batch normalisation with given statistics is checked. */
export const batchNormInferenceCases: OpCase<BatchNormInferenceAttributes>[] = [
  {
    name: "odd size",
    shapes: [[2, 7, 7, 3], [3], [3], [3], [3]],
    attributes: { epsilon: 1e-5, relu: false },
    fill: positiveVariance,
  },
  {
    name: "one channel",
    shapes: [[3, 5, 3, 1], [1], [1], [1], [1]],
    attributes: { epsilon: 1e-3, relu: false },
    fill: positiveVariance,
  },
  {
    name: "epsilon 0, three channels",
    shapes: [[2, 3, 5, 3], [3], [3], [3], [3]],
    attributes: { epsilon: 0, relu: false },
    fill: positiveVariance,
  },
  {
    name: "matrix, a single row",
    shapes: [[1, 5], [5], [5], [5], [5]],
    attributes: { epsilon: 1e-5, relu: false },
    fill: positiveVariance,
  },
  {
    name: "relu, 36 channels, size 17",
    shapes: [[1, 17, 17, 36], [36], [36], [36], [36]],
    attributes: { epsilon: 1e-5, relu: true },
    fill: awayFromKink,
  },
  {
    name: "relu, odd size",
    shapes: [[2, 7, 5, 3], [3], [3], [3], [3]],
    attributes: { epsilon: 1e-3, relu: true },
    fill: awayFromKink,
  },
];
