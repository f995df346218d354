/**
 * The macro search space as a set: its size, its members, and summary statistics of arcs.
 *
 * @module
 */

import { MACRO_OPS, type MacroArc, macroArcFromRows } from "./arc.ts";
import { checkPositiveInteger } from "./structure.ts";

/**
 * The exact number of arcs with L layers, 6^L · 2^(L(L-1)/2) (enas-spec.md section G.3). Different
 * arcs are counted apart even where they compute the same function.
 *
 * @param layers Number of layers L.
 * @returns 1728 for 3 layers; about 1.6e29 for 12.
 * @throws {RangeError} If `layers` is not a positive integer.
 */
export function countMacroArcs(layers: number): bigint {
  checkPositiveInteger("layers", layers);
  return BigInt(MACRO_OPS.length) ** BigInt(layers) << BigInt(layers * (layers - 1) / 2);
}

/**
 * Every arc with L layers once, in the lexicographic order of the flat integers. Meant for small L:
 * 3 layers give 1728 arcs, 4 layers 82,944, 5 layers 7,962,624.
 *
 * @param layers Number of layers L.
 * @returns A generator of arcs.
 * @throws {RangeError} If `layers` is not a positive integer (when the first arc is asked for).
 */
export function* enumerateMacroArcs(layers: number): Generator<MacroArc, void, undefined> {
  checkPositiveInteger("layers", layers);
  const rows = Array.from({ length: layers }, (_, l) => new Array<number>(l + 1).fill(0));
  do {
    yield macroArcFromRows(rows);
  } while (advance(rows));
}

/**
 * Share of skip bits that are set: skips / (L(L-1)/2), as the released code logs it.
 *
 * @param arc A valid arc.
 * @returns A fraction 0..1; 0 for an arc of one layer, which has no bits.
 */
export function skipRate(arc: MacroArc): number {
  const bits = arc.layers.flatMap(({ skips }) => skips);
  return bits.length === 0 ? 0 : bits.filter(Boolean).length / bits.length;
}

/**
 * Share of each op among all layers of some arcs.
 *
 * @param arcs At least one valid arc; they may differ in depth.
 * @returns Six fractions by op id that sum to 1.
 * @throws {RangeError} If there is no arc.
 */
export function opShares(arcs: Iterable<MacroArc>): number[] {
  const counts = new Array<number>(MACRO_OPS.length).fill(0);
  for (const arc of arcs) for (const { op } of arc.layers) counts[op] += 1;
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) throw new RangeError("Expected at least one architecture but found none");
  return counts.map((count) => count / total);
}

/** Counts the rows one up like an odometer; false when the last arc was reached. */
function advance(rows: number[][]): boolean {
  for (let l = rows.length - 1; l >= 0; l--) {
    for (let j = l; j >= 0; j--) {
      const last = j === 0 ? MACRO_OPS.length - 1 : 1;
      if (rows[l][j] < last) {
        rows[l][j] += 1;
        return true;
      }
      rows[l][j] = 0;
    }
  }
  return false;
}
