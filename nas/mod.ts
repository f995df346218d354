/**
 * The laboratory: architectures as values, data sets, child models on shared weights, samplers, the
 * search itself, and its run folders.
 *
 * ```ts
 * import { formatMacroArc, mergeConfig, PRESETS, type RunEvent, runSearch } from "./mod.ts";
 *
 * const events: RunEvent[] = [];
 * const { best, folder } = await runSearch({
 *   config: mergeConfig(PRESETS.quick.config, { search: { epochs: 3 }, seed: 7 }),
 *   preset: "quick",
 *   root: "runs",
 *   onEvent: (event) => events.push(event),
 * });
 * const rows = best === null ? "" : formatMacroArc(best.arc, "rows"); // what it found
 * const report = folder.report; // where `deno task report` writes its page
 * ```
 *
 * @module
 */
export * from "./arc/mod.ts";
export { type ChildData, prepareChildData } from "./child/data.ts";
export {
  type BatchNormUse,
  type ForwardMode,
  MacroNetwork,
  type MacroNetworkOptions,
} from "./child/macro_network.ts";
export {
  accuracyOf,
  ChildTrainer,
  recordScore,
  type ScoreRequest,
  type StepResult,
  type TrainerOptions,
} from "./child/trainer.ts";
export * from "./config/mod.ts";
export * from "./controller/mod.ts";
export * from "./data/mod.ts";
export { DivergenceError } from "./errors.ts";
export {
  DATASET_SIZES,
  type DatasetSize,
  forecastMemory,
  type MemoryForecast,
} from "./forecast.ts";
export {
  runSearch,
  type RunSearchOptions,
  type RunSearchOutcome,
  type RunStart,
  sampleArcs,
  type SampledRun,
} from "./run.ts";
export { type BestSoFar, MacroSearch, type SearchOptions, type WorkKind } from "./search.ts";
export * from "./store/mod.ts";
export { trainFromScratch, type TrainOptions } from "./train.ts";
