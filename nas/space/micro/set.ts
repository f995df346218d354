/**
 * The micro search space as a set: its size, its members, and summary statistics of arcs.
 *
 * @module
 */

import { checkPositiveInteger } from "../macro/structure.ts";
import { MICRO_CELLS, MICRO_OPS, type MicroArc, microArcFromDecisions } from "./arc.ts";

/**
 * The exact number of arcs with B nodes a cell, (5^B · (B+1)!)^4 (enas-spec.md section G.3): node c
 * chooses twice among c + 2 inputs and 5 ops, in each of two cells. Different arcs are counted apart
 * even where they compute the same function, such as a node with its operands swapped.
 *
 * The thesis (section 4.6) and the paper print (5 · (B'-2)!)^4 with B' = B + 2, which counts the
 * ops once instead of once a node and leaves out inputs: 1.3e11 for B = 5, where the exact number is
 * 2.6e25. {@link thesisMicroArcCount} gives theirs.
 *
 * @param nodes Number of nodes B of a cell.
 * @returns 10,000 for 1 node; about 2.56e25 for 5.
 * @throws {RangeError} If `nodes` is not a positive integer.
 */
export function countMicroArcs(nodes: number): bigint {
  checkPositiveInteger("nodes", nodes);
  return (BigInt(MICRO_OPS.length) ** BigInt(nodes) * factorial(nodes + 1)) ** 4n;
}

/**
 * The size of the space by the thesis's formula, (5 · B!)^4, which is too small (see
 * {@link countMicroArcs}). For setting both side by side.
 *
 * @param nodes Number of nodes B of a cell; the thesis counts the two inputs too, so its B is two
 * more.
 * @returns 129,600,000,000 for 5 nodes.
 * @throws {RangeError} If `nodes` is not a positive integer.
 */
export function thesisMicroArcCount(nodes: number): bigint {
  checkPositiveInteger("nodes", nodes);
  return (5n * factorial(nodes)) ** 4n;
}

/**
 * Every arc with B nodes a cell once, in the lexicographic order of the flat integers. Meant for one
 * node, which gives 10,000 arcs; two give 506,250,000.
 *
 * @param nodes Number of nodes B of a cell.
 * @returns A generator of arcs.
 * @throws {RangeError} If `nodes` is not a positive integer (when the first arc is asked for).
 */
export function* enumerateMicroArcs(nodes: number): Generator<MicroArc, void, undefined> {
  checkPositiveInteger("nodes", nodes);
  const decisions = new Array<number>(8 * nodes).fill(0);
  do {
    yield microArcFromDecisions(decisions);
  } while (advance(decisions, nodes));
}

/**
 * Share of each op among all operands of both cells of some arcs.
 *
 * @param arcs At least one valid arc; they may differ in their number of nodes.
 * @returns Five fractions by op id that sum to 1.
 * @throws {RangeError} If there is no arc.
 */
export function microOpShares(arcs: Iterable<MicroArc>): number[] {
  const counts = new Array<number>(MICRO_OPS.length).fill(0);
  for (const arc of arcs) {
    for (const name of MICRO_CELLS) {
      for (const { operands } of arc[name].nodes) for (const { op } of operands) counts[op] += 1;
    }
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) throw new RangeError("Expected at least one architecture but found none");
  return counts.map((count) => count / total);
}

function factorial(n: number): bigint {
  let product = 1n;
  for (let i = 2n; i <= BigInt(n); i++) product *= i;
  return product;
}

/** Counts the integers one up like an odometer; false when the last arc was reached. */
function advance(decisions: number[], nodes: number): boolean {
  for (let i = decisions.length - 1; i >= 0; i--) {
    const node = Math.floor(i / 4) % nodes;
    const last = i % 2 === 1 ? MICRO_OPS.length - 1 : node + 1;
    if (decisions[i] < last) {
      decisions[i] += 1;
      return true;
    }
    decisions[i] = 0;
  }
  return false;
}
