/**
 * Makes the sampler that a configuration asks for.
 *
 * @module
 */
import type { Random } from "../../engine/random.ts";
import { MacroController, type MacroControllerOptions } from "./macro_sampler.ts";
import { RandomMacroSampler, type RandomSamplerOptions } from "./random_sampler.ts";
import type { MacroSampler } from "./sampler.ts";

/** Options of {@link createMacroSampler}; the configuration's group `controller` fits as it is. */
export interface MacroSamplerOptions extends MacroControllerOptions, RandomSamplerOptions {
  readonly sampler: "controller" | "random";
}

/**
 * Makes a sampler of the macro space.
 *
 * @param layers Number of layers of the arcs.
 * @param options Which sampler, and its numbers.
 * @param random The sampler forks its streams of it.
 * @returns A sampler that has drawn and learned nothing yet.
 */
export function createMacroSampler(
  layers: number,
  options: MacroSamplerOptions,
  random: Random,
): MacroSampler {
  return options.sampler === "random"
    ? new RandomMacroSampler(layers, options, random)
    : new MacroController(layers, options, random);
}
