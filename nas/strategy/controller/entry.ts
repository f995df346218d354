/**
 * The controller as an entry of the registry.
 *
 * @module
 */
import type { StrategyEntry } from "../entry.ts";
import { MacroController } from "./macro_sampler.ts";
import { MicroController } from "./micro_sampler.ts";

/** See the module's text. */
export const CONTROLLER: StrategyEntry<"controller"> = {
  name: "controller",
  label: "controller",
  summary: "an LSTM draws architectures and learns from their accuracies by REINFORCE",
  source: "Zoph & Le 2017; as released with ENAS, Pham 2018",
  learns: true,
  create: (config, random) =>
    config.space === "macro"
      ? new MacroController(config.child.layers, config.strategy, random)
      : new MicroController(config.child.nodes, config.strategy, random),
};
