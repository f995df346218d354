/**
 * Who decides while the controller's network is unrolled: chance, or given arcs (teacher forcing).
 *
 * @module
 */
import type { Random } from "../../../engine/random.ts";
import { logSoftmax } from "./ops/categorical.ts";
import type { MacroArc } from "../../space/macro/arc.ts";
import { MICRO_CELLS, type MicroArc, microArcDecisions } from "../../space/micro/arc.ts";
import type { ArcDecision } from "../../run/events.ts";

/** Takes the decisions of n arcs at a time, layer by layer. */
export interface MacroDecisions {
  /**
   * The op of layer `layer` of each arc.
   *
   * @param logits `[n,ops]`, row-major; the probabilities are their softmax.
   * @returns n op ids.
   */
  ops(layer: number, logits: Float64Array, n: number): Float64Array;
  /**
   * The skip bits of layer `layer` (1 or more) of each arc.
   *
   * @param z `[n,layer]`, row-major; a bit is 1 with probability `σ(2z)`.
   * @returns Bits `[n,layer]`.
   */
  skips(layer: number, z: Float64Array, n: number): Uint8Array;
}

/** Takes the decisions of n micro arcs at a time. */
export interface MicroDecisions {
  /**
   * One decision of each arc: an earlier tensor or an op.
   *
   * @param at Which: its place among the 8B integers of `microArcDecisions()`.
   * @param logits `[n,choices]`, row-major; the probabilities are their softmax.
   * @returns n whole numbers below `choices`.
   */
  choose(at: number, logits: Float64Array, n: number): Float64Array;
}

/** Softmax of each of the n rows of `logits [n,k]`. */
function softmaxRows(logits: Float64Array, n: number): Float64Array {
  return logSoftmax({ shape: [n, logits.length / n], data: logits }).map(Math.exp);
}

/** Probability with which a skip bit is 1. */
function skipProbability(z: number): number {
  return 1 / (1 + Math.exp(-2 * z));
}

/** Draws one value for each of the n rows of `logits [n,k]` from its softmax. */
function drawRows(random: Random, logits: Float64Array, n: number): Float64Array {
  const k = logits.length / n;
  const probabilities = softmaxRows(logits, n);
  return Float64Array.from(
    { length: n },
    (_, r) => random.categorical(probabilities.subarray(r * k, (r + 1) * k)),
  );
}

/** Decisions drawn with the network's own probabilities. */
export function drawnDecisions(random: Random): MacroDecisions {
  return {
    ops: (_layer, logits, n) => drawRows(random, logits, n),
    skips: (_layer, z) =>
      Uint8Array.from(z, (value) => random.uniform() < skipProbability(value) ? 1 : 0),
  };
}

/** The decisions of given arcs, all with as many layers as are unrolled. */
export function forcedDecisions(arcs: readonly MacroArc[]): MacroDecisions {
  return {
    ops: (layer) => Float64Array.from(arcs, (arc) => arc.layers[layer].op),
    skips: (layer) => Uint8Array.from(arcs.flatMap((arc) => arc.layers[layer].skips.map(Number))),
  };
}

/** Decisions of micro arcs drawn with the network's own probabilities. */
export function drawnMicroDecisions(random: Random): MicroDecisions {
  return { choose: (_at, logits, n) => drawRows(random, logits, n) };
}

/** The decisions of given micro arcs, all with as many nodes as are unrolled. */
export function forcedMicroDecisions(arcs: readonly MicroArc[]): MicroDecisions {
  const rows = arcs.map(microArcDecisions);
  return { choose: (at) => Float64Array.from(rows, (decisions) => decisions[at]) };
}

/**
 * The decisions of one given macro arc, each written into a list with its probabilities.
 *
 * @param arc The arc.
 * @param list Grows by every decision, in the order in which they are taken.
 */
export function recordedDecisions(arc: MacroArc, list: ArcDecision[]): MacroDecisions {
  const forced = forcedDecisions([arc]);
  return {
    ops: (layer, logits, n) => {
      const ops = forced.ops(layer, logits, n);
      list.push({
        kind: "op",
        cell: null,
        place: layer,
        slot: null,
        probabilities: [...softmaxRows(logits, 1)],
        chosen: ops[0],
      });
      return ops;
    },
    skips: (layer, z, n) => {
      const bits = forced.skips(layer, z, n);
      z.forEach((value, slot) => {
        const one = skipProbability(value);
        const probabilities = [1 - one, one];
        list.push({
          kind: "skip",
          cell: null,
          place: layer,
          slot,
          probabilities,
          chosen: bits[slot],
        });
      });
      return bits;
    },
  };
}

/**
 * The decisions of one given micro arc, each written into a list with its probabilities.
 *
 * @param arc The arc.
 * @param list Grows by every decision, in the order in which they are taken.
 */
export function recordedMicroDecisions(arc: MicroArc, list: ArcDecision[]): MicroDecisions {
  const forced = forcedMicroDecisions([arc]);
  return {
    choose: (at, logits, n) => {
      const choices = forced.choose(at, logits, n);
      const [chosen] = choices;
      list.push({
        ...microDecisionPlace(at, arc.normal.nodes.length),
        probabilities: [...softmaxRows(logits, 1)],
        chosen,
      });
      return choices;
    },
  };
}

/**
 * What one of the 8B integers of a micro arc decides.
 *
 * @param at Its place among `microArcDecisions()`.
 * @param nodes Number of nodes B of a cell.
 */
export function microDecisionPlace(
  at: number,
  nodes: number,
): Pick<ArcDecision, "kind" | "cell" | "place" | "slot"> {
  const row = Math.floor(at / 4);
  return {
    kind: at % 2 === 0 ? "input" : "op",
    cell: MICRO_CELLS[Math.floor(row / nodes)],
    place: row % nodes,
    slot: Math.floor(at % 4 / 2),
  };
}
