/**
 * The log-probability and the entropy of bits drawn from logit pairs `[−z, +z]`, as the
 * controller draws skip connections (spec C.2). A bit is 1 with probability `σ(2z)`; with
 * `p = σ(±2z)` the probability of the drawn bit, in nats, summed over the m bits of a row:
 *
 * ```text
 * logProbability[r] = Σ_i log p            d/dz = ±2·(1 − p)
 * entropy[r] = Σ_i −p·log p − q·log q      d/dz = −4z·p·q          (q = 1 − p)
 * sampledTerm[r] = Σ_i −p·log p            d/dz = −(1 + log p)·p·(±2)·(1 − p)
 * ```
 *
 * @module
 */
import { type CpuOp, defineOp } from "../../../../engine/op.ts";
import { zeros } from "../../../../engine/reference/nd_array.ts";
import type { OpCase, ReferenceOp } from "../../../../engine/reference/types.ts";
import { expectLength, matrixExtents } from "./checks.ts";

/** Attributes of {@link bernoulliPair}. */
export interface BernoulliPairAttributes {
  /** The drawn bits `[n,m]`, row-major; 0 or 1. */
  readonly bits: Uint8Array;
}

/** `log σ(x)` without overflow. */
export function logSigmoid(x: number): number {
  return Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)));
}

/** Input `z [n,m]`; outputs `logProbability [n]`, `entropy [n]`, `sampledTerm [n]`. */
const reference: ReferenceOp<BernoulliPairAttributes, void> = {
  forward([z], { bits }) {
    const [n, m] = z.shape;
    const [logProbability, entropy, sampledTerm] = [zeros([n]), zeros([n]), zeros([n])];
    for (let r = 0; r < n; r++) {
      for (let at = r * m; at < (r + 1) * m; at++) {
        const x = (bits[at] === 1 ? 2 : -2) * z.data[at];
        const [logP, logQ] = [logSigmoid(x), logSigmoid(-x)];
        logProbability.data[r] += logP;
        entropy.data[r] -= logP * Math.exp(logP) + logQ * Math.exp(logQ);
        sampledTerm.data[r] -= logP * Math.exp(logP);
      }
    }
    return { outputs: [logProbability, entropy, sampledTerm], saved: undefined };
  },

  backward([dLog, dEntropy, dTerm], { inputs: [z], attributes: { bits } }) {
    const [n, m] = z.shape;
    const dz = zeros(z.shape);
    for (let r = 0; r < n; r++) {
      for (let at = r * m; at < (r + 1) * m; at++) {
        const sign = bits[at] === 1 ? 2 : -2;
        const logP = logSigmoid(sign * z.data[at]);
        const p = Math.exp(logP);
        if (dLog !== null) dz.data[at] += dLog.data[r] * sign * (1 - p);
        if (dEntropy !== null) dz.data[at] -= dEntropy.data[r] * 4 * z.data[at] * p * (1 - p);
        if (dTerm !== null) dz.data[at] -= dTerm.data[r] * (1 + logP) * p * sign * (1 - p);
      }
    }
    return [dz];
  },
};

/** Inputs on which drawn bits are checked. */
const cases: OpCase<BernoulliPairAttributes>[] = [
  { name: "one bit a row", shapes: [[2, 1]], attributes: { bits: Uint8Array.of(0, 1) } },
  {
    name: "three bits a row",
    shapes: [[3, 3]],
    attributes: { bits: Uint8Array.of(0, 0, 0, 1, 0, 1, 1, 1, 1) },
  },
];

/**
 * Input `z [n,m]`; outputs, in nats and summed over m, `logProbability [n]`, `entropy [n]` and
 * `sampledTerm [n]`, the sum of −p·log p of the drawn bits.
 */
export const bernoulliPair: CpuOp<BernoulliPairAttributes> = defineOp({
  name: "bernoulli_pair",
  inputs: ["z"],
  shape([z], { bits }) {
    const [n, m] = matrixExtents("bernoulli_pair", "z", z);
    expectLength("bernoulli_pair", "bits", bits.length, n * m);
    return [[n], [n], [n]];
  },
  gpu: null,
  reference,
  cases,
});
