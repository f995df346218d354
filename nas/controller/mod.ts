/**
 * Samplers of architectures: the LSTM controller trained by REINFORCE, and chance.
 *
 * @module
 */
export * from "./create_sampler.ts";
export * from "./macro_sampler.ts";
export * from "./random_sampler.ts";
export type {
  MacroSampler,
  SampledArcs,
  SamplerState,
  SamplerUpdate,
  StoredTensor,
} from "./sampler.ts";
