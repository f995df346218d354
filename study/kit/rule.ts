/**
 * The rule by which studies judge their claims, in words: it is written down, with its hash, before the
 * first trial.
 *
 * @module
 */
import { FAMILY_LEVEL, FEWEST_UNITS } from "../../nas/stats/mod.ts";
import { ACCURACY_MARGIN, TAU_MARGIN } from "../thesis/claims.ts";

/** The rule; it changes with the rule alone. */
export function ruleText(): string {
  return [
    "Each claim is a quantity with an interval and, where chance plays a part, a permutation test.",
    `Of m claims with a test, the one with the k-th smallest p is judged by an interval of coverage ` +
    `1 - ${FAMILY_LEVEL}/(m - k + 1) (Holm).`,
    "A claim of an effect is supported where the whole interval lies on the claimed side of 0, and " +
    "contradicted where it excludes an effect of the margin on that side.",
    "A claim of no effect is supported where the interval lies within the margin, and contradicted " +
    "where it lies beyond 0 on the side that is denied.",
    `All else is undecidable, and so is every claim with a test from fewer than ${FEWEST_UNITS} units ` +
    "(pairs, runs, architectures).",
    `Margins, where a claim names no other: ${TAU_MARGIN} in rank correlation, ${ACCURACY_MARGIN} ` +
    "points of accuracy.",
    "Accuracies are those after the last epoch; the test split is read once for each network and " +
    "chooses nothing.",
  ].join(" ");
}
