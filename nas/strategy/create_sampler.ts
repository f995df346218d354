/**
 * Makes the sampler that a configuration asks for.
 *
 * @module
 */
import type { Random } from "../../engine/random.ts";
import { MacroController, type MacroControllerOptions } from "./controller/macro_sampler.ts";
import { MicroController, type MicroControllerOptions } from "./controller/micro_sampler.ts";
import { RandomMacroSampler, RandomMicroSampler, type RandomSamplerOptions } from "./random.ts";
import type { ArcSampler } from "./sampler.ts";

/** Which sampler of macro arcs; the configuration's group `controller` fits as it is. */
export interface MacroSamplerOptions extends MacroControllerOptions, RandomSamplerOptions {
  readonly sampler: "controller" | "random";
}

/** Which sampler of micro arcs; the configuration's group `controller` fits as it is. */
export interface MicroSamplerOptions extends MicroControllerOptions {
  readonly sampler: "controller" | "random";
}

/** What {@link createSampler} reads of a configuration. */
export type SamplerConfig =
  | {
    readonly space: "macro";
    readonly child: {
      /** Number of layers L of the arcs. */
      readonly layers: number;
    };
    readonly controller: MacroSamplerOptions;
  }
  | {
    readonly space: "micro";
    readonly child: {
      /** Number of nodes B of each cell. */
      readonly nodes: number;
    };
    readonly controller: MicroSamplerOptions;
  };

/**
 * Makes a sampler of either space.
 *
 * @param config A search's configuration, or these parts of it.
 * @param random The sampler forks its streams of it.
 * @returns A sampler that has drawn and learned nothing yet.
 * @throws {RangeError} If a size is not a positive integer or a probability not in (0, 1).
 */
export function createSampler(config: SamplerConfig, random: Random): ArcSampler {
  if (config.space === "macro") {
    const { child: { layers }, controller } = config;
    return controller.sampler === "random"
      ? new RandomMacroSampler(layers, controller, random)
      : new MacroController(layers, controller, random);
  }
  const { child: { nodes }, controller } = config;
  return controller.sampler === "random"
    ? new RandomMicroSampler(nodes, random)
    : new MicroController(nodes, controller, random);
}
