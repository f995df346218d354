/**
 * Reference of the softmax cross-entropy against whole-number labels, and of the hits.
 *
 * ```text
 * loss = Σ_r ( log Σ_j exp(logits[r,j]) − logits[r, labels[r]] ) / n
 * correct = number of rows r with argmax_j logits[r,j] = labels[r]     (ties: the lowest j)
 * dlogits[r,j] = dloss / n · ( softmax(logits[r])[j] − (j = labels[r]) )
 * ```
 *
 * The logarithm is taken with the row's maximum drawn out, so large logits do not overflow.
 *
 * @module
 */
import { expectIndices, type NoAttributes, zeros } from "./nd_array.ts";
import type { NdArray, OpCase, ReferenceOp } from "./types.ts";

/** Attributes of {@link softmaxCrossEntropyReference}: none. */
export type SoftmaxCrossEntropyAttributes = NoAttributes;

/** Index of the maximum of a row (ties: the lowest) and the logarithm of its summed exponentials. */
function rowStatistics(row: Float64Array): { argmax: number; logSumExp: number } {
  let argmax = 0;
  row.forEach((value, j) => {
    if (value > row[argmax]) argmax = j;
  });
  const maximum = row[argmax];
  const sum = row.reduce((total, value) => total + Math.exp(value - maximum), 0);
  return { argmax, logSumExp: maximum + Math.log(sum) };
}

/** Row `r` of the matrix `x`. */
function rowOf(x: NdArray, r: number): Float64Array {
  const columns = x.shape[1];
  return x.data.subarray(r * columns, (r + 1) * columns);
}

/** Inputs `logits [n,k]`, `labels [n]`; outputs `loss [1]` (mean over rows) and `correct [1]`. */
export const softmaxCrossEntropyReference: ReferenceOp<SoftmaxCrossEntropyAttributes, void> = {
  forward([logits, labels]) {
    const [n, classes] = logits.shape;
    expectIndices("softmax_cross_entropy", "labels", labels, classes);
    const loss = zeros([1]);
    const correct = zeros([1]);
    for (let r = 0; r < n; r++) {
      const row = rowOf(logits, r);
      const { argmax, logSumExp } = rowStatistics(row);
      loss.data[0] += (logSumExp - row[labels.data[r]]) / n;
      if (argmax === labels.data[r]) correct.data[0]++;
    }
    return { outputs: [loss, correct], saved: undefined };
  },

  backward([dloss], { inputs: [logits, labels] }) {
    // The number of hits has no slope.
    if (dloss === null) return [null, null];
    const scale = dloss.data[0] / logits.shape[0];
    const dlogits = zeros(logits.shape);
    for (let r = 0; r < logits.shape[0]; r++) {
      const row = rowOf(logits, r);
      const { logSumExp } = rowStatistics(row);
      const gradient = rowOf(dlogits, r);
      row.forEach((value, j) => {
        const target = j === labels.data[r] ? 1 : 0;
        gradient[j] = scale * (Math.exp(value - logSumExp) - target);
      });
    }
    return [dlogits, null];
  },
};

/** Normal logits times `scale`, and labels below `classes`. */
function logitsAndLabels(
  classes: number,
  scale: number,
): NonNullable<OpCase<SoftmaxCrossEntropyAttributes>["fill"]> {
  return (index, count, random) =>
    Float64Array.from(
      { length: count },
      () => index === 0 ? scale * random() : Math.floor(Math.abs(random()) * 1000) % classes,
    );
}

/** Inputs on which every backend's cross-entropy is checked. */
export const softmaxCrossEntropyCases: OpCase<SoftmaxCrossEntropyAttributes>[] = [
  {
    name: "1030 classes",
    shapes: [[5, 1030], [5]],
    attributes: {},
    fill: logitsAndLabels(1030, 1),
  },
  {
    name: "ten classes",
    shapes: [[17, 10], [17]],
    attributes: {},
    fill: logitsAndLabels(10, 1),
  },
  { name: "one row", shapes: [[1, 5], [1]], attributes: {}, fill: logitsAndLabels(5, 1) },
  { name: "one class", shapes: [[3, 1], [3]], attributes: {}, fill: logitsAndLabels(1, 1) },
  {
    name: "a hundred classes",
    shapes: [[7, 100], [7]],
    attributes: {},
    fill: logitsAndLabels(100, 2),
  },
  {
    name: "large logits",
    shapes: [[36, 10], [36]],
    attributes: {},
    fill: logitsAndLabels(10, 50),
  },
  {
    name: "equal logits",
    shapes: [[36, 3], [36]],
    attributes: {},
    fill: logitsAndLabels(3, 0),
  },
];
