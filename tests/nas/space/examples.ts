/**
 * Architectures printed elsewhere, and a generator of arbitrary ones, for the tests of nas/space.
 *
 * @module
 */

import fc from "fast-check";
import {
  type MacroArc,
  macroArcFromRows,
  type MicroArc,
  microArcFromDecisions,
} from "../../../nas/space/mod.ts";

/** Thesis "Analysis of ENAS", section 4.3: a sampled macro architecture of 24 layers. */
export const THESIS_ROWS = `[2]
[5 0]
[1 0 0]
[3 1 1 0]
[3 0 0 1 1]
[1 0 0 0 0 1]
[0 0 0 0 0 0 0]
[3 0 0 0 0 0 0 1]
[4 0 0 0 0 1 0 0 0]
[4 1 0 1 0 1 0 1 0 1]
[1 1 1 0 0 1 0 1 1 1 1]
[5 1 0 1 0 1 0 1 0 0 0 1]
[1 0 0 1 1 0 0 1 0 1 0 0 0]
[2 1 0 1 0 1 0 0 0 1 1 0 0 0]
[3 0 0 1 1 0 0 0 1 0 1 1 0 0 1]
[2 0 0 1 0 1 1 0 1 0 0 1 1 0 1 1]
[4 0 0 1 1 0 1 0 0 0 0 1 1 0 1 0 1]
[5 0 0 0 1 1 0 1 0 1 1 1 1 1 0 0 0 0]
[1 0 1 0 0 0 1 1 0 1 0 0 1 0 0 0 0 0 0]
[1 0 0 0 0 1 1 1 0 0 0 0 1 0 0 0 1 1 1 1]
[4 1 1 0 1 1 0 1 1 0 0 1 1 0 0 0 0 0 0 1 1]
[5 1 0 1 0 0 1 0 1 0 1 0 0 0 1 0 1 0 1 0 1 0]
[5 1 1 1 1 0 1 1 0 0 0 1 1 1 1 1 1 1 0 1 1 1 1]
[1 1 1 1 0 1 1 0 0 0 0 0 1 0 1 1 1 0 0 0 0 1 0 1]`;

/** The final architecture of melodyguan/enas (enas-spec.md section A.5): op and bits of each row. */
const README = `0
3 0
0 10
2 001
2 0000
3 11010
2 000001
2 0110111
1 01110101
0 000000000
2 0000010000
0 10011000011
2 010000010110
1 0010001110101
0 11010100000100
2 001000000010101
2 0100010011110010
2 00001010100101001
3 011010000010101000
3 0110000000001100001
0 10010110001000001100
3 010110010110110100100
0 1010100000000101001000
0 11000111010001010011000`;

/** The same as bracketed rows. */
export const README_ROWS = README.split("\n")
  .map((row) => `[${[...row.replace(" ", "")].join(" ")}]`)
  .join("\n");

/** Flat arcs of enas-spec.md section J.2 (3 layers). */
export const J2_FLAT = [
  "0 0 0 0 0 0",
  "1 1 0 1 0 0",
  "3 3 0 3 0 0",
  "4 4 0 4 0 0",
  "5 5 0 5 0 0",
  "0 2 1 1 0 1",
];

/** Any macro arc of 1 to 14 layers. */
export const anyMacroArc: fc.Arbitrary<MacroArc> = fc.integer({ min: 1, max: 14 }).chain((layers) =>
  fc.tuple(
    ...Array.from({ length: layers }, (_, l) =>
      fc.tuple(
        fc.integer({ min: 0, max: 5 }),
        fc.array(fc.integer({ min: 0, max: 1 }), { minLength: l, maxLength: l }),
      )),
  )
).map((rows) => macroArcFromRows(rows.map(([op, bits]) => [op, ...bits])));

/** Thesis "Analysis of ENAS", section 4.5: the two arrays of a sampled micro architecture. */
export const THESIS_MICRO = `[0 3 1 0 2 1 0 0 2 1 3 1 0 0 1 3 0 1 5 1]
[1 0 1 0 1 1 1 0 1 0 2 0 3 2 2 1 3 4 4 0]`;

/** The final cells of melodyguan/enas (enas-spec.md section B.6). */
export const README_MICRO =
  "0 2 0 0 0 4 0 1 0 4 1 1 1 0 0 1 0 2 1 1 | 1 0 1 0 0 3 0 2 1 1 3 1 1 0 0 4 0 3 1 1";

/** Micro arc of enas-spec.md section J.2: two nodes a cell. */
export const J2_MICRO = "0 0 1 1 2 2 0 3 | 1 4 0 0 2 1 1 2";

/** Any micro arc of 1 to 7 nodes a cell. */
export const anyMicroArc: fc.Arbitrary<MicroArc> = fc.integer({ min: 1, max: 7 }).chain((nodes) =>
  fc.tuple(
    ...Array.from({ length: 2 * nodes }, (_, i) => {
      const input = fc.integer({ min: 0, max: i % nodes + 1 });
      const op = fc.integer({ min: 0, max: 4 });
      return fc.tuple(input, op, input, op);
    }),
  )
).map((rows) => microArcFromDecisions(rows.flat()));
