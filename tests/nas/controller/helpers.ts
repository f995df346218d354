/**
 * Helpers of the controller's tests.
 *
 * @module
 */
import { Random } from "../../../engine/random.ts";
import type { MacroArc } from "../../../nas/arc/macro.ts";
import { enumerateMacroArcs } from "../../../nas/arc/macro_space.ts";
import {
  MacroController,
  type MacroControllerOptions,
} from "../../../nas/controller/macro_sampler.ts";
import type { MacroSampler } from "../../../nas/controller/sampler.ts";

/** The numbers of the released script of the macro search (enas-spec.md sections C.4 and F). */
export const SCRIPT: MacroControllerOptions = {
  hiddenSize: 64,
  learningRate: 0.001,
  beta1: 0,
  beta2: 0.999,
  epsilon: 1e-3,
  tanhConstant: 1.5,
  temperature: null,
  entropyWeight: 1e-4,
  baselineDecay: 0.99,
  baselineInit: "zero",
  skipTarget: 0.4,
  skipWeight: 0.8,
};

/** A small, quick controller; the numbers of the script but for `overrides`. */
export function smallController(
  layers: number,
  overrides: Partial<MacroControllerOptions> = {},
  seed = 1,
): MacroController {
  const options = { ...SCRIPT, hiddenSize: 16, learningRate: 0.01, ...overrides };
  return new MacroController(layers, options, new Random(seed));
}

/** Makes a controller's weights `factor` times as large, so that it has clear preferences. */
export function amplify(controller: MacroController, factor: number): MacroController {
  const state = controller.state();
  const tensors = Object.fromEntries(
    Object.entries(state.tensors).map(([name, { shape, data }]) => [
      name,
      { shape, data: data.map((value) => factor * value) },
    ]),
  );
  controller.restore({ ...state, tensors });
  return controller;
}

/** Every arc of two layers: 72. */
export const TWO_LAYER_ARCS: readonly MacroArc[] = [...enumerateMacroArcs(2)];

/** Probability that a sampler of two layers draws an arc for which `event` holds. */
export function probability(sampler: MacroSampler, event: (arc: MacroArc) => boolean): number {
  const { logProbability } = sampler.evaluate(TWO_LAYER_ARCS);
  return TWO_LAYER_ARCS.reduce(
    (sum, arc, i) => event(arc) ? sum + Math.exp(logProbability[i]) : sum,
    0,
  );
}
