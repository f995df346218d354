/**
 * The registry: every operation, by the order of its name. Tests, the doctor and the bench run over
 * this list.
 *
 * @module
 */
import type { Op } from "../op.ts";
import { add } from "./add.ts";
import { avgPool } from "./avg_pool.ts";
import { batchNorm, batchNormInference } from "./batch_norm.ts";
import { concat } from "./concat.ts";
import { conv2d } from "./conv2d.ts";
import { depthwiseConv2d } from "./depthwise_conv2d.ts";
import { dropPath } from "./drop_path.ts";
import { dropout } from "./dropout.ts";
import { embedding } from "./embedding.ts";
import { factorizedReduction } from "./factorized_reduction.ts";
import { flatten } from "./flatten.ts";
import { globalAvgPool } from "./global_avg_pool.ts";
import { lstmCell } from "./lstm_cell.ts";
import { matmul } from "./matmul.ts";
import { maxPool } from "./max_pool.ts";
import { multiply } from "./multiply.ts";
import { relu } from "./relu.ts";
import { reshape } from "./reshape.ts";
import { scale } from "./scale.ts";
import { sigmoid } from "./sigmoid.ts";
import { softmax } from "./softmax.ts";
import { softmaxCrossEntropy } from "./softmax_cross_entropy.ts";
import { sum } from "./sum.ts";
import { tanh } from "./tanh.ts";

export {
  add,
  avgPool,
  batchNorm,
  batchNormInference,
  concat,
  conv2d,
  depthwiseConv2d,
  dropout,
  dropPath,
  embedding,
  factorizedReduction,
  flatten,
  globalAvgPool,
  lstmCell,
  matmul,
  maxPool,
  multiply,
  relu,
  reshape,
  scale,
  sigmoid,
  softmax,
  softmaxCrossEntropy,
  sum,
  tanh,
};

/** Every operation of the engine. */
export const OPS: readonly Op[] = [
  add,
  avgPool,
  batchNorm,
  batchNormInference,
  concat,
  conv2d,
  depthwiseConv2d,
  dropPath,
  dropout,
  embedding,
  factorizedReduction,
  flatten,
  globalAvgPool,
  lstmCell,
  matmul,
  maxPool,
  multiply,
  relu,
  reshape,
  scale,
  sigmoid,
  softmax,
  softmaxCrossEntropy,
  sum,
  tanh,
];
