import assert from "node:assert/strict";
import fc from "fast-check";
import {
  ArcError,
  formatMicroArc,
  MICRO,
  MICRO_OPS,
  microArcDecisions,
  microArcFromDecisions,
  microArcFromRows,
  microArcLength,
  microCellLooseEnds,
  parseMicroArc,
  thesisMicroArcCount,
  validateMicroArc,
} from "../../../nas/space/mod.ts";
import { anyMicroArc, J2_MICRO, README_MICRO, THESIS_MICRO } from "./examples.ts";

Deno.test("MICRO_OPS lists the five ops by id", () => {
  assert.deepEqual(
    MICRO_OPS.map(({ id, name, kind, kernel, pool }) => [id, name, kind, kernel, pool]),
    [
      [0, "sep_conv3x3", "sep_conv", 3, null],
      [1, "sep_conv5x5", "sep_conv", 5, null],
      [2, "avg_pool3x3", "pool", 3, "avg"],
      [3, "max_pool3x3", "pool", 3, "max"],
      [4, "identity", "identity", null, null],
    ],
  );
});

Deno.test("microArcFromDecisions() is the inverse of microArcDecisions()", () => {
  fc.assert(fc.property(anyMicroArc, (arc) => {
    const decisions = microArcDecisions(arc);
    assert.equal(decisions.length, microArcLength(arc.normal.nodes.length));
    assert.deepEqual(microArcFromDecisions(Uint8Array.from(decisions)), arc);
    assert.deepEqual(validateMicroArc(JSON.parse(JSON.stringify(arc))), arc);
  }));
  assert.equal(microArcLength(5), 40);
});

Deno.test("microArcFromDecisions() fills the normal cell first, then the reduction cell", () => {
  const arc = microArcFromDecisions([0, 0, 1, 1, 2, 2, 0, 3, 1, 4, 0, 0, 2, 1, 1, 2]);
  assert.deepEqual(arc.normal.nodes[1].operands, [{ input: 2, op: 2 }, { input: 0, op: 3 }]);
  assert.deepEqual(arc.reduction.nodes[0].operands, [{ input: 1, op: 4 }, { input: 0, op: 0 }]);
});

Deno.test("microArcFromDecisions() rejects wrong counts and values", () => {
  const refuses = (decisions: number[], message: RegExp) =>
    assert.throws(() => microArcFromDecisions(decisions), { name: "ArcError", message });
  refuses([], /Expected 8B decisions .*\(8, 16, 24, …\) but found 0/);
  refuses(new Array(12).fill(0), /but found 12/);
  refuses(
    [0, 0, 0, 0, 0, 0, 2, 0],
    /input 2 of node 1 of the reduction cell to be 0..1 but found 2; this node is tensor 2/,
  );
  refuses(
    [0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    /input 1 of node 2 of the normal cell to be 0..2 but found 3; this node is tensor 3/,
  );
  refuses(
    [0, 5, 0, 0, 0, 0, 0, 0],
    /op 1 of node 1 of the normal cell .*0..4 but found 5; the ops/,
  );
  refuses([0, 0.5, 0, 0, 0, 0, 0, 0], /found 0.5/);
  refuses([-1, 0, 0, 0, 0, 0, 0, 0], /found -1/);
});

Deno.test("validateMicroArc() returns a copy without foreign fields", () => {
  const arc = parseMicroArc(J2_MICRO);
  const node = { operands: [{ input: 0, op: 1, note: 2 }, { input: 1, op: 4 }], note: 1 };
  const copy = validateMicroArc({ ...arc, normal: { nodes: [node, node] }, note: 1 });
  assert.deepEqual(copy.normal.nodes[0], {
    operands: [{ input: 0, op: 1 }, { input: 1, op: 4 }],
  });
  assert.deepEqual(Object.keys(copy), ["space", "normal", "reduction"]);
});

Deno.test("validateMicroArc() rejects values that are no micro arcs", () => {
  const { normal, reduction } = parseMicroArc(J2_MICRO);
  const half = { nodes: normal.nodes.slice(0, 1) };
  const cases: [unknown, RegExp][] = [
    [null, /space "micro" but found null/],
    [{ space: "macro", layers: [] }, /space "micro" but found space "macro"/],
    [{ space: "micro", normal }, /reduction cell to have a list .* found nothing/],
    [{ space: "micro", normal: { nodes: [] }, reduction }, /normal cell .* at least one node/],
    [{ space: "micro", normal: half, reduction }, /found 1 in the normal cell and 2 in the/],
    [{ space: "micro", normal, reduction: { nodes: [3] } }, /node 1 of the reduction .* found 3/],
    [
      { space: "micro", normal, reduction: { nodes: [{ operands: [1] }] } },
      /two operands but found 1/,
    ],
    [
      { space: "micro", normal, reduction: { nodes: [{ operands: [1, 2] }] } },
      /operand 1 of node 1 of the reduction cell to have an input and an op but found 1/,
    ],
  ];
  for (const [value, message] of cases) {
    assert.throws(() => validateMicroArc(value), { name: "ArcError", message, line: null });
  }
  assert.throws(() => microArcFromRows([[0, 0, 0]], [[0, 0, 0, 0]]), /4 integers .* found 3/);
});

Deno.test("validateMicroArc() accepts any JSON value or throws ArcError", () => {
  fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), (normal, nodes) => {
    for (const value of [{ space: "micro", normal, reduction: { nodes } }, normal]) {
      try {
        validateMicroArc(value);
      } catch (error) {
        assert.ok(error instanceof ArcError, String(error));
      }
    }
  }));
});

Deno.test("MICRO.equal() compares indices, ops and size", () => {
  const arc = parseMicroArc(J2_MICRO);
  assert.ok(MICRO.equal(arc, parseMicroArc(J2_MICRO)));
  assert.ok(!MICRO.equal(arc, parseMicroArc(README_MICRO)));
  fc.assert(fc.property(anyMicroArc, fc.nat(), (arc, at) => {
    const decisions = microArcDecisions(arc);
    const i = at % decisions.length;
    decisions[i] = decisions[i] === 0 ? 1 : decisions[i] - 1;
    assert.ok(!MICRO.equal(arc, microArcFromDecisions(decisions)));
  }));
});

Deno.test("microCellLooseEnds() finds the tensors that nothing reads", () => {
  const thesis = parseMicroArc(THESIS_MICRO);
  assert.deepEqual(microCellLooseEnds(thesis.normal), [4, 6]);
  assert.deepEqual(microCellLooseEnds(thesis.reduction), [0, 5, 6]);
});

Deno.test("microCellLooseEnds() of the thesis's figure 10 leaves o4 alone", () => {
  // o3 = sep_conv5x5(o2) + id(o2), o4 = avg_pool3x3(o3) + sep_conv3x3(o1); o_n has index n - 1.
  const cell = [[1, 1, 1, 4], [2, 2, 0, 0]];
  const arc = microArcFromRows(cell, cell);
  assert.deepEqual(microCellLooseEnds(arc.normal), [3]);
  assert.match(
    formatMicroArc(arc, "rows"),
    /2 = sep_conv5x5\(1\) \+ identity\(1\)\n3 = avg_pool3x3\(2\) \+ sep_conv3x3\(0\)/,
  );
});

Deno.test("microCellLooseEnds() always holds the last node and never what is read", () => {
  fc.assert(fc.property(anyMicroArc, ({ normal }) => {
    const ends = microCellLooseEnds(normal);
    assert.equal(ends.at(-1), normal.nodes.length + 1);
    const read = normal.nodes.flatMap(({ operands }) => operands.map(({ input }) => input));
    assert.equal(new Set([...read, ...ends]).size, normal.nodes.length + 2);
    assert.ok(ends.every((end) => !read.includes(end)));
  }));
});

Deno.test("MICRO.count() is exact and the thesis's formula falls short", () => {
  assert.equal(MICRO.count(1), 10_000n);
  assert.equal(MICRO.count(2), (10n * 10n * 15n * 15n) ** 2n);
  assert.equal(Number(MICRO.count(5)).toExponential(2), "2.56e+25");
  assert.equal(thesisMicroArcCount(5), 129_600_000_000n);
  assert.throws(() => MICRO.count(0), /nodes .* found 0/);
  assert.throws(() => thesisMicroArcCount(1.5), RangeError);
});

Deno.test("MICRO.all() yields each arc once, in order", () => {
  const texts = Array.from(MICRO.all(1), (arc) => formatMicroArc(arc, "flat"));
  assert.equal(BigInt(new Set(texts).size), MICRO.count(1));
  assert.equal(texts[0], "0 0 0 0 | 0 0 0 0");
  assert.equal(texts.at(-1), "1 4 1 4 | 1 4 1 4");
  assert.deepEqual(texts, texts.toSorted());
  // Node 2 may read tensor 2: the first 15 arcs of two nodes end with inputs 0, 1 and 2.
  const pairs = MICRO.all(2);
  const ends = new Set(
    Array.from({ length: 15 }, () => microArcDecisions(pairs.next().value!).slice(14).join(" ")),
  );
  assert.equal(ends.size, 15);
});

Deno.test("MICRO.opShares() counts all operands of both cells", () => {
  assert.deepEqual(MICRO.opShares([parseMicroArc(J2_MICRO)]), [2 / 8, 2 / 8, 2 / 8, 1 / 8, 1 / 8]);
  assert.throws(() => MICRO.opShares([]), /at least one architecture/);
});
