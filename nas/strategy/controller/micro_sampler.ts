/**
 * The ENAS controller of the micro space: an LSTM that draws a normal and a reduction cell and
 * learns from their accuracy by REINFORCE (spec C).
 *
 * @module
 */
import type { Random } from "../../../engine/random.ts";
import { checkPositiveInteger } from "../../space/values.ts";
import type { MicroArc } from "../../space/micro/arc.ts";
import { drawnMicroDecisions, forcedMicroDecisions, recordedMicroDecisions } from "./decisions.ts";
import {
  initialMicroParameters,
  type MicroParameter,
  type MicroPolicyOptions,
  unrollMicro,
} from "./micro_policy.ts";
import type { ArcDecision } from "../../run/events.ts";
import { type Policy, PolicyController, type UpdateOptions } from "./policy_controller.ts";
import { checkMicroArcs } from "../strategy.ts";

/**
 * Every number of the controller; the configuration's group `controller` of a micro run fits as it
 * is. Where `entropy` is left out it is `full`, as in the released micro code (spec C.3).
 */
export interface MicroControllerOptions
  extends MicroPolicyOptions, Omit<UpdateOptions, "skipWeight"> {
  /** Width H of the LSTM: 64 in the released code, 100 in paper and thesis. */
  readonly hiddenSize: number;
}

/**
 * The LSTM controller of cells.
 *
 * @example One update
 * ```ts
 * const controller = new MicroController(5, config.controller, random.fork("controller"));
 * const sampled = controller.sample(10);
 * const { baseline } = controller.update(sampled, sampled.arcs.map(accuracyOf));
 * ```
 */
export class MicroController extends PolicyController<MicroArc, MicroParameter> {
  /**
   * @param nodes Number of nodes B of each cell.
   * @param options Every number of the controller.
   * @param random Initial weights and draws fork their own streams of it.
   * @throws {RangeError} If `nodes` or `hiddenSize` is not a positive integer.
   */
  constructor(readonly nodes: number, readonly options: MicroControllerOptions, random: Random) {
    super(
      microPolicy(nodes, options),
      { ...options, entropy: options.entropy ?? "full", skipWeight: 0 },
      random,
    );
  }
}

/** The policy over arcs whose cells have B nodes. */
function microPolicy(
  nodes: number,
  options: MicroControllerOptions,
): Policy<MicroArc, MicroParameter> {
  checkPositiveInteger("nodes", nodes);
  checkPositiveInteger("hiddenSize", options.hiddenSize);
  return {
    space: "micro",
    initial: (random) => initialMicroParameters(options.hiddenSize, options.convBias, random),
    check: (arcs) => checkMicroArcs(arcs, nodes),
    draw: (tape, weights, count, random) =>
      unrollMicro(tape, weights, { count, nodes }, options, drawnMicroDecisions(random)),
    trace: (tape, weights, arc) => {
      const list: ArcDecision[] = [];
      unrollMicro(tape, weights, { count: 1, nodes }, options, recordedMicroDecisions(arc, list));
      return list;
    },
    follow: (tape, weights, arcs) =>
      unrollMicro(
        tape,
        weights,
        { count: arcs.length, nodes },
        options,
        forcedMicroDecisions(arcs),
      ),
  };
}
