/**
 * The controller as something to time: the arcs of one update, and the update.
 *
 * @module
 */
import { Random } from "../../engine/random.ts";
import { MacroController } from "../../nas/controller/macro_sampler.ts";
import type { Timed } from "../cases/types.ts";

/** Arcs of an update, as in the released script (spec F). */
export const ARCS = 20;

/** Updates of a controller of the released script's numbers (spec C.4 and F). */
export function controllerUpdates(layers: number): Timed {
  const controller = new MacroController(layers, {
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
  }, new Random(1));
  return {
    run(updates) {
      for (let update = 0; update < updates; update++) {
        const sampled = controller.sample(ARCS);
        // What the children reach changes no time.
        controller.update(sampled, sampled.arcs.map((_, arc) => arc / ARCS));
      }
      return Promise.resolve();
    },
  };
}
