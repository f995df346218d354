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

export type { AvgPoolAttributes } from "../reference/avg_pool.ts";
export type { BatchNormAttributes } from "../reference/batch_norm.ts";
export type { BatchNormInferenceAttributes } from "../reference/batch_norm_inference.ts";
export type { AddAttributes, MultiplyAttributes } from "../reference/broadcast.ts";
export type { ConcatAttributes } from "../reference/concat.ts";
export type { Conv2dAttributes } from "../reference/conv2d.ts";
export type { DepthwiseConv2dAttributes } from "../reference/depthwise_conv2d.ts";
export type { DropPathAttributes } from "../reference/drop_path.ts";
export type { DropoutAttributes } from "../reference/dropout.ts";
export type { EmbeddingAttributes } from "../reference/embedding.ts";
export type { FactorizedReductionAttributes } from "../reference/factorized_reduction.ts";
export type { GlobalAvgPoolAttributes } from "../reference/global_avg_pool.ts";
export type { LstmCellAttributes } from "../reference/lstm_cell.ts";
export type { MatmulAttributes } from "../reference/matmul.ts";
export type { MaxPoolAttributes } from "../reference/max_pool.ts";
export type { NoAttributes } from "../reference/nd_array.ts";
export type { ReluAttributes } from "../reference/relu.ts";
export type { FlattenAttributes, ReshapeAttributes } from "../reference/reshape.ts";
export type { ScaleAttributes } from "../reference/scale.ts";
export type { SigmoidAttributes } from "../reference/sigmoid.ts";
export type { SoftmaxAttributes } from "../reference/softmax.ts";
export type { SoftmaxCrossEntropyAttributes } from "../reference/softmax_cross_entropy.ts";
export type { SumAttributes } from "../reference/sum.ts";
export type { TanhAttributes } from "../reference/tanh.ts";

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
