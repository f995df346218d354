import assert from "node:assert/strict";
import fc from "fast-check";
import {
  ArcError,
  formatMacroArc,
  MACRO,
  parseMacroArc,
  skipRate,
} from "../../../nas/space/mod.ts";
import { anyMacroArc, J2_FLAT, README_ROWS, THESIS_ROWS } from "./examples.ts";

/** Asserts that parsing fails at a place with a message, and returns nothing. */
function refuses(text: string, message: RegExp, line: number, position: number, layers?: number) {
  assert.throws(() => parseMacroArc(text, { layers }), (error: unknown) => {
    assert.ok(error instanceof ArcError && error instanceof SyntaxError);
    assert.match(error.message, message);
    assert.deepEqual([error.line, error.position], [line, position], error.message);
    assert.ok(error.message.endsWith(` (line ${line}, position ${position})`));
    return true;
  });
}

Deno.test("parseMacroArc() and formatMacroArc() reproduce the thesis's example byte for byte", () => {
  const arc = parseMacroArc(THESIS_ROWS, { layers: 24 });
  assert.equal(formatMacroArc(arc, "rows"), THESIS_ROWS);
  assert.deepEqual(arc.layers.slice(0, 4), [
    { op: 2, skips: [] },
    { op: 5, skips: [false] },
    { op: 1, skips: [false, false] },
    { op: 3, skips: [true, true, false] },
  ]);
  assert.equal(skipRate(arc), 122 / 276);
});

Deno.test("parseMacroArc() reads the released code's final architecture", () => {
  const arc = parseMacroArc(README_ROWS);
  assert.equal(arc.layers.length, 24);
  assert.equal(skipRate(arc), 98 / 276);
  assert.equal(formatMacroArc(arc, "rows"), README_ROWS);
});

Deno.test("parseMacroArc() reads several rows on one line", () => {
  const arc = parseMacroArc("[0] [5 1] [1 1 1] [2 1 0 1]");
  assert.deepEqual(arc, {
    space: "macro",
    layers: [
      { op: 0, skips: [] },
      { op: 5, skips: [true] },
      { op: 1, skips: [true, true] },
      { op: 2, skips: [true, false, true] },
    ],
  });
});

Deno.test("parseMacroArc() reads flat integers with spaces, commas and line breaks", () => {
  const wanted = parseMacroArc("[0] [5 1] [1 1 1]");
  for (
    const text of ["0 5 1 1 1 1", "0,5,1,1,1,1", " 0\r\n5, 1\n1\t1 1\n", "[0],[5,1],[\n1 1\n1]"]
  ) {
    assert.ok(MACRO.equal(parseMacroArc(text), wanted), text);
  }
  for (const text of J2_FLAT) assert.equal(formatMacroArc(parseMacroArc(text), "flat"), text);
});

Deno.test("parseMacroArc() rejects a row that is too long", () => {
  refuses("[0]\n[5 1]\n[1 1 1 0]", /^Expected row 3 to hold 3 integers .* found 4; remove 1/, 3, 8);
});

Deno.test("parseMacroArc() rejects a row that is too short", () => {
  refuses("[0]\n[5]", /^Expected row 2 .*an op and 1 skip bit\) but found 1; add 1/, 2, 3);
  refuses("[]", /^Expected row 1 to hold 1 integer .* found 0; add 1/, 1, 2);
});

Deno.test("parseMacroArc() suggests a flat list when one bracket holds all integers", () => {
  refuses("[0 5 1]", /remove 2, or leave out the brackets to give a flat list/, 1, 4);
});

Deno.test("parseMacroArc() rejects an op outside 0..5", () => {
  refuses(
    "[0] [6 1]",
    /^Expected the op of row 2 to be 0..5 but found 6; the ops are 0 conv3x3/,
    1,
    6,
  );
  refuses("0 5 1\n9 1 1", /^Expected the op of row 3 .* found 9/, 2, 1);
});

Deno.test("parseMacroArc() rejects a skip bit other than 0 or 1", () => {
  refuses("[0]\n[5 2]", /^Expected skip bit 1 of row 2 to be 0 or 1 but found 2/, 2, 4);
  refuses("0 5 1 1 1 3", /^Expected skip bit 2 of row 3 to be 0 or 1 but found 3/, 1, 11);
});

Deno.test("parseMacroArc() rejects characters that are no integers", () => {
  refuses("[0]\n[5 x]", /^Expected an integer but found "x"; write only/, 2, 4);
  refuses("[-1]", /found "-1"/, 1, 2);
  refuses("0 5 1.0", /found "1.0"/, 1, 5);
  refuses("0 5 01", /found "01"; separate the values/, 1, 5);
  refuses(`[${"z".repeat(50)}]`, /found "z{20}…"/, 1, 2);
});

Deno.test("parseMacroArc() rejects empty text", () => {
  for (const text of ["", " \n\t", ",,"]) {
    refuses(text, /empty text; write one row per layer/, 1, 1);
  }
});

Deno.test("parseMacroArc() rejects a flat count that no number of layers takes", () => {
  refuses("0 5 1 1", /found 4; that is 3 for 2 layers and 6 for 3/, 1, 8);
});

Deno.test("parseMacroArc() rejects misplaced brackets", () => {
  refuses("[0] 5", /^Expected "\[" at the beginning of a row but found "5"/, 1, 5);
  refuses("[0] ]", /found "\]"/, 1, 5);
  refuses("[0 [5 1]", /^Expected "\]" before the next "\["/, 1, 4);
  refuses("[0] [5 1", /^Expected "\]" at the end of the row/, 1, 9);
  refuses("0 [5 1]", /^Expected only integers because the text begins without a bracket/, 1, 3);
});

Deno.test("parseMacroArc() rejects more or fewer layers than asked for", () => {
  refuses("[0] [5 1]", /^Expected 1 row, one per layer, but found another/, 1, 5, 1);
  refuses("[0]\n[5 1]", /^Expected 3 rows, one per layer, but found 2/, 2, 6, 3);
  refuses("0 5 1", /^Expected 6 integers for 3 layers but found 3/, 1, 6, 3);
  refuses("0 5 1", /^Expected 1 integer for 1 layer but found 3/, 1, 6, 1);
  assert.throws(() => parseMacroArc("0", { layers: 0 }), RangeError);
});

Deno.test("parseMacroArc() reads back what formatMacroArc() writes", () => {
  fc.assert(
    fc.property(anyMacroArc, fc.constantFrom("rows" as const, "flat" as const), (arc, form) => {
      const text = formatMacroArc(arc, form);
      assert.deepEqual(parseMacroArc(text, { layers: arc.layers.length }), arc);
    }),
  );
});

Deno.test("parseMacroArc() parses any text or throws ArcError", () => {
  const pieces = fc.constantFrom(
    "[",
    "]",
    "0",
    "1",
    "5",
    "7",
    " ",
    ",",
    "\n",
    "-",
    "é",
    "00",
    "[0]",
  );
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(pieces).map((all) => all.join("")),
  );
  fc.assert(
    fc.property(texts, (text) => {
      try {
        const arc = parseMacroArc(text);
        assert.deepEqual(parseMacroArc(formatMacroArc(arc, "rows")), arc);
      } catch (error) {
        assert.ok(error instanceof ArcError, String(error));
        assert.ok(error.line! >= 1 && error.position! >= 1);
      }
    }),
    { numRuns: 500 },
  );
});
