/**
 * The evaluators. A new one is a file with its own {@link EvaluatorEntry}, its settings in
 * nas/config/evaluator_fields.ts, and one line here.
 *
 * @module
 */
import type { SearchConfig } from "../config/mod.ts";
import type { Evaluator, EvaluatorEntry, EvaluatorName, SharedTraining } from "./evaluator.ts";
import { FROM_SCRATCH } from "./from_scratch.ts";
import { SHARED_WEIGHTS } from "./shared_weights.ts";

/** The evaluators by name. */
export const EVALUATORS: Readonly<Record<EvaluatorName, EvaluatorEntry>> = {
  "shared-weights": SHARED_WEIGHTS,
  "from-scratch": FROM_SCRATCH,
};

/** Their names. */
export const EVALUATOR_NAMES: readonly EvaluatorName[] = Object.keys(
  EVALUATORS,
) as EvaluatorName[];

/** The entry of the evaluator that a configuration names. */
export function evaluatorOf({ evaluator }: Pick<SearchConfig, "evaluator">): EvaluatorEntry {
  return EVALUATORS[evaluator.name];
}

/**
 * The shared weights of an evaluator.
 *
 * @throws {TypeError} If it has none.
 */
export function sharedOf({ shared }: Evaluator): SharedTraining {
  if (shared !== null) return shared;
  throw new TypeError(
    "Expected an evaluator with shared weights but found one without; choose another evaluator",
  );
}
