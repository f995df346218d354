/**
 * The controller as something to time: the arcs of one update, and the update.
 *
 * @module
 */
import { Random } from "../../engine/random.ts";
import { getPreset, mergeConfig } from "../../nas/config/mod.ts";
import { createSampler } from "../../nas/strategy/registry.ts";
import type { Timed } from "../cases/types.ts";

/** Arcs of an update, as in the released script (spec F). */
export const ARCS = 20;

/** Updates of a controller of the released script's numbers (spec C.4 and F). */
export function controllerUpdates(layers: number): Timed {
  const { config } = getPreset("official-code", "macro");
  const controller = createSampler(mergeConfig(config, { child: { layers } }), new Random(1));
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
