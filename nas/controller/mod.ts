/**
 * Samplers of architectures: the LSTM controllers trained by REINFORCE, and chance.
 *
 * @module
 */
export * from "./create_sampler.ts";
export * from "./macro_sampler.ts";
export * from "./micro_sampler.ts";
export * from "./random_sampler.ts";
export type {
  ArcSampler,
  SampledArcs,
  SamplerState,
  SamplerUpdate,
  StoredTensor,
} from "./sampler.ts";
export * from "./transfer.ts";
