/**
 * Log-probability and entropy of bits drawn from logit pairs `[−z, +z]`, on the CPU alone; a bit is
 * 1 with probability `σ(2z)` (spec C.2).
 *
 * @module
 */
import { defineOp, type Op } from "../op.ts";
import {
  type BernoulliPairAttributes,
  bernoulliPairCases,
  bernoulliPairReference,
} from "../reference/bernoulli_pair.ts";
import { expectLength, matrixExtents } from "./_controller.ts";

/**
 * Input `z [n,m]`; outputs, in nats and summed over m, `logProbability [n]`, `entropy [n]` and
 * `sampledTerm [n]`, the sum of −p·log p of the drawn bits.
 */
export const bernoulliPair: Op<BernoulliPairAttributes> = defineOp({
  name: "bernoulli_pair",
  inputs: ["z"],
  shape([z], { bits }) {
    const [n, m] = matrixExtents("bernoulli_pair", "z", z);
    expectLength("bernoulli_pair", "bits", bits.length, n * m);
    return [[n], [n], [n]];
  },
  gpu: null,
  reference: bernoulliPairReference,
  cases: bernoulliPairCases,
});
