/**
 * Samplers of architectures: the LSTM controllers trained by REINFORCE, and chance.
 *
 * @module
 */
export * from "./create_sampler.ts";
export * from "./controller/macro_sampler.ts";
export * from "./controller/micro_sampler.ts";
export * from "./random.ts";
export type {
  ArcSampler,
  SampledArcs,
  SamplerState,
  SamplerUpdate,
  StoredTensor,
} from "./sampler.ts";
export * from "./controller/transfer.ts";
