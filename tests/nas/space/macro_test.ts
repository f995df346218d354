import assert from "node:assert/strict";
import fc from "fast-check";
import {
  ArcError,
  formatMacroArc,
  layersOfCount,
  MACRO,
  MACRO_OPS,
  macroArcDecisions,
  macroArcFromDecisions,
  macroArcLength,
  parseMacroArc,
  skipRate,
  validateMacroArc,
} from "../../../nas/space/mod.ts";
import { anyMacroArc, THESIS_ROWS } from "./examples.ts";

Deno.test("MACRO_OPS lists the six ops by id", () => {
  assert.deepEqual(MACRO_OPS.map(({ id, name, kind, kernel }) => [id, name, kind, kernel]), [
    [0, "conv3x3", "conv", 3],
    [1, "sep_conv3x3", "sep_conv", 3],
    [2, "conv5x5", "conv", 5],
    [3, "sep_conv5x5", "sep_conv", 5],
    [4, "avg_pool3x3", "pool", 3],
    [5, "max_pool3x3", "pool", 3],
  ]);
});

Deno.test("macroArcLength() gives the published counts", () => {
  assert.deepEqual([1, 4, 12, 24].map(macroArcLength), [1, 10, 78, 300]);
  assert.deepEqual([0, 1, 2, 78, 300].map(layersOfCount), [null, 1, null, 12, 24]);
});

Deno.test("macroArcFromDecisions() is the inverse of macroArcDecisions()", () => {
  fc.assert(fc.property(anyMacroArc, (arc) => {
    const decisions = macroArcDecisions(arc);
    assert.equal(decisions.length, macroArcLength(arc.layers.length));
    assert.deepEqual(macroArcFromDecisions(Uint8Array.from(decisions)), arc);
    assert.equal(decisions.join(" "), formatMacroArc(arc, "flat"));
  }));
});

Deno.test("macroArcFromDecisions() rejects wrong counts and values", () => {
  assert.throws(() => macroArcFromDecisions([0, 1]), /\(1, 3, 6, 10, …\) but found 2/);
  assert.throws(() => macroArcFromDecisions([]), ArcError);
  assert.throws(() => macroArcFromDecisions([0, 6, 1]), /op of row 2 .* found 6/);
  assert.throws(() => macroArcFromDecisions([0, 1, 0.5]), /skip bit 1 of row 2 .* found 0.5/);
});

Deno.test("validateMacroArc() returns a copy without foreign fields", () => {
  const arc = validateMacroArc({
    space: "macro",
    layers: [{ op: 3, skips: [], note: 1 }],
    extra: 2,
  });
  assert.deepEqual(arc, { space: "macro", layers: [{ op: 3, skips: [] }] });
});

Deno.test("validateMacroArc() rejects values that are no macro arcs", () => {
  const cases: [unknown, RegExp][] = [
    [undefined, /space "macro" but found nothing/],
    [[1], /found a list/],
    [{ space: "micro", layers: [] }, /found space "micro"/],
    [{ space: "macro" }, /at least one layer/],
    [{ space: "macro", layers: [7] }, /row 1 to have an op and a list of skips but found 7/],
    [{ space: "macro", layers: [{ op: -1, skips: [] }] }, /op of row 1 to be 0..5 but found -1/],
    [{ space: "macro", layers: [{ op: 0, skips: [true] }] }, /row 1 to have 0 skip bits/],
    [
      { space: "macro", layers: [{ op: 0, skips: [] }, { op: 0, skips: [1] }] },
      /skip bit 1 of row 2 to be 0 or 1/,
    ],
  ];
  for (const [value, message] of cases) {
    assert.throws(() => validateMacroArc(value), { name: "ArcError", message, position: null });
  }
});

Deno.test("MACRO.equal() compares ops, bits and depth", () => {
  const arc = parseMacroArc("0 5 1");
  assert.ok(MACRO.equal(arc, parseMacroArc("[0] [5 1]")));
  for (const other of ["0 5 0", "0 4 1", "0", "0 5 1 0 0 0"]) {
    assert.ok(!MACRO.equal(arc, parseMacroArc(other)), other);
  }
});

Deno.test("MACRO.count() is exact", () => {
  assert.deepEqual([1, 2, 3, 4].map((layers) => MACRO.count(layers)), [6n, 72n, 1728n, 82944n]);
  assert.equal(MACRO.count(12), 6n ** 12n * 2n ** 66n);
  assert.equal(Number(MACRO.count(12)).toExponential(2), "1.61e+29");
  assert.equal(Number(MACRO.count(24)).toExponential(2), "5.75e+101");
  for (const layers of [0, -1, 1.5, NaN]) assert.throws(() => MACRO.count(layers), RangeError);
});

Deno.test("MACRO.all() yields each arc once", () => {
  for (const layers of [1, 2, 3]) {
    const texts = [...MACRO.all(layers)].map((arc) => formatMacroArc(arc, "flat"));
    assert.equal(BigInt(new Set(texts).size), MACRO.count(layers));
    assert.equal(BigInt(texts.length), MACRO.count(layers));
    assert.deepEqual(texts, texts.toSorted());
  }
  assert.throws(() => MACRO.all(0).next(), RangeError);
});

Deno.test("skipRate() divides set bits by L(L-1)/2", () => {
  assert.equal(skipRate(parseMacroArc("3")), 0);
  assert.equal(skipRate(parseMacroArc("[0] [5 1] [1 1 0]")), 2 / 3);
});

Deno.test("MACRO.opShares() counts layers of all arcs", () => {
  assert.deepEqual(MACRO.opShares([parseMacroArc("0"), parseMacroArc("[5] [5 0] [1 0 0]")]), [
    0.25,
    0.25,
    0,
    0,
    0,
    0.5,
  ]);
  const shares = MACRO.opShares([parseMacroArc(THESIS_ROWS)]);
  assert.deepEqual(shares.map((share) => Math.round(share * 24)), [1, 7, 3, 4, 4, 5]);
  assert.throws(() => MACRO.opShares([]), /at least one architecture/);
});
