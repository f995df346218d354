/**
 * The reference operations: f64 loops that specify the GPU kernels and run as the CPU backend.
 *
 * @module
 */
import { avgPoolCases, avgPoolReference } from "./avg_pool.ts";
import { batchNormCases, batchNormReference } from "./batch_norm.ts";
import { batchNormInferenceCases, batchNormInferenceReference } from "./batch_norm_inference.ts";
import { addCases, addReference, multiplyCases, multiplyReference } from "./broadcast.ts";
import { concatCases, concatReference } from "./concat.ts";
import { conv2dCases, conv2dReference } from "./conv2d.ts";
import { depthwiseConv2dCases, depthwiseConv2dReference } from "./depthwise_conv2d.ts";
import { dropPathCases, dropPathReference } from "./drop_path.ts";
import { dropoutCases, dropoutReference } from "./dropout.ts";
import { embeddingCases, embeddingReference } from "./embedding.ts";
import { factorizedReductionCases, factorizedReductionReference } from "./factorized_reduction.ts";
import { globalAvgPoolCases, globalAvgPoolReference } from "./global_avg_pool.ts";
import { lstmCellCases, lstmCellReference } from "./lstm_cell.ts";
import { matmulCases, matmulReference } from "./matmul.ts";
import { maxPoolCases, maxPoolReference } from "./max_pool.ts";
import { reluCases, reluReference } from "./relu.ts";
import { flattenCases, flattenReference, reshapeCases, reshapeReference } from "./reshape.ts";
import { scaleCases, scaleReference } from "./scale.ts";
import { sigmoidCases, sigmoidReference } from "./sigmoid.ts";
import { softmaxCases, softmaxReference } from "./softmax.ts";
import { softmaxCrossEntropyCases, softmaxCrossEntropyReference } from "./softmax_cross_entropy.ts";
import { sumCases, sumReference } from "./sum.ts";
import { tanhCases, tanhReference } from "./tanh.ts";
import type { OpCase, ReferenceOp } from "./types.ts";

export * from "./avg_pool.ts";
export * from "./batch_norm.ts";
export * from "./batch_norm_inference.ts";
export * from "./broadcast.ts";
export * from "./concat.ts";
export * from "./conv2d.ts";
export * from "./depthwise_conv2d.ts";
export * from "./drop_path.ts";
export * from "./dropout.ts";
export * from "./embedding.ts";
export * from "./factorized_reduction.ts";
export * from "./gather_batch.ts";
export * from "./global_avg_pool.ts";
export * from "./lstm_cell.ts";
export * from "./matmul.ts";
export * from "./max_pool.ts";
export { type NoAttributes, zeros } from "./nd_array.ts";
export * from "./optimizers.ts";
export * from "./pcg.ts";
export * from "./relu.ts";
export * from "./reshape.ts";
export * from "./scale.ts";
export * from "./sigmoid.ts";
export * from "./softmax.ts";
export * from "./softmax_cross_entropy.ts";
export * from "./sum.ts";
export * from "./tanh.ts";
export * from "./types.ts";

/** An operation with the inputs on which it is checked. */
export interface ReferenceEntry {
  readonly reference: ReferenceOp;
  // deno-lint-ignore no-explicit-any
  readonly cases: readonly OpCase<any>[];
}

/** Every differentiable operation by its name. */
export const REFERENCE_CASES: Readonly<Record<string, ReferenceEntry>> = {
  add: { reference: addReference, cases: addCases },
  avg_pool: { reference: avgPoolReference, cases: avgPoolCases },
  batch_norm: { reference: batchNormReference, cases: batchNormCases },
  batch_norm_inference: { reference: batchNormInferenceReference, cases: batchNormInferenceCases },
  concat: { reference: concatReference, cases: concatCases },
  conv2d: { reference: conv2dReference, cases: conv2dCases },
  depthwise_conv2d: { reference: depthwiseConv2dReference, cases: depthwiseConv2dCases },
  drop_path: { reference: dropPathReference, cases: dropPathCases },
  dropout: { reference: dropoutReference, cases: dropoutCases },
  embedding: { reference: embeddingReference, cases: embeddingCases },
  factorized_reduction: {
    reference: factorizedReductionReference,
    cases: factorizedReductionCases,
  },
  flatten: { reference: flattenReference, cases: flattenCases },
  global_avg_pool: { reference: globalAvgPoolReference, cases: globalAvgPoolCases },
  lstm_cell: { reference: lstmCellReference, cases: lstmCellCases },
  matmul: { reference: matmulReference, cases: matmulCases },
  max_pool: { reference: maxPoolReference, cases: maxPoolCases },
  multiply: { reference: multiplyReference, cases: multiplyCases },
  relu: { reference: reluReference, cases: reluCases },
  reshape: { reference: reshapeReference, cases: reshapeCases },
  scale: { reference: scaleReference, cases: scaleCases },
  sigmoid: { reference: sigmoidReference, cases: sigmoidCases },
  softmax: { reference: softmaxReference, cases: softmaxCases },
  softmax_cross_entropy: {
    reference: softmaxCrossEntropyReference,
    cases: softmaxCrossEntropyCases,
  },
  sum: { reference: sumReference, cases: sumCases },
  tanh: { reference: tanhReference, cases: tanhCases },
};
