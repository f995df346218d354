/**
 * Batch normalisation with the statistics of the batch, and an optional ReLU behind it.
 *
 * `y = γ·(x − mean) / √(variance + ε) + β`, then `max(y, 0)` with `relu`
 *
 * Inputs `x [...,c]`, `gamma [c]`, `beta [c]`; outputs `y`, and `mean [c]` and the biased
 * `variance [c]` over all axes but the last. Gradients run through mean and variance, also those that
 * arrive at these outputs. With `moving` the forward pass also moves these averages, see
 * {@link MovingStatistics}.
 *
 * @module
 */
import { ShapeError } from "../errors.ts";
import { defineOp, type Op } from "../op.ts";
import {
  type BatchNormAttributes,
  batchNormCases,
  batchNormReference,
} from "../reference/batch_norm.ts";
import {
  type BatchNormInferenceAttributes,
  batchNormInferenceCases,
  batchNormInferenceReference,
} from "../reference/batch_norm_inference.ts";
import { formatShape, type Shape } from "../shape.ts";
import {
  recordApply,
  recordBackward,
  recordStatistics,
  recordStatisticsBackward,
} from "./_batch_norm_passes.ts";

function expectChannels(op: string, shapes: readonly Shape[]): void {
  const channels = shapes[0].at(-1);
  for (const shape of shapes.slice(1)) {
    if (shape.length !== 1 || shape[0] !== channels) {
      throw new ShapeError(
        `${op}() expects scale, offset and statistics of shape [${channels}] for x ${
          formatShape(shapes[0])
        } but found ${formatShape(shape)}`,
      );
    }
  }
}

/**
 * Batch normalisation with batch statistics: inputs `x [...,c]`, `gamma [c]`, `beta [c]`; outputs `y [...,c]`,
 * `mean [c]`, `variance [c]` (biased). Attributes: `epsilon`, `relu` for a rectifier behind it, `moving` for
 * averages that follow.
 */
export const batchNorm: Op<BatchNormAttributes> = defineOp({
  name: "batch_norm",
  inputs: ["x", "gamma", "beta"],
  shape(shapes, { moving }) {
    const averages = moving === undefined ? [] : [moving.mean.shape, moving.variance.shape];
    expectChannels("batch_norm", [...shapes, ...averages]);
    const channels = [shapes[0][shapes[0].length - 1]];
    return [[...shapes[0]], channels, channels];
  },
  gpu: {
    forward(gpu, [x, gamma, beta], attributes) {
      const { mean, variance } = recordStatistics(gpu, x, attributes.moving);
      const y = recordApply(gpu, x, { gamma, beta, mean, variance }, attributes);
      return { outputs: [y, mean, variance], saved: [] };
    },
    backward(
      gpu,
      [dy, ...arriving],
      { inputs: [x, gamma, beta], outputs: [, mean, variance], attributes, into },
    ) {
      const channels = { gamma, beta, mean, variance };
      const gradients = dy === null
        ? [0, 1, 2].map(into)
        : recordBackward(gpu, dy, x, channels, attributes, into, true);
      if (dy === null) { for (const unused of gradients.slice(1)) gpu.clear(unused); }
      if (arriving.some((gradient) => gradient !== null)) {
        const [dx] = gradients;
        recordStatisticsBackward(gpu, { x, mean }, arriving, dx, dy !== null);
      }
      return gradients;
    },
  },
  reference: batchNormReference,
  cases: batchNormCases,
  tolerance: 1e-4,
});

/**
 * Batch normalisation with given statistics: inputs `x [...,c]`, `gamma`, `beta`, `movingMean`,
 * `movingVariance` `[c]`; output `y`. The statistics get no gradient.
 */
export const batchNormInference: Op<BatchNormInferenceAttributes> = defineOp({
  name: "batch_norm_inference",
  inputs: ["x", "gamma", "beta", "movingMean", "movingVariance"],
  shape(shapes) {
    expectChannels("batch_norm_inference", shapes);
    return [[...shapes[0]]];
  },
  gpu: {
    forward(gpu, [x, gamma, beta, mean, variance], attributes) {
      const y = recordApply(gpu, x, { gamma, beta, mean, variance }, attributes);
      return { outputs: [y], saved: [] };
    },
    backward(gpu, [dy], { inputs: [x, gamma, beta, mean, variance], attributes, into }) {
      const channels = { gamma, beta, mean, variance };
      return [...recordBackward(gpu, dy!, x, channels, attributes, into, false), null, null];
    },
  },
  reference: batchNormInferenceReference,
  cases: batchNormInferenceCases,
  tolerance: 1e-4,
});
