/**
 * Helpers of the controller's tests.
 *
 * @module
 */
import { Random } from "../../../engine/random.ts";
import type { Arc } from "../../../nas/space/arc.ts";
import type { MacroArc } from "../../../nas/space/macro/arc.ts";
import { MACRO } from "../../../nas/space/macro/space.ts";
import {
  MacroController,
  type MacroControllerOptions,
} from "../../../nas/strategy/controller/macro_sampler.ts";
import { type MicroArc, microArcFromDecisions } from "../../../nas/space/micro/arc.ts";
import {
  MicroController,
  type MicroControllerOptions,
} from "../../../nas/strategy/controller/micro_sampler.ts";
import type { ArcSampler } from "../../../nas/strategy/strategy.ts";

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

/** The numbers of the released script of the micro search (enas-spec.md sections C.3, C.4 and F). */
export const MICRO_SCRIPT: MicroControllerOptions = {
  hiddenSize: 64,
  learningRate: 0.0035,
  beta1: 0,
  beta2: 0.999,
  epsilon: 1e-3,
  tanhConstant: 1.1,
  opTanhReduce: 2.5,
  opBias: 0.25,
  convBias: 10,
  temperature: null,
  entropyWeight: 1e-4,
  baselineDecay: 0.99,
  baselineInit: "zero",
};

/** A small, quick controller of cells; the numbers of the script but for `overrides`. */
export function smallMicroController(
  nodes: number,
  overrides: Partial<MicroControllerOptions> = {},
  seed = 1,
): MicroController {
  const options = { ...MICRO_SCRIPT, hiddenSize: 12, learningRate: 0.01, ...overrides };
  return new MicroController(nodes, options, new Random(seed));
}

/** Makes a controller's weights `factor` times as large, so that it has clear preferences. */
export function amplify<A extends Arc>(controller: ArcSampler<A>, factor: number): ArcSampler<A> {
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
export const TWO_LAYER_ARCS: readonly MacroArc[] = [...MACRO.all(2)];

/** Every arc whose cells have one node: (2·5)⁴. */
export const ONE_NODE_ARCS: readonly MicroArc[] = Array.from(
  { length: 10_000 },
  (_, i) =>
    microArcFromDecisions(
      [2, 5, 2, 5, 2, 5, 2, 5].map((choices) => {
        const value = i % choices;
        i = (i - value) / choices;
        return value;
      }),
    ),
);

/** Probability that a sampler of two layers draws an arc for which `event` holds. */
export function probability(
  sampler: ArcSampler<MacroArc>,
  event: (arc: MacroArc) => boolean,
): number {
  const { logProbability } = sampler.evaluate(TWO_LAYER_ARCS);
  return TWO_LAYER_ARCS.reduce(
    (sum, arc, i) => event(arc) ? sum + Math.exp(logProbability[i]) : sum,
    0,
  );
}
