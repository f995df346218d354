import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Arc,
  arcDecisions,
  ArcError,
  arcLabel,
  arcOps,
  arcText,
  equalArcs,
  formatArc,
  opSharesOf,
  parseArc,
  parseMacroArc,
  parseMicroArc,
} from "../../../nas/space/mod.ts";
import {
  anyMacroArc,
  anyMicroArc,
  J2_MICRO,
  README_MICRO,
  README_ROWS,
  THESIS_MICRO,
  THESIS_ROWS,
} from "./examples.ts";

const anyArc: fc.Arbitrary<Arc> = fc.oneof(anyMacroArc, anyMicroArc);

Deno.test("parseArc() tells the spaces apart by the text's form", () => {
  assert.equal(parseArc(THESIS_ROWS).space, "macro");
  assert.equal(parseArc(README_ROWS).space, "macro");
  assert.equal(parseArc("[0] [5 1]").space, "macro");
  assert.equal(parseArc("0").space, "macro");
  for (const text of [THESIS_MICRO, README_MICRO, J2_MICRO, "[1 0 1 0] [0 0 0 0]"]) {
    assert.equal(parseArc(text).space, "micro", text);
  }
  assert.equal(parseArc("0 0 1 1 0 0 1 1").space, "micro");
  assert.equal(
    parseArc(
      "normal cell\n2 = identity(0) + identity(0)\nreduction cell\n2 = identity(0) + identity(1)",
    ).space,
    "micro",
  );
});

Deno.test("parseArc() reads back what arcText() writes in every style", () => {
  const style = fc.constantFrom("flat", "rows", "json");
  fc.assert(fc.property(anyArc, style, (arc, style) => {
    const text = arcText(arc, style);
    assert.ok(equalArcs(parseArc(text, arc.space), arc));
    assert.deepEqual(parseArc(text), arc);
  }));
});

Deno.test("formatArc() writes the arc's decisions on one line", () => {
  fc.assert(fc.property(anyArc, (arc) => {
    assert.equal(formatArc(arc).replace(" | ", " "), arcDecisions(arc).join(" "));
  }));
});

Deno.test("parseArc() refuses a number of integers that fits both spaces", () => {
  for (const [count, layers, nodes] of [[120, 15, 15], [136, 16, 17]]) {
    const text = new Array(count).fill(0).join(" ");
    assert.throws(() => parseArc(text), {
      name: "ArcError",
      message: new RegExp(
        `${count} integers fit .*${layers} layers .*${nodes} nodes.*name the space`,
      ),
    });
    assert.equal(arcLabel(parseArc(text, "macro")), `macro, ${layers} layers`);
    assert.equal(arcLabel(parseArc(text, "micro")), `micro, ${nodes} nodes a cell`);
  }
});

Deno.test("parseArc() refuses an arc of the other space", () => {
  const micro = parseMicroArc(J2_MICRO);
  const macro = parseMacroArc("0 5 1");
  for (const style of ["flat", "rows", "json"] as const) {
    assert.throws(() => parseArc(arcText(micro, style), "macro"), {
      name: "ArcError",
      message: "Expected an architecture of the macro space but found one of the micro space; " +
        "give one of the macro space, or choose the micro space",
    });
    assert.throws(
      () => parseArc(arcText(macro, style), "micro"),
      /but found one of the macro space/,
    );
  }
});

Deno.test("parseArc() refuses text that fits no space with the place", () => {
  assert.throws(() => parseArc("0 0 0 0 0"), /L \+ L\(L-1\)\/2 integers for L layers but found 5/);
  assert.throws(() => parseArc("0 0 0 0 0", "micro"), /8B integers .* found 5.*line 1/);
  assert.throws(() => parseArc(""), /empty text/);
  assert.throws(() => parseArc("{"), /Expected JSON in the architecture/);
  fc.assert(fc.property(fc.string(), (text) => {
    try {
      parseArc(text);
    } catch (error) {
      assert.ok(error instanceof ArcError, String(error));
    }
  }));
});

Deno.test("equalArcs() tells spaces and arcs apart", () => {
  const [macro, micro] = [parseMacroArc("0 5 1"), parseMicroArc(J2_MICRO)];
  assert.ok(equalArcs(macro, parseMacroArc("[0] [5 1]")));
  assert.ok(!equalArcs(macro, parseMacroArc("0 5 0")));
  assert.ok(!equalArcs(macro, micro) && !equalArcs(micro, macro));
  assert.ok(!equalArcs(micro, parseMicroArc(README_MICRO)));
});

Deno.test("arcLabel() and arcOps() describe both spaces", () => {
  assert.deepEqual(["0", "0 5 1", J2_MICRO].map((text) => arcLabel(parseArc(text))), [
    "macro, 1 layer",
    "macro, 2 layers",
    "micro, 2 nodes a cell",
  ]);
  assert.deepEqual([arcOps("macro").length, arcOps("micro").length], [6, 5]);
  assert.equal(arcOps("micro")[4].name, "identity");
});

Deno.test("opSharesOf() counts layers or operands and refuses a mixture", () => {
  const [macro, micro] = [parseMacroArc("0 5 1"), parseMicroArc(J2_MICRO)];
  assert.deepEqual(opSharesOf([macro]), [0.5, 0, 0, 0, 0, 0.5]);
  assert.deepEqual(opSharesOf([micro, micro]), [0.25, 0.25, 0.25, 0.125, 0.125]);
  assert.throws(() => opSharesOf([macro, micro]), /1 macro and 1 micro/);
  assert.throws(() => opSharesOf([]), /at least one/);
});
