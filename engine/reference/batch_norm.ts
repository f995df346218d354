/**
 * Reference of batch normalisation with batch statistics, with an optional ReLU behind it.
 *
 * Over the R rows of x seen as a matrix `[R,c]`:
 *
 * ```text
 * mean = Σ x / R        variance = Σ (x − mean)² / R        x̂ = (x − mean) / √(variance + ε)
 * y = γ·x̂ + β           (then max(y, 0) with ReLU)
 * dβ = Σ dy             dγ = Σ dy·x̂
 * dx = γ / √(variance + ε) · (dy − dβ / R − x̂ · dγ / R) + (dmean + 2·(x − mean)·dvariance) / R
 * ```
 *
 * The variance is the biased one, and dy is already zero where the ReLU is. With `moving`, the forward
 * pass also moves these averages.
 *
 * @module
 */
import { moveStatistics, type MovingStatistics } from "../moving_statistics.ts";
import { map, rowsAndColumns, zeros } from "./nd_array.ts";
import type { NdArray, OpCase, ReferenceOp } from "./types.ts";

/** Attributes of {@link batchNormReference}. */
export interface BatchNormAttributes {
  /** Added to the variance. */
  readonly epsilon: number;
  /** Applies a ReLU to the normalised values. */
  readonly relu: boolean;
  /** Averages that follow the batches; absent for none. */
  readonly moving?: MovingStatistics;
}

/** Sum over all axes but the last. */
function columnSums(x: NdArray): Float64Array {
  const { columns } = rowsAndColumns(x);
  const sums = new Float64Array(columns);
  x.data.forEach((value, i) => sums[i % columns] += value);
  return sums;
}

/**
 * Inputs `x [...,c]`, `gamma [c]`, `beta [c]`; outputs `y [...,c]`, `mean [c]`, `variance [c]`
 * (biased). The gradient passes through the statistics.
 */
export const batchNormReference: ReferenceOp<BatchNormAttributes, void> = {
  forward([x, gamma, beta], { epsilon, relu, moving }) {
    const { rows, columns } = rowsAndColumns(x);
    const mean: NdArray = { shape: [columns], data: columnSums(x).map((sum) => sum / rows) };
    const squares = map(x, (value, i) => (value - mean.data[i % columns]) ** 2);
    const variance: NdArray = {
      shape: [columns],
      data: columnSums(squares).map((sum) => sum / rows),
    };
    if (moving !== undefined) moveStatistics(moving, mean.data, variance.data, rows);
    const y = map(x, (value, i) => {
      const c = i % columns;
      const normal = (value - mean.data[c]) / Math.sqrt(variance.data[c] + epsilon);
      const result = gamma.data[c] * normal + beta.data[c];
      return relu ? Math.max(result, 0) : result;
    });
    return { outputs: [y, mean, variance], saved: undefined };
  },

  backward(dys, { inputs: [x, gamma], outputs: [y, mean, variance], attributes }) {
    const { rows, columns } = rowsAndColumns(x);
    const [arriving, dmean, dvariance] = [dys[0] ?? zeros(y.shape), dys[1], dys[2]];
    const dy = attributes.relu
      ? map(arriving, (gradient, i) => y.data[i] > 0 ? gradient : 0)
      : arriving;
    const deviation = variance.data.map((value) => Math.sqrt(value + attributes.epsilon));
    const normal = map(x, (value, i) => (value - mean.data[i % columns]) / deviation[i % columns]);

    const dbeta: NdArray = { shape: [columns], data: columnSums(dy) };
    const dgamma: NdArray = {
      shape: [columns],
      data: columnSums(map(dy, (gradient, i) => gradient * normal.data[i])),
    };
    const dx = zeros(x.shape);
    for (let i = 0; i < dx.data.length; i++) {
      const c = i % columns;
      const centred = dy.data[i] - dbeta.data[c] / rows - normal.data[i] * dgamma.data[c] / rows;
      dx.data[i] = gamma.data[c] / deviation[c] * centred;
      if (dmean) dx.data[i] += dmean.data[c] / rows;
      if (dvariance) dx.data[i] += 2 * (x.data[i] - mean.data[c]) * dvariance.data[c] / rows;
    }
    return [dx, dgamma, dbeta];
  },
};

/**
 * Fills x with numbers near ±1 (the sign alternates from row to row), gamma with numbers from 0.9
 * to 1.1 and beta with numbers from −0.2 to 0.2: no output comes near the kink of the ReLU.
 */
function awayFromKink(channels: number): NonNullable<OpCase<BatchNormAttributes>["fill"]> {
  return (index, count, random) =>
    Float64Array.from({ length: count }, (_, i) => {
      const noise = Math.tanh(random());
      if (index === 1) return 1 + 0.1 * noise;
      if (index === 2) return 0.2 * noise;
      return (Math.floor(i / channels) % 2 === 0 ? 1 : -1) + 0.3 * noise;
    });
}

/** Inputs on which every backend's batch normalisation is checked. */
export const batchNormCases: OpCase<BatchNormAttributes>[] = [
  {
    name: "odd size",
    shapes: [[2, 7, 7, 3], [3], [3]],
    attributes: { epsilon: 1e-5, relu: false },
  },
  {
    name: "one channel",
    shapes: [[3, 5, 3, 1], [1], [1]],
    attributes: { epsilon: 1e-5, relu: false },
  },
  {
    name: "matrix, large epsilon",
    shapes: [[17, 5], [5], [5]],
    attributes: { epsilon: 1e-3, relu: false },
  },
  {
    name: "36 channels, size 17",
    shapes: [[2, 17, 17, 36], [36], [36]],
    attributes: { epsilon: 1e-5, relu: false },
  },
  {
    name: "mean far from zero",
    shapes: [[3, 7, 5, 5], [5], [5]],
    attributes: { epsilon: 1e-5, relu: false },
    fill: (index, count, random) =>
      Float64Array.from({ length: count }, () => random() + (index === 0 ? 10 : 0)),
  },
  {
    name: "a single row",
    shapes: [[1, 1, 1, 5], [5], [5]],
    attributes: { epsilon: 1e-5, relu: false },
  },
  {
    name: "epsilon 0, five channels",
    shapes: [[2, 3, 5, 5], [5], [5]],
    attributes: { epsilon: 0, relu: false },
  },
  {
    name: "relu, odd size",
    shapes: [[2, 7, 7, 3], [3], [3]],
    attributes: { epsilon: 1e-5, relu: true },
    fill: awayFromKink(3),
  },
  {
    name: "relu, one channel",
    shapes: [[3, 5, 5, 1], [1], [1]],
    attributes: { epsilon: 1e-5, relu: true },
    fill: awayFromKink(1),
  },
  {
    name: "relu, 36 channels",
    shapes: [[1, 7, 17, 36], [36], [36]],
    attributes: { epsilon: 1e-3, relu: true },
    fill: awayFromKink(36),
  },
];
