import assert from "node:assert/strict";
import { MACRO_OPS } from "../../nas/space/macro/arc.ts";
import { parseMacroArc } from "../../nas/space/macro/text.ts";
import { drawNetwork, networkDot } from "../../reports/network_drawing.ts";
import { type NetworkEdge, networkEdges, placeName } from "../../reports/network_edges.ts";
import { generator, sampleArc } from "./fixture.ts";

const GOLDEN = parseMacroArc("[0] [5 1] [1 1 1] [2 1 0 1]");
const EVEN = [1 / 6, 1 / 6, 1 / 6, 1 / 6, 1 / 6, 1 / 6];

const names = (edges: readonly NetworkEdge[], layers: number): string[] =>
  edges.map(({ from, to }) => `${placeName(from, layers)} -> ${placeName(to, layers)}`);

Deno.test("networkEdges() lists the chain of the thesis's example", () => {
  const chain = networkEdges(GOLDEN).filter(({ kind }) => kind === "chain");
  assert.deepEqual(names(chain, 4), [
    "stem -> layer 1",
    "layer 1 -> layer 2",
    "layer 2 -> layer 3",
    "layer 3 -> layer 4",
    "layer 4 -> head",
  ]);
});

Deno.test("networkEdges() lists exactly the set skip bits of the thesis's example", () => {
  const skips = networkEdges(GOLDEN).filter(({ kind }) => kind === "skip");
  // Bit i adds the input of layer i: the bits 1->2, 1->3, 2->3, 1->4, 3->4 of the thesis.
  assert.deepEqual(names(skips, 4), [
    "stem -> layer 2",
    "stem -> layer 3",
    "layer 1 -> layer 3",
    "stem -> layer 4",
    "layer 2 -> layer 4",
  ]);
  assert.deepEqual(skips.map(({ bit }) => bit), [0, 0, 1, 0, 2]);
});

Deno.test("networkEdges() counts the reductions on the way", () => {
  // Four layers pool after the first and after the second.
  const skips = networkEdges(GOLDEN).filter(({ kind }) => kind === "skip");
  assert.deepEqual(skips.map(({ reductions }) => reductions), [1, 2, 2, 2, 1]);
  const chain = networkEdges(GOLDEN).filter(({ kind }) => kind === "chain");
  assert.deepEqual(chain.map(({ reductions }) => reductions), [0, 1, 1, 0, 0]);
});

Deno.test("networkEdges() reads skip bits as outputs of layers where asked", () => {
  const skips = networkEdges(GOLDEN, "layer-output").filter(({ kind }) => kind === "skip");
  assert.deepEqual(names(skips, 4), [
    "layer 1 -> layer 2",
    "layer 1 -> layer 3",
    "layer 2 -> layer 3",
    "layer 1 -> layer 4",
    "layer 3 -> layer 4",
  ]);
});

for (const layers of [1, 2, 4, 6, 12, 24]) {
  Deno.test(`drawNetwork() draws each edge of ${layers} layers once and no other`, async () => {
    const next = generator(layers);
    const arc = layers === 4 ? GOLDEN : parseMacroArc(sampleArc(layers, EVEN, 0.4, next));
    const edges = networkEdges(arc);
    const svg = await drawNetwork(arc, { id: "n", shape: [32, 32, 3], classes: 10 });
    const ids = [...svg.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id.replaceAll("&#45;", "-"));
    const drawn = (kind: string): string[] =>
      ids.filter((id) => id.startsWith(`n-${kind}-`)).sort();
    assert.deepEqual(
      drawn("skip"),
      edges.filter(({ kind }) => kind === "skip").map(({ to, bit }) => `n-skip-${to + 1}-${bit}`)
        .sort(),
    );
    assert.deepEqual(
      drawn("chain"),
      edges.filter(({ kind }) => kind === "chain")
        .map(({ from, to }) => `n-chain-${from + 1}-${to + 1}`).sort(),
    );
    assert.equal(new Set(ids).size, ids.length);
    assert.equal(svg.match(/class="edge skip /g)?.length ?? 0, drawn("skip").length);
    assert.equal(svg.match(/class="edge pool"/g)?.length ?? 0, layers < 3 ? 0 : 2);
    for (const { op } of arc.layers) {
      assert.ok(svg.includes(`layer op&#45;${MACRO_OPS[op].name} `), `op ${op}`);
    }
    assert.ok(!/xmlns|https?:|<!--|NaN/.test(svg));
  });
}

Deno.test("networkDot() ends skips at the place of their layer's sum", () => {
  const dot = networkDot(GOLDEN, { id: "n" });
  const sum = /"sum 4" \[shape=circle pos="[\d.]+,([\d.]+)"/.exec(dot);
  const skip = /id="n-skip-4-0"[^\]]*pos="e,[\d.]+,([\d.]+)/.exec(dot);
  assert.ok(sum && skip);
  assert.ok(Math.abs(Number(sum[1]) - Number(skip[1])) <= 3);
});
