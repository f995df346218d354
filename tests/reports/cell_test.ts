import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { loadImage } from "@napi-rs/canvas";
import { parseArc } from "../../nas/space/arc.ts";
import { MICRO_CELLS, MICRO_OPS } from "../../nas/space/micro/arc.ts";
import { parseMicroArc } from "../../nas/space/micro/text.ts";
import { arcFacts, arcInWords, looseEnds, tryParseArc } from "../../reports/arc_text.ts";
import {
  cellEdges,
  cellStack,
  describeCell,
  drawArcSvg,
  drawCell,
  renderDrawingPng,
} from "../../reports/mod.ts";
import { describeCellStack, drawCellStack } from "../../reports/cell_stack.ts";
import { generator, sampleMicroArc } from "./fixture.ts";

// enas-spec.md, section J.
const SMALL = parseMicroArc("0 0 1 1 2 2 0 3 | 1 4 0 0 2 1 1 2");
const EVEN = [0.2, 0.2, 0.2, 0.2, 0.2];

Deno.test("cellEdges() lists reads, sums and loose ends of a cell", () => {
  const edges = cellEdges(SMALL.normal);
  const reads = edges.filter(({ kind }) => kind === "read");
  assert.deepEqual(reads.map(({ tensor, node }) => [tensor, node]), [[0, 2], [1, 2], [2, 3], [
    0,
    3,
  ]]);
  assert.equal(edges.filter(({ kind }) => kind === "sum").length, 4);
  assert.deepEqual(edges.filter(({ kind }) => kind === "loose").map(({ tensor }) => tensor), [3]);
});

for (const nodes of [1, 2, 5, 7]) {
  Deno.test(`drawCell() draws each edge of ${nodes} nodes once and no other`, async () => {
    const arc = parseMicroArc(sampleMicroArc(nodes, EVEN, generator(nodes)));
    for (const name of MICRO_CELLS) {
      const cell = arc[name];
      const svg = await drawCell(cell, { id: "c", name });
      const ids = [...svg.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id.replaceAll("&#45;", "-"))
        .filter((id) => /^c-(read|sum|loose)-/.test(id)).sort();
      const wanted = cellEdges(cell).map(({ kind, tensor, node, operand }) =>
        kind === "loose" ? `c-loose-${tensor}` : `c-${kind}-${node}-${operand}`
      ).sort();
      assert.deepEqual(ids, wanted);
      assert.equal(svg.match(/class="edge wire/g)?.length, wanted.length);
      for (const { operands } of cell.nodes) {
        for (const { op } of operands) {
          assert.ok(svg.includes(`layer op&#45;${MICRO_OPS[op].name}"`), MICRO_OPS[op].name);
        }
      }
      assert.ok(svg.includes(`aria-label="${describeCell(cell, name)}"`));
      assert.ok(!/xmlns|https?:|<!--|NaN/.test(svg));
    }
  });
}

Deno.test("drawCell() ends the official graph's cells without a 1×1 convolution", async () => {
  const options = { id: "c", name: "normal" } as const;
  assert.match(await drawCell(SMALL.normal, options), />Concatenate, conv 1×1</);
  assert.match(await drawCell(SMALL.normal, { ...options, graph: "official" }), />Concatenate</);
});

Deno.test("describeCell() says the whole cell in words", () => {
  assert.equal(
    describeCell(SMALL.reduction, "reduction"),
    "Reduction cell of 2 nodes: tensor 2 = Identity of h[i] + Sep. conv 3×3 of h[i−1]; tensor 3 = " +
      "Sep. conv 5×5 of tensor 2 + Avg. pool 3×3 of h[i]; output: tensor 3",
  );
});

Deno.test("an input that no node reads is a loose end", () => {
  const { normal } = parseMicroArc("0 0 0 0 | 0 0 1 0");
  assert.equal(looseEnds(normal), "h[i], tensor 2");
});

Deno.test("cellStack() puts reductions at d and 2d + 1 whatever the depth", () => {
  const text = (layers: number): string =>
    cellStack(layers).map(({ cell }) => cell === "normal" ? "N" : "R").join("");
  assert.equal(text(1), "RRN");
  assert.equal(text(3), "NRNRN");
  assert.equal(text(6), "NNRNNRNN");
  assert.equal(text(8), "NNRNNRNNNN");
  assert.equal(text(15), "NNNNNRNNNNNRNNNNN");
  assert.throws(() => cellStack(0), /greater than 0 but found 0/);
});

Deno.test("drawCellStack() names filters and sides of each stage", () => {
  const options = { layers: 6, filters: 20, shape: [28, 28, 1] as const, classes: 10 };
  assert.equal(
    describeCellStack(options),
    "Stack of 8 cells, N normal and R reduction: N N R N N R N N; 20 filters, 28×28, then 40 " +
      "filters, 14×14, then 80 filters, 7×7",
  );
  const svg = drawCellStack(options);
  for (const text of ["20 filters", "40 filters", "80 filters", "7×7", "10 classes"]) {
    assert.ok(svg.includes(`>${text}<`), text);
  }
  assert.equal(svg.match(/class="stacked /g)?.length, 8);
  assert.match(drawCellStack({ layers: 30 }), />N × 10</);
});

Deno.test("drawArcSvg() makes files of both spaces that stand alone", async () => {
  const micro = await drawArcSvg(SMALL, { layers: 6, filters: 20, classes: 10 });
  const macro = await drawArcSvg(parseArc("[0] [5 1] [1 1 1] [2 1 0 1]"), { shape: [32, 32, 3] });
  for (const [svg, part] of [[micro, "Reduction cell (R)"], [macro, "Factorised reduction"]]) {
    assert.match(svg, /^<\?xml version="1.0"/);
    assert.ok(svg.includes('xmlns="http://www.w3.org/2000/svg"') && svg.includes(part));
    const image = await loadImage(Buffer.from(svg));
    const size = /width="(\d+)" height="(\d+)" viewBox/.exec(svg);
    const png = await loadImage(Buffer.from(await renderDrawingPng(svg, 1)));
    assert.deepEqual([png.width, png.height], [image.width, image.height]);
    assert.deepEqual([image.width, image.height], size?.slice(1).map(Number));
    const ids = [...svg.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, ids.length);
  }
  assert.ok(!(await drawArcSvg(SMALL)).includes("stacked"));
});

Deno.test("arcs of both spaces are read and put into words", () => {
  const text = "0 0 1 1 2 2 0 3 | 1 4 0 0 2 1 1 2";
  assert.equal(tryParseArc(text)?.space, "micro");
  assert.equal(tryParseArc(text, "macro"), null);
  assert.deepEqual(arcFacts(SMALL), {
    ops: "2 × Sep. conv 3×3, 2 × Sep. conv 5×5, 2 × Avg. pool 3×3, 1 × Max pool 3×3, 1 × Identity",
    skips: null,
    possibleSkips: null,
  });
  assert.equal(arcInWords(SMALL), "pair of cells with 2 nodes each");
  assert.equal(arcInWords(parseArc("0 5 1")), "2-layer network with 1 skip connection");
  assert.equal(arcInWords(null), "network");
});
