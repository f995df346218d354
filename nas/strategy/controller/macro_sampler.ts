/**
 * The ENAS controller of the macro space: an LSTM that draws arcs and learns from their accuracy by
 * REINFORCE (spec C).
 *
 * @module
 */
import type { Random } from "../../../engine/random.ts";
import { MACRO_OPS, type MacroArc } from "../../space/macro/arc.ts";
import { checkPositiveInteger } from "../../space/values.ts";
import { drawnDecisions, forcedDecisions, recordedDecisions } from "./decisions.ts";
import { type ControllerParameter, initialParameters, parameterShapes } from "./lstm.ts";
import { type MacroPolicyOptions, unrollMacro } from "./macro_policy.ts";
import type { ArcDecision } from "../../run/events.ts";
import { type Policy, PolicyController, type UpdateOptions } from "./policy_controller.ts";
import { checkMacroArcs } from "../strategy.ts";

/** Every number of the controller; the configuration's group `controller` fits as it is. */
export interface MacroControllerOptions extends MacroPolicyOptions, UpdateOptions {
  /** Width H of the LSTM: 64 in the released code, 100 in paper and thesis. */
  readonly hiddenSize: number;
  /** Weight of the skip penalty in the loss: 0.8. */
  readonly skipWeight: number;
}

/**
 * The LSTM controller.
 *
 * @example One update
 * ```ts
 * const controller = new MacroController(12, config.controller, random.fork("controller"));
 * const sampled = controller.sample(20);
 * const { baseline } = controller.update(sampled, sampled.arcs.map(accuracyOf));
 * ```
 */
export class MacroController extends PolicyController<MacroArc, ControllerParameter> {
  /**
   * @param layers Number of layers of the arcs.
   * @param options Every number of the controller.
   * @param random Initial weights and draws fork their own streams of it.
   * @throws {RangeError} If `layers` or `hiddenSize` is not a positive integer.
   */
  constructor(readonly layers: number, readonly options: MacroControllerOptions, random: Random) {
    super(macroPolicy(layers, options), options, random);
  }
}

/** The policy over arcs of L layers. */
function macroPolicy(
  layers: number,
  options: MacroControllerOptions,
): Policy<MacroArc, ControllerParameter> {
  checkPositiveInteger("layers", layers);
  checkPositiveInteger("hiddenSize", options.hiddenSize);
  return {
    space: "macro",
    initial: (random) =>
      initialParameters(parameterShapes(options.hiddenSize, MACRO_OPS.length), random),
    check: (arcs) => checkMacroArcs(arcs, layers),
    draw: (tape, weights, count, random) =>
      unrollMacro(tape, weights, { count, layers }, options, drawnDecisions(random)),
    trace: (tape, weights, arc) => {
      const list: ArcDecision[] = [];
      unrollMacro(tape, weights, { count: 1, layers }, options, recordedDecisions(arc, list));
      return list;
    },
    follow: (tape, weights, arcs) =>
      unrollMacro(tape, weights, { count: arcs.length, layers }, options, forcedDecisions(arcs)),
  };
}
