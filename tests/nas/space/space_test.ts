import assert from "node:assert/strict";
import fc from "fast-check";
import { Random } from "../../../engine/random.ts";
import {
  type AnySpace,
  type Arc,
  arcDecisions,
  ENCODINGS,
  formatArc,
  isSpaceName,
  MACRO,
  MICRO,
  parseArc,
  parseMacroArc,
  parseMicroArc,
  SPACES,
} from "../../../nas/space/mod.ts";

const ALL: readonly AnySpace[] = Object.values(SPACES);
const texts = (arcs: Iterable<Arc>) => Array.from(arcs, formatArc);

/** Numbers 0, 1, 2, … of `integer`, each below its bound, for asking after every outcome. */
const nth = (value: number) => ({ uniform: () => 0, integer: (bound: number) => value % bound });

/** In how many decisions two arcs of one size differ. */
function distance(a: Arc, b: Arc): number {
  const other = arcDecisions(b);
  return arcDecisions(a).filter((value, i) => value !== other[i]).length;
}

Deno.test("every space reads back what it writes, and names what it is", () => {
  for (const space of ALL) {
    for (const size of [1, 2, 4]) {
      const arc = space.random(size, new Random(size));
      assert.equal(space.sizeOf(arc), size);
      assert.deepEqual(space.fromDecisions(space.toDecisions(arc)), arc);
      assert.deepEqual(space.parse(space.format(arc, "rows")), arc);
      assert.deepEqual(space.fromJson(JSON.parse(JSON.stringify(space.toJson(arc)))), arc);
      assert.deepEqual(space.validate(structuredClone(arc)), arc);
      const choices = space.choices(size);
      assert.equal(space.sizeOfCount(choices.length), size);
      assert.ok(space.toDecisions(arc).every((value, i) => value < choices[i].count));
      assert.deepEqual(parseArc(formatArc(arc), space.name), arc);
      assert.equal(space.rows(arc).map(({ text }) => text).join("\n"), space.format(arc, "rows"));
    }
    assert.ok(isSpaceName(space.name));
    assert.deepEqual(space.ops.map(({ id }) => id), [...space.ops.keys()]);
    assert.throws(() => space.choices(0), /greater than 0 but found 0/);
  }
  assert.ok(!isSpaceName("toString") && !isSpaceName(undefined));
});

Deno.test("neighbours() are the arcs that differ in one decision, each once", () => {
  for (const space of ALL) {
    const [size] = [space.name === MICRO.name ? 1 : 3];
    const arc = space.random(size, new Random(1));
    const found = texts(space.neighbours(arc));
    const expected = texts(Array.from(space.all(size)).filter((one) => distance(one, arc) === 1));
    assert.deepEqual(found.toSorted(), expected.toSorted());
  }
  const arc = parseMacroArc("0 5 1 2 0 1");
  const flips = texts(MACRO.neighbours(arc, ["skip"]));
  assert.deepEqual(flips, ["0 5 0 2 0 1", "0 5 1 2 1 1", "0 5 1 2 0 0"]);
  assert.equal(texts(MACRO.neighbours(arc, ["op"])).length, 3 * 5);
});

Deno.test("randomNeighbour() takes each neighbour for one number of the stream", () => {
  for (const space of ALL) {
    const arc = space.random(3, new Random(2));
    for (const kinds of [undefined, ["op"] as const]) {
      const all = texts(space.neighbours(arc, kinds));
      const drawn = all.map((_, i) => formatArc(space.randomNeighbour(arc, nth(i), kinds)));
      assert.deepEqual(drawn, all);
    }
  }
  const arc = MICRO.random(2, new Random(3));
  assert.throws(
    () => MICRO.randomNeighbour(arc, new Random(0), ["skip"]),
    /none of the kinds skip/,
  );
});

Deno.test("random() is uniform, with skips as often as asked for", () => {
  const random = new Random(4);
  const draws = Array.from({ length: 600 }, () => MICRO.random(2, random));
  const shares = MICRO.opShares(draws);
  assert.ok(shares.every((share) => Math.abs(share - 0.2) < 0.03), shares.join(" "));
  const sparse = Array.from({ length: 300 }, () => MACRO.random(5, random, 0.1));
  const rate = sparse.reduce((sum, arc) => sum + MACRO.skipRate(arc), 0) / sparse.length;
  assert.ok(Math.abs(rate - 0.1) < 0.03, String(rate));
});

Deno.test("all encodings of a size are equally long and tell arcs apart by what they compute", () => {
  for (const space of ALL) {
    for (const encoding of ENCODINGS) {
      const lengths = new Set(
        [5, 6, 7].map((seed) => space.encode(space.random(3, new Random(seed)), encoding).length),
      );
      assert.equal(lengths.size, 1, `${space.name} ${encoding}`);
    }
    const codes = new Set(
      Array.from(space.all(1), (arc) => space.encode(arc, "one-hot").join("")),
    );
    assert.equal(BigInt(codes.size), space.count(1));
  }
});

Deno.test("encodings of a macro arc by hand", () => {
  const arc = parseMacroArc("0 5 1");
  assert.deepEqual([...MACRO.encode(arc, "one-hot")], [
    ...[1, 0, 0, 0, 0, 0],
    ...[0, 0, 0, 0, 0, 1],
    ...[0, 1],
  ]);
  // Layer 1 reads the stem; layer 2 reads the stem by its skip and layer 1.
  assert.deepEqual([...MACRO.encode(arc, "adjacency")], [
    ...[1, 1, 1],
    ...[1, 0, 0, 0, 0, 0],
    ...[0, 0, 0, 0, 0, 1],
  ]);
  // Its last bit read as layer 1's own output, which is then read twice.
  const twice = MACRO.encode(arc, "adjacency", { skipIndex: "layer-output" });
  assert.deepEqual([...twice.slice(0, 3)], [1, 0, 2]);
  // Through both ops, or around both by the skip.
  const paths = MACRO.encode(arc, "path");
  assert.equal(paths.length, 1 + 6 + 36 + 216);
  assert.deepEqual([...paths.entries()].filter(([, bit]) => bit === 1).map(([i]) => i), [0, 7 + 5]);
});

Deno.test("encodings of a micro arc by hand", () => {
  // Node 2 adds op 1 of input 0 and op 3 of input 1; node 3 op 4 of node 2 and op 0 of input 0.
  const arc = parseMicroArc("0 1 1 3 2 4 0 0 | 0 0 0 0 0 0 0 0");
  const adjacency = [...MICRO.encode(arc, "adjacency")];
  assert.equal(adjacency.length, 2 * (2 + 3 + 4 * 5));
  assert.deepEqual(adjacency.slice(0, 5), [1, 1, 1, 0, 1]);
  assert.deepEqual(adjacency.slice(25, 30), [2, 0, 2, 0, 0]);
  const paths = MICRO.encode(arc, "path");
  const each = 1 + 5 + 25 + 125;
  assert.equal(paths.length, 4 * each);
  const found = [...paths.entries()].filter(([, bit]) => bit === 1).map(([i]) => i);
  const [input1, reduction] = [each, 2 * each];
  assert.deepEqual(found, [
    ...[1 + 0, 6 + 5 * 1 + 4],
    input1 + 6 + 5 * 3 + 4,
    // Both nodes are loose ends that read input 0 by op 0; input 1 is a loose end itself.
    reduction + 1,
    reduction + each,
  ]);
});

Deno.test("adjacency and path encodings do not see the order of a node's operands", () => {
  const swap = (arc: Arc) => {
    const d = arcDecisions(arc);
    return MICRO.fromDecisions(d.map((_, i) => d[i % 4 < 2 ? i + 2 : i - 2]));
  };
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const arc = MICRO.random(3, new Random(seed));
      assert.deepEqual(MICRO.encode(swap(arc), "path"), MICRO.encode(arc, "path"));
      assert.deepEqual(
        MICRO.encode(swap(arc), "adjacency").slice(0, 9),
        MICRO.encode(arc, "adjacency").slice(0, 9),
      );
    }),
    { numRuns: 40 },
  );
});

Deno.test("canonical() is one of the arcs that it stands for", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const arc = MICRO.random(4, new Random(seed));
      const canonical = MICRO.canonical(arc);
      assert.deepEqual(MICRO.canonical(canonical), canonical);
      assert.deepEqual(MICRO.encode(canonical, "path"), MICRO.encode(arc, "path"));
      assert.ok(formatArc(canonical) <= formatArc(arc));
    }),
    { numRuns: 40 },
  );
});
