/**
 * What the child of an arc costs, whichever network it is.
 *
 * @module
 */
import type { Arc } from "../space/arc.ts";
import { executedArc } from "../space/macro/structure.ts";
import { macroArcFlops, macroArcParameters, macroSupernetParameters } from "../space/macro/cost.ts";
import { macroOfficialArcFlops, macroOfficialArcParameters } from "../space/macro/official_cost.ts";
import {
  microArcFlops,
  microArcParameters,
  microOfficialArcFlops,
  microOfficialArcParameters,
  microSupernetParameters,
} from "../space/micro/cost.ts";
import type { NetworkSpec } from "./create_network.ts";

/** Cost of one child. */
export interface NetworkCost {
  /** Trainable parameters that the child reads; those of an auxiliary head are not counted. */
  readonly parameters: number;
  /** Floating-point operations of one forward pass of one image, 2 for a multiply-add. */
  readonly flops: number;
}

/**
 * Parameters and operations of the child of `arc`. Macro children are counted with the reductions
 * that they read; a released official network has parameters of the others too.
 *
 * @param spec The network.
 * @param arc An arc of its space.
 * @param shape `[height, width, channels]` of the images.
 * @throws {TypeError} If the arc is of another space.
 */
export function networkCost(
  spec: NetworkSpec,
  arc: Arc,
  [imageHeight, imageWidth]: readonly [number, number, number],
): NetworkCost {
  const size = { imageHeight, imageWidth };
  if (spec.space === "macro" && arc.space === "macro") {
    if (spec.graph === "faithful") {
      const options = { ...spec.options, ...size };
      const executed = executedArc(arc, spec.options.opMode);
      return {
        parameters: macroArcParameters(executed, options),
        flops: macroArcFlops(executed, options),
      };
    }
    const options = { ...spec.options, ...size };
    return {
      parameters: macroOfficialArcParameters(arc, options),
      flops: macroOfficialArcFlops(arc, options, "live"),
    };
  }
  if (spec.space === "micro" && arc.space === "micro") {
    const options = { ...spec.options, ...size };
    return spec.graph === "faithful"
      ? { parameters: microArcParameters(arc, options), flops: microArcFlops(arc, options) }
      : {
        parameters: microOfficialArcParameters(arc, options),
        flops: microOfficialArcFlops(arc, options),
      };
  }
  throw new TypeError(`networkCost() expects an arc of the ${spec.space} space`);
}

/**
 * Trainable parameters of the shared graph of a search; those of an auxiliary head are not counted.
 *
 * @param spec A faithful network.
 */
export function sharedParameters(spec: NetworkSpec): number {
  if (spec.graph !== "faithful") {
    throw new TypeError("sharedParameters() expects the searched graph but found an official one");
  }
  return spec.space === "macro"
    ? macroSupernetParameters(spec.options)
    : microSupernetParameters(spec.options);
}
