import assert from "node:assert/strict";
import fc from "fast-check";
import { ArcError, formatMicroArc, MICRO, parseMicroArc } from "../../../nas/space/mod.ts";
import { anyMicroArc, J2_MICRO, README_MICRO, THESIS_MICRO } from "./examples.ts";

/** Asserts that parsing fails at a place with a message. */
function refuses(text: string, message: RegExp, line: number, position: number, nodes?: number) {
  assert.throws(() => parseMicroArc(text, { nodes }), (error: unknown) => {
    assert.ok(error instanceof ArcError && error instanceof SyntaxError);
    assert.match(error.message, message);
    assert.deepEqual([error.line, error.position], [line, position], error.message);
    return true;
  });
}

Deno.test("parseMicroArc() reads the thesis's two arrays and writes them back", () => {
  const arc = parseMicroArc(THESIS_MICRO, { nodes: 5 });
  assert.deepEqual(arc.normal.nodes[4].operands, [{ input: 0, op: 1 }, { input: 5, op: 1 }]);
  const flat = formatMicroArc(arc, "flat");
  assert.equal(`[${flat.replace(" | ", "]\n[")}]`, THESIS_MICRO);
  assert.deepEqual(parseMicroArc(flat), arc);
});

Deno.test("parseMicroArc() reads the released code's final cells", () => {
  const arc = parseMicroArc(README_MICRO);
  assert.equal(arc.normal.nodes.length, 5);
  assert.equal(formatMicroArc(arc, "flat"), README_MICRO);
});

Deno.test("parseMicroArc() reads lists, bars, commas and line breaks alike", () => {
  const wanted = parseMicroArc(J2_MICRO);
  const texts = [
    "0 0 1 1 2 2 0 3 1 4 0 0 2 1 1 2",
    "0,0,1,1,2,2,0,3|1,4,0,0,2,1,1,2\n",
    "[0 0 1 1\n 2 2 0 3]\n[1 4 0 0\n 2 1 1 2]",
    "[0, 0, 1, 1, 2, 2, 0, 3], [1, 4, 0, 0, 2, 1, 1, 2]",
    "[0 0 1 1 2 2 0 3] | [1 4 0 0 2 1 1 2]",
    "normal cell\r\n2 = sep_conv3x3(0) + sep_conv5x5(1)\r\n3 = avg_pool3x3(2) + max_pool3x3(0)\n" +
    "\n reduction cell\n2 = identity(1)  + sep_conv3x3(0)\n 3 = sep_conv5x5(2) + avg_pool3x3(1)\n",
  ];
  for (const text of texts) assert.ok(MICRO.equal(parseMicroArc(text), wanted), text);
});

Deno.test("formatMicroArc() writes one readable row a node", () => {
  assert.equal(
    formatMicroArc(parseMicroArc(J2_MICRO), "rows"),
    `normal cell
2 = sep_conv3x3(0) + sep_conv5x5(1)
3 = avg_pool3x3(2) + max_pool3x3(0)
reduction cell
2 = identity(1) + sep_conv3x3(0)
3 = sep_conv5x5(2) + avg_pool3x3(1)`,
  );
});

Deno.test("parseMicroArc() reads back what formatMicroArc() writes", () => {
  fc.assert(fc.property(anyMicroArc, fc.constantFrom("flat", "rows"), (arc, format) => {
    const nodes = arc.normal.nodes.length;
    assert.deepEqual(parseMicroArc(formatMicroArc(arc, format), { nodes }), arc);
  }));
});

Deno.test("parseMicroArc() rejects an input that is not earlier, and unknown ops", () => {
  const message =
    /^Expected input 1 of node 2 of the normal cell to be 0..2 but found 3; this node/;
  refuses("0 0 1 1 3 2 0 3 | 1 4 0 0 2 1 1 2", message, 1, 9);
  refuses("0 0 1 1 2 2 0 3 |\n 1 4 0 5 2 1 1 2", /^Expected op 2 of node 1 of the red.* 5;/, 2, 8);
  refuses(
    "normal cell\n2 = identity(2) + identity(0)\nreduction cell\n2 = identity(0) + identity(0)",
    /input 1 of node 1 of the normal cell to be 0..1 but found 2/,
    2,
    1,
  );
});

Deno.test("parseMicroArc() rejects cells of wrong or different length", () => {
  refuses("", /empty text; write the normal and the reduction cell, such as 0 0 1/, 1, 1);
  refuses("0 0 0 0", /Expected 8B integers .* found 4/, 1, 8);
  refuses("0 0 0 | 0 0 0 0", /normal cell to hold 4 integers .* found 3/, 1, 5);
  refuses("0 0 0 0 |", /reduction cell to hold 4 integers .* found 0/, 1, 10);
  refuses("0 0 0 0 | 0 0 0 0 0 0 0 0", /found 1 in the normal cell and 2 in the reduction/, 1, 26);
  refuses("[0 0 0 0]", /two lists, .*but found one/, 1, 10);
  refuses("normal cell\n2 = identity(0) + identity(0)", /rows under "reduction cell"/, 2, 30);
});

Deno.test("parseMicroArc() rejects another number of nodes than asked for", () => {
  refuses(J2_MICRO, /^Expected 5 nodes a cell \(40 integers\) but found 2 \(16/, 1, 34, 5);
  assert.throws(() => parseMicroArc(J2_MICRO, { nodes: 0 }), RangeError);
});

Deno.test("parseMicroArc() rejects misplaced marks", () => {
  refuses("0 0 0 0 | 0 0 0 0 | 0", /one "\|" between the two cells but found "\|"/, 1, 19);
  refuses("0 0 [0", /without brackets, or both cells in brackets, but found "\["/, 1, 5);
  refuses("[0 [0", /"\]" before the next "\["/, 1, 4);
  refuses("[0] ] [", /"\[" before it but found "\]"/, 1, 5);
  refuses("[0 0 0 0] [0 0 0 0] [1]", /two lists, normal and reduction/, 1, 21);
  refuses("[0 0 0 0] 3", /integers within two bracketed lists but found "3"/, 1, 11);
  refuses("[0 | 0]", /within two bracketed lists but found "\|"/, 1, 4);
  refuses("[0 0 0 0] [0 0", /"\]" at the end of the list/, 1, 15);
  refuses("0 0 0 x", /found "x"/, 1, 7);
});

Deno.test("parseMicroArc() rejects damaged rows", () => {
  refuses("reduction cell", /"normal cell" with its rows.* found "reduction cell"/, 1, 1);
  refuses("normal cell\nnormal cell", /found "normal cell"/, 2, 1);
  refuses("normal cells", /found "normal cells"/, 1, 1);
  refuses("normal cell\n3 = identity(0) + identity(0)", /node 1 .* as "2 = op\(input\)/, 2, 1);
  refuses("normal cell\n 2 = cow(0) + identity(0)", /op 1 of node 1 .* found "cow"; the ops/, 2, 2);
});

Deno.test("parseMicroArc() parses any text or throws ArcError with a place", () => {
  const piece = fc.constantFrom(
    ..."[]| \n,0123459x=()",
    "normal cell\n",
    "reduction cell\n",
    "2 = ",
  );
  const text = fc.oneof(fc.string(), fc.array(piece, { maxLength: 40 }).map((a) => a.join("")));
  fc.assert(
    fc.property(text, (text) => {
      try {
        parseMicroArc(text);
      } catch (error) {
        assert.ok(error instanceof ArcError, String(error));
        assert.ok(error.line! >= 1 && error.position! >= 1, error.message);
      }
    }),
    { numRuns: 500 },
  );
});
