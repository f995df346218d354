/**
 * Log-probability and entropy of choices from softmax distributions, on the CPU alone.
 *
 * @module
 */
import { defineOp, type Op } from "../op.ts";
import {
  type CategoricalAttributes,
  categoricalCases,
  categoricalReference,
} from "../reference/categorical.ts";
import { expectShape, matrixExtents } from "./_controller.ts";

/**
 * Inputs `logits [n,k]`, `choices [n]` (whole numbers 0..k-1); outputs, in nats,
 * `logProbability [n]`, `entropy [n]` and `sampledTerm [n]`, which is −p·log p of the choice.
 */
export const categorical: Op<CategoricalAttributes> = defineOp({
  name: "categorical",
  inputs: ["logits", "choices"],
  inputTypes: ["f32", "u32"],
  shape([logits, choices]) {
    const [n] = matrixExtents("categorical", "logits", logits);
    expectShape("categorical", "choices", choices, [n]);
    return [[n], [n], [n]];
  },
  gpu: null,
  reference: categoricalReference,
  cases: categoricalCases,
});
