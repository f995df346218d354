/**
 * Who decides while the controller's network is unrolled: chance, or given arcs (teacher forcing).
 *
 * @module
 */
import type { Random } from "../../engine/random.ts";
import { logSoftmax } from "../../engine/reference/categorical.ts";
import type { MacroArc } from "../arc/macro.ts";
import { type MicroArc, microArcDecisions } from "../arc/micro.ts";

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

/** Draws one value for each of the n rows of `logits [n,k]` from its softmax. */
function drawRows(random: Random, logits: Float64Array, n: number): Float64Array {
  const k = logits.length / n;
  const probabilities = logSoftmax({ shape: [n, k], data: logits }).map(Math.exp);
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
      Uint8Array.from(z, (value) => random.uniform() < 1 / (1 + Math.exp(-2 * value)) ? 1 : 0),
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
