/**
 * Divergence of skip probabilities from a target rate, on the CPU alone (spec C.2).
 *
 * @module
 */
import { defineOp, type Op } from "../op.ts";
import {
  type SkipPenaltyAttributes,
  skipPenaltyCases,
  skipPenaltyReference,
} from "../reference/skip_penalty.ts";
import { matrixExtents } from "./_controller.ts";

/** Input `z [n,m]`; output `y [n]`, summed over m, in nats. */
export const skipPenalty: Op<SkipPenaltyAttributes> = defineOp({
  name: "skip_penalty",
  inputs: ["z"],
  shape([z]) {
    const [n] = matrixExtents("skip_penalty", "z", z);
    return [[n]];
  },
  gpu: null,
  reference: skipPenaltyReference,
  cases: skipPenaltyCases,
});
