/**
 * Softmax cross-entropy against whole-number labels, and the number of rows predicted right.
 *
 * `loss = Σ_r (log Σ_j exp(logits[r,j]) − logits[r,label_r]) / n`
 *
 * Inputs `logits [n,classes]`, `labels [n]` (u32); outputs `loss [1]` in nats and `correct [1]`, the
 * number of rows whose largest logit (lowest index on ties) is the label. A label that is no class is an
 * error on the CPU; on the GPU, where nobody looks at values, loss and gradient become NaN.
 *
 * @module
 */
import backwardSource from "../../shaders/softmax_cross_entropy_backward.wgsl" with {
  type: "text",
};
import forwardSource from "../../shaders/softmax_cross_entropy_forward.wgsl" with { type: "text" };
import rowsSource from "../../shaders/softmax_cross_entropy_rows.wgsl" with { type: "text" };
import rowsBackwardSource from "../../shaders/softmax_cross_entropy_rows_backward.wgsl" with {
  type: "text",
};
import { ShapeError } from "../errors.ts";
import { defineKernel } from "../webgpu/kernel.ts";
import { defineOp, type Op } from "../op.ts";
import { flatGrid } from "../webgpu/queue.ts";
import { recordSplitSum, splitRows } from "../webgpu/split_sum.ts";
import {
  type SoftmaxCrossEntropyAttributes,
  softmaxCrossEntropyCases,
  softmaxCrossEntropyReference,
} from "../reference/softmax_cross_entropy.ts";
import { expectRank, formatShape, type Shape } from "../shape.ts";
import type { GpuRecorder } from "../webgpu/recorder.ts";
import { pitch, type Tensor } from "../tensor.ts";
import { expectColumns, recordStatistics } from "./_softmax_passes.ts";

const PARAMS = { n: "u32", classes: "u32", pitch: "u32" } as const;
const forwardKernel = defineKernel({
  name: "softmax_cross_entropy_forward",
  source: forwardSource,
  bindings: {
    logits: "read f32",
    labels: "read u32",
    loss: "read_write vec4f",
    correct: "read_write vec4f",
  },
  params: { ...PARAMS, rows_per_split: "u32" },
});
const backwardKernel = defineKernel({
  name: "softmax_cross_entropy_backward",
  source: backwardSource,
  bindings: {
    logits: "read f32",
    labels: "read u32",
    dloss: "read f32",
    dlogits: "read_write f32",
  },
  params: PARAMS,
});

const rowsKernel = defineKernel({
  name: "softmax_cross_entropy_rows",
  source: rowsSource,
  bindings: {
    logits: "read f32",
    labels: "read u32",
    statistics: "read vec4f",
    place: "read u32",
    loss: "read_write vec4f",
    hit: "read_write vec4f",
  },
  params: PARAMS,
});
const rowsBackwardKernel = defineKernel({
  name: "softmax_cross_entropy_rows_backward",
  source: rowsBackwardSource,
  bindings: {
    logits: "read vec4f",
    labels: "read u32",
    statistics: "read vec4f",
    dloss: "read f32",
    dlogits: "read_write vec4f",
  },
  params: PARAMS,
});

/** More classes than these are shared among the threads of a workgroup, with other rounding. */
const FEW_CLASSES = 1024;

/** Both outputs of many classes; `statistics` serve the gradient. */
function recordRows(gpu: GpuRecorder, logits: Tensor, labels: Tensor) {
  const params = paramsOf(logits.shape);
  const { statistics, place } = recordStatistics(gpu, logits);
  const totals = [gpu.allocate([1]), gpu.allocate([1])];
  recordSplitSum(gpu, { splits: params.n, rows_per_split: 1 }, totals, ([loss, hit]) => {
    const tensors = { logits, labels, statistics, place, loss, hit };
    gpu.run(rowsKernel, {}, tensors, params, flatGrid(Math.ceil(params.n / 64)));
  });
  gpu.release(place);
  return { outputs: totals, saved: [statistics] };
}

function paramsOf(logits: Shape) {
  return { n: logits[0], classes: logits[1], pitch: pitch(logits) };
}

/**
 * Softmax cross-entropy: inputs `logits [n,classes]`, `labels [n]` (u32, below `classes`); outputs the
 * mean `loss [1]` in nats and `correct [1]`, the number of rows whose largest logit is the label.
 */
export const softmaxCrossEntropy: Op<SoftmaxCrossEntropyAttributes> = defineOp({
  name: "softmax_cross_entropy",
  inputs: ["logits", "labels"],
  inputTypes: ["f32", "u32"],
  shape([logits, labels]) {
    expectRank("softmax_cross_entropy", "logits", logits, 2);
    expectRank("softmax_cross_entropy", "labels", labels, 1);
    if (labels[0] !== logits[0]) {
      throw new ShapeError(
        `softmax_cross_entropy() expects a label for each of ${logits[0]} rows but found ${
          formatShape(labels)
        }`,
      );
    }
    expectColumns("softmax_cross_entropy", logits);
    return [[1], [1]];
  },
  gpu: {
    forward(gpu, [logits, labels]) {
      if (logits.shape[1] > FEW_CLASSES) return recordRows(gpu, logits, labels);
      const loss = gpu.allocate([1]);
      const correct = gpu.allocate([1]);
      const params = paramsOf(logits.shape);
      // Each of 64 threads walks twice over the classes of its rows.
      const split = splitRows(Math.ceil(params.n / 64), 2 * params.classes, 1);
      recordSplitSum(gpu, split, [loss, correct], ([losses, counts]) => {
        const tensors = { logits, labels, loss: losses, correct: counts };
        const rows_per_split = 64 * split.rows_per_split;
        gpu.run(forwardKernel, {}, tensors, { ...params, rows_per_split }, [split.splits, 1, 1]);
      });
      return { outputs: [loss, correct], saved: [] };
    },
    backward(gpu, [dloss], { inputs: [logits, labels], saved: [statistics], into }) {
      if (dloss === null) return [null, null];
      const dlogits = into(0);
      const params = paramsOf(logits.shape);
      if (statistics !== undefined) {
        const tensors = { logits, labels, statistics, dloss, dlogits };
        const threads = params.n * params.pitch / 4;
        gpu.run(rowsBackwardKernel, {}, tensors, params, flatGrid(Math.ceil(threads / 64)));
        return [dlogits, null];
      }
      const grid = flatGrid(Math.ceil(params.n / 64));
      gpu.run(backwardKernel, {}, { logits, labels, dloss, dlogits }, params, grid);
      return [dlogits, null];
    },
  },
  reference: softmaxCrossEntropyReference,
  cases: softmaxCrossEntropyCases,
});
