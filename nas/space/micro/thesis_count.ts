/**
 * The size of the micro space as the thesis counts it.
 *
 * @module
 */

import { checkPositiveInteger } from "../values.ts";

/**
 * The size of the space by the thesis's formula, (5 · B!)^4, which is too small (see
 * the space's own `count`). For setting both side by side.
 *
 * The thesis (section 4.6) and the paper print (5 · (B'-2)!)^4 with B' = B + 2, which counts the ops
 * once instead of once a node and leaves out inputs: 1.3e11 for B = 5, where the exact number is
 * (5^B · (B+1)!)^4, 2.6e25 (enas-spec.md section G.3).
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

function factorial(n: number): bigint {
  let product = 1n;
  for (let i = 2n; i <= BigInt(n); i++) product *= i;
  return product;
}
