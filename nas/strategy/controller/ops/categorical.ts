/**
 * The log-probability and the entropy of choices from softmax distributions. With
 * `p = softmax(logits[r])` and `c = choices[r]`, in nats:
 *
 * ```text
 * logProbability[r] = log p_c          d/dlogits_j = [j=c] − p_j
 * entropy[r] = −Σ_j p_j·log p_j        d/dlogits_j = −p_j·(log p_j + entropy)
 * sampledTerm[r] = −p_c·log p_c        d/dlogits_j = −(1 + log p_c)·p_c·([j=c] − p_j)
 * ```
 *
 * `sampledTerm` is what the released ENAS code calls entropy in the macro space (spec C.2).
 *
 * @module
 */
import { type CpuOp, defineOp } from "../../../../engine/op.ts";
import { expectIndices, type NoAttributes, zeros } from "../../../../engine/reference/nd_array.ts";
import type { NdArray, OpCase, ReferenceOp } from "../../../../engine/reference/types.ts";
import { expectShape, matrixExtents } from "./checks.ts";

/** Attributes of {@link categorical}: none. */
export type CategoricalAttributes = NoAttributes;

/** Logarithm of the softmax of each row of `logits [n,k]`. */
export function logSoftmax(logits: NdArray): Float64Array {
  const [n, k] = logits.shape;
  const y = new Float64Array(n * k);
  for (let start = 0; start < n * k; start += k) {
    let maximum = -Infinity;
    for (let j = 0; j < k; j++) maximum = Math.max(maximum, logits.data[start + j]);
    let sum = 0;
    for (let j = 0; j < k; j++) sum += Math.exp(logits.data[start + j] - maximum);
    const normalizer = maximum + Math.log(sum);
    for (let j = 0; j < k; j++) y[start + j] = logits.data[start + j] - normalizer;
  }
  return y;
}

/**
 * Inputs `logits [n,k]`, `choices [n]` (whole numbers 0..k-1); outputs `logProbability [n]`,
 * `entropy [n]`, `sampledTerm [n]`.
 */
const reference: ReferenceOp<CategoricalAttributes, Float64Array> = {
  forward([logits, choices]) {
    const [n, k] = logits.shape;
    expectIndices("categorical", "choices", choices, k);
    const logP = logSoftmax(logits);
    const [logProbability, entropy, sampledTerm] = [zeros([n]), zeros([n]), zeros([n])];
    for (let r = 0; r < n; r++) {
      const chosen = logP[r * k + choices.data[r]];
      logProbability.data[r] = chosen;
      sampledTerm.data[r] = -chosen * Math.exp(chosen);
      for (let j = 0; j < k; j++) entropy.data[r] -= logP[r * k + j] * Math.exp(logP[r * k + j]);
    }
    return { outputs: [logProbability, entropy, sampledTerm], saved: logP };
  },

  backward([dLog, dEntropy, dTerm], { inputs: [logits, choices], outputs, saved: logP }) {
    const [n, k] = logits.shape;
    const dlogits = zeros(logits.shape);
    for (let r = 0; r < n; r++) {
      const c = choices.data[r];
      const logChosen = logP[r * k + c];
      const entropy = outputs[1].data[r];
      // Both choice-dependent outputs move along [j=c] − p.
      const along = (dLog === null ? 0 : dLog.data[r]) -
        (dTerm === null ? 0 : dTerm.data[r] * (1 + logChosen) * Math.exp(logChosen));
      const spread = dEntropy === null ? 0 : dEntropy.data[r];
      for (let j = 0; j < k; j++) {
        const p = Math.exp(logP[r * k + j]);
        dlogits.data[r * k + j] = along * ((j === c ? 1 : 0) - p) -
          spread * p * (logP[r * k + j] + entropy);
      }
    }
    return [dlogits, null];
  },
};

/** A case with `n` rows of `k` logits. */
function categoricalCase(name: string, n: number, k: number): OpCase<CategoricalAttributes> {
  return {
    name,
    shapes: [[n, k], [n]],
    attributes: {},
    fill: (index, count, random) =>
      index === 0
        ? Float64Array.from({ length: count }, random)
        : Float64Array.from({ length: count }, (_, r) => (2 * r + 1) % k),
  };
}

/** Inputs on which choices are checked. */
const cases: OpCase<CategoricalAttributes>[] = [
  categoricalCase("six ops", 7, 6),
  categoricalCase("one row of two", 1, 2),
];

/**
 * Inputs `logits [n,k]`, `choices [n]` (whole numbers 0..k-1); outputs, in nats,
 * `logProbability [n]`, `entropy [n]` and `sampledTerm [n]`, which is −p·log p of the choice.
 */
export const categorical: CpuOp<CategoricalAttributes> = defineOp({
  name: "categorical",
  inputs: ["logits", "choices"],
  inputTypes: ["f32", "u32"],
  shape([logits, choices]) {
    const [n] = matrixExtents("categorical", "logits", logits);
    expectShape("categorical", "choices", choices, [n]);
    return [[n], [n], [n]];
  },
  gpu: null,
  reference,
  cases,
});
