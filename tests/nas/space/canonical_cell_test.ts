import assert from "node:assert/strict";
import fc from "fast-check";
import { canonicalCell } from "../../../nas/space/micro/canonical.ts";
import type { MicroCell, MicroNode } from "../../../nas/space/micro/arc.ts";

/** The least text over all orders of the nodes, by trying them: what `canonicalCell` stands for. */
function byTrying({ nodes }: MicroCell): string {
  let least: string | null = null;
  const places = new Map<number, number>([[0, 0], [1, 1]]);
  const extend = (texts: readonly string[]) => {
    const text = texts.join("; ");
    if (texts.length === nodes.length && (least === null || text < least)) least = text;
    nodes.forEach(({ operands }, node) => {
      if (places.has(node + 2) || operands.some(({ input }) => !places.has(input))) return;
      const parts = operands.map(({ input, op }) => `${places.get(input)} ${op}`).sort();
      places.set(node + 2, texts.length + 2);
      extend([...texts, parts.join(" ")]);
      places.delete(node + 2);
    });
  };
  extend([]);
  return least!;
}

function textOf({ nodes }: MicroCell): string {
  return nodes.map(({ operands }) => operands.map(({ input, op }) => `${input} ${op}`).join(" "))
    .join("; ");
}

/** Cells of up to six nodes with few ops, so that many look alike. */
const cells = fc.array(
  fc.array(fc.record({ input: fc.nat(), op: fc.nat({ max: 1 }) }), { minLength: 2, maxLength: 2 }),
  { minLength: 1, maxLength: 6 },
).map((nodes): MicroCell => ({
  nodes: nodes.map((operands, node) =>
    ({
      operands: operands.map(({ input, op }) => ({ input: input % Math.min(node + 2, 4), op })),
    }) as unknown as MicroNode
  ),
}));

Deno.test("canonicalCell() tells cells apart exactly where trying all orders does", () => {
  const byCanon = new Map<string, string>();
  const byTrial = new Map<string, string>();
  fc.assert(
    fc.property(cells, (cell) => {
      const [canonical, tried] = [textOf(canonicalCell(cell)), byTrying(cell)];
      const key = (text: string) => `${cell.nodes.length} ${text}`;
      assert.equal(byCanon.get(key(canonical)) ?? tried, tried, "two cells under one text");
      assert.equal(byTrial.get(key(tried)) ?? canonical, canonical, "one cell under two texts");
      byCanon.set(key(canonical), tried);
      byTrial.set(key(tried), canonical);
      assert.equal(byTrying(canonicalCell(cell)), tried, "another cell");
    }),
    { numRuns: 2000, seed: 1 },
  );
  assert.ok(byCanon.size > 300 && byCanon.size < 1900, `${byCanon.size} of 2000 cells differ`);
});

/** A graph as a cell: a node for each vertex, all alike, then one for each edge. */
function cellOf(vertices: number, edges: readonly (readonly [number, number])[]): MicroCell {
  const node = (a: number, b: number) =>
    ({ operands: [{ input: a, op: 0 }, { input: b, op: 0 }] }) as unknown as MicroNode;
  return {
    nodes: [
      ...Array.from({ length: vertices }, () => node(0, 1)),
      ...edges.map(([a, b]) => node(a + 2, b + 2)),
    ],
  };
}

/** A ring over `vertices`, from vertex `first` on. */
function ring(first: number, vertices: number): [number, number][] {
  return Array.from({ length: vertices }, (_, i) => [first + i, first + (i + 1) % vertices]);
}

/** `cell` of a graph with its vertices renamed. */
function renamed(edges: readonly (readonly [number, number])[], vertices: number, factor: number) {
  return cellOf(
    vertices,
    edges.map(([a, b]) => [b * factor % vertices, a * factor % vertices] as const).toReversed(),
  );
}

Deno.test("canonicalCell() of 32 nodes takes milliseconds, also where all look alike", () => {
  const alike = cellOf(32, []);
  const rings = [...ring(0, 3), ...ring(3, 3), ...ring(6, 4), ...ring(10, 6)];
  const cube = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((v) =>
    [1, 2, 4].filter((bit) => (v & bit) === 0).map((bit) => [v, v | bit] as const)
  );
  const petersen = [
    ...ring(0, 5),
    ...[0, 1, 2, 3, 4].flatMap((v) => [
      [v, v + 5] as const,
      [v + 5, (v + 2) % 5 + 5] as const,
    ]),
  ];
  const chains = [...Array(16).keys()].map((v) => [v, v] as const);
  const begin = performance.now();
  const lap = (name: string, budget: number) => {
    const took = performance.now() - last;
    last = performance.now();
    assert.ok(took < budget, `${name}: ${took} ms`);
  };
  let last = begin;
  canonicalCell(alike);
  lap("alike", 500);
  canonicalCell(cellOf(16, chains));
  lap("chains", 500);
  assert.deepEqual(canonicalCell(cellOf(16, rings)), canonicalCell(renamed(rings, 16, 5)));
  lap("rings", 500);
  assert.notDeepEqual(canonicalCell(cellOf(16, rings)), canonicalCell(cellOf(16, ring(0, 16))));
  lap("ring", 500);
  assert.deepEqual(canonicalCell(cellOf(8, cube)), canonicalCell(renamed(cube, 8, 3)));
  lap("cube", 500);
  assert.deepEqual(canonicalCell(cellOf(10, petersen)), canonicalCell(renamed(petersen, 10, 3)));
  lap("petersen", 500);
});
