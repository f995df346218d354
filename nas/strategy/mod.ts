/**
 * What proposes architectures: the LSTM controllers trained by REINFORCE, and chance.
 *
 * @module
 */
export * from "./registry.ts";
export * from "./controller/macro_sampler.ts";
export * from "./controller/micro_sampler.ts";
export * from "./random.ts";
export type { StrategyConfig, StrategyEntry, StrategyName } from "./entry.ts";
export type {
  ArcSampler,
  Outcome,
  Proposal,
  SampledArcs,
  SamplerUpdate,
  StoredTensor,
  Strategy,
  StrategyState,
} from "./strategy.ts";
export * from "./controller/transfer.ts";
