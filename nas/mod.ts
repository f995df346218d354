/**
 * The laboratory: architectures as values, data sets, child models on shared weights, samplers, the
 * search itself, and its run folders.
 *
 * ```ts
 * import { arcText, getPreset, mergeConfig, type RunEvent, runSearch } from "./mod.ts";
 *
 * const events: RunEvent[] = [];
 * const { best, folder } = await runSearch({
 *   config: mergeConfig(getPreset("quick", "micro").config, { search: { epochs: 3 }, seed: 7 }),
 *   preset: "quick",
 *   root: "runs",
 *   onEvent: (event) => events.push(event),
 * });
 * const rows = best === null ? "" : arcText(best.arc, "rows"); // what it found
 * const report = folder.report; // where the command `report` writes its page
 * ```
 *
 * @module
 */
export * from "./space/mod.ts";
export { createNetwork, finalNetworkSpec, sharedNetworkSpec } from "./child/create_network.ts";
export { type ChildData, prepareChildData } from "./data/resident.ts";
export { MacroNetwork } from "./child/macro/network.ts";
export { MacroOfficialNetwork } from "./child/macro/official.ts";
export { MicroNetwork } from "./child/micro/network.ts";
export { MicroOfficialNetwork } from "./child/micro/official.ts";
export type {
  BatchNormUse,
  ChildNetwork,
  ChildOutputs,
  DropPath,
  ForwardMode,
  ScoreBatchNorm,
  WeightLookup,
} from "./child/network.ts";
export {
  accuracyOf,
  type Recalibration,
  recordScore,
  type ScoreMode,
  type ScoreRequest,
} from "./child/score.ts";
export {
  type ChildGradient,
  ChildTrainer,
  type SkippedStep,
  type StepResult,
  type TakenStep,
  type TrainerOptions,
  type WeightBinding,
} from "./child/trainer.ts";
export * from "./config/mod.ts";
export * from "./strategy/mod.ts";
export * from "./data/mod.ts";
export { DATASET_FACTS, DATASET_SIZES, type DatasetFacts, type DatasetSize } from "./data/facts.ts";
export { DivergenceError } from "./child/errors.ts";
export * from "./export/mod.ts";
export { forecastMemory, type MemoryForecast } from "./plan/forecast.ts";
export { type Plan, planRun } from "./plan/plan.ts";
export type { RecordedRun, RecordOptions } from "./run/recording.ts";
export {
  type ResumableRun,
  resumableSearch,
  type ResumableTraining,
  resumableTraining,
} from "./run/resume.ts";
export {
  runSearch,
  type RunSearchOptions,
  type RunSearchOutcome,
  type RunStart,
} from "./search/run_search.ts";
export { sampleArcs, type SampledRun } from "./search/sampled.ts";
export {
  runTrain,
  type RunTrainOptions,
  type RunTrainOutcome,
  type TrainStart,
} from "./search/run_train.ts";
export type {
  Evaluator,
  EvaluatorContext,
  EvaluatorEntry,
  EvaluatorName,
  Judging,
  SharedTraining,
  WorkKind,
} from "./evaluator/evaluator.ts";
export { EVALUATOR_NAMES, evaluatorOf, EVALUATORS, sharedOf } from "./evaluator/registry.ts";
export { Scorer, type ScorerOptions } from "./evaluator/scorer.ts";
export type { BestSoFar } from "./search/position.ts";
export { Search, type SearchOptions } from "./search/search.ts";
export type { Work } from "./search/work.ts";
export * as stats from "./stats/mod.ts";
export * from "./run/mod.ts";
export {
  type LoadedNetwork,
  loadNetwork,
  type NetworkInput,
  type StorableNetwork,
} from "./child/stored_network.ts";
export { CHECKPOINT_EVERY } from "./run/checkpoint_writer.ts";
export { type Checkpoints, Snapshot } from "./run/snapshot.ts";
export {
  type TrainedChild,
  trainFromScratch,
  type TrainOptions,
} from "./child/scratch_training.ts";
