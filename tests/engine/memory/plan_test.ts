import assert from "node:assert/strict";
import fc from "fast-check";
import type { PooledBuffer } from "../../../engine/memory/storage.ts";
import {
  type Accesses,
  type Interval,
  lifetimesOf,
  liveBound,
  packPages,
  sharePlaces,
} from "../../../engine/memory/plan.ts";

const buffer = (id: number): PooledBuffer => ({ id, bytes: 16 * id, device: null });
/** A command from a list like `[[a, "t"], [b, "w"]]`. */
const command = (...accesses: [PooledBuffer, string][]): Accesses => ({
  storage: accesses.map(([buffer]) => ({ kind: "gpu", buffer, offset: 0, size: buffer.bytes })),
  signature: accesses.map(([, letter]) => letter).join(""),
});

Deno.test("a buffer lives from its first command to its last", () => {
  const [a, b, c] = [1, 2, 3].map(buffer);
  const { lives, mirrors, loads } = lifetimesOf([
    command([a, "w"]),
    command([a, "r"], [b, "w"]),
    command([b, "r"], [c, "w"]),
    command([a, "r"]),
  ]);
  assert.deepEqual(lives, [
    { buffer: a, size: 16, first: 1, last: 7 },
    { buffer: b, size: 32, first: 3, last: 5 },
    { buffer: c, size: 48, first: 5, last: 5 },
  ]);
  assert.deepEqual(mirrors, []);
  assert.deepEqual(loads, [[], [], [], []]);
});

Deno.test("a buffer that is streamed lives until it is copied, its texture until the last load", () => {
  const [a, b] = [1, 2].map(buffer);
  const { lives, mirrors, loads } = lifetimesOf([
    command([a, "w"]),
    command([a, "t"], [b, "w"]),
    command([b, "r"], [a, "t"]),
  ]);
  // The copy is made before command 1 runs: what that writes may lie where `a` lay.
  assert.deepEqual(lives, [
    { buffer: a, size: 16, first: 1, last: 2 },
    { buffer: b, size: 32, first: 3, last: 5 },
  ]);
  assert.deepEqual(mirrors, [{ buffer: a, index: 0, size: 16, first: 2, last: 5 }]);
  assert.deepEqual(loads, [[], [mirrors[0]], [mirrors[0]]]);
});

Deno.test("a buffer written again gets another texture, also by the command that loads from the first", () => {
  const a = buffer(1);
  const { lives, mirrors, loads } = lifetimesOf([
    command([a, "t"], [a, "t"]),
    command([a, "t"], [a, "w"]),
    command([a, "t"]),
  ]);
  assert.deepEqual(lives, [{ buffer: a, size: 16, first: 0, last: 4 }]);
  assert.deepEqual(mirrors.map(({ first, last }) => [first, last]), [[0, 3], [4, 5]]);
  assert.deepEqual(loads.map((of) => of.map(({ index }) => index)), [[0, 0], [0], [1]]);
});

Deno.test("liveBound() is the largest sum at one moment, both ends included", () => {
  assert.equal(liveBound([]), 0);
  const intervals = [
    { size: 5, first: 0, last: 2 },
    { size: 3, first: 2, last: 4 },
    { size: 6, first: 3, last: Infinity },
  ];
  assert.equal(liveBound(intervals.slice(0, 2)), 8);
  assert.equal(liveBound(intervals), 9);
});

Deno.test("sharePlaces() lets a small interval wait in a large place", () => {
  const { placeOf, sizes } = sharePlaces([
    { size: 2, first: 3, last: 4 },
    { size: 9, first: 0, last: 2 },
    { size: 8, first: 5, last: 6 },
    { size: 1, first: 4, last: 5 },
  ]);
  assert.deepEqual(sizes, [9, 1]);
  assert.deepEqual(placeOf, [0, 0, 0, 1]);
});

const interval = fc.tuple(fc.integer({ min: 1, max: 50 }), fc.nat(60), fc.nat(20)).map(
  ([size, first, length]): Interval => ({ size, first, last: first + length }),
);

Deno.test("sharePlaces() never puts two intervals that meet into one place", () => {
  fc.assert(fc.property(fc.array(interval, { maxLength: 60 }), (intervals) => {
    const { placeOf, sizes } = sharePlaces(intervals);
    intervals.forEach((a, i) => {
      assert.ok(a.size <= sizes[placeOf[i]]);
      intervals.slice(i + 1).forEach((b, k) => {
        const apart = a.last < b.first || b.last < a.first;
        assert.ok(apart || placeOf[i] !== placeOf[i + 1 + k]);
      });
    });
    const total = sizes.reduce((sum, size) => sum + size, 0);
    assert.ok(total >= liveBound(intervals));
    assert.ok(total <= intervals.reduce((sum, { size }) => sum + size, 0));
  }));
});

Deno.test("packPages() fills the narrowest gap, and opens a page where none is left", () => {
  const always = { first: 0, last: 9 };
  const { places, sizes } = packPages([
    { size: 4, first: 0, last: 1 },
    { size: 3, ...always },
    { size: 2, first: 0, last: 1 },
    { size: 1, ...always },
    { size: 2, first: 5, last: 6 },
    { size: 7, first: 5, last: 5 },
  ], 10);
  const at = (page: number, begin: number) => ({ page, begin });
  assert.deepEqual(places, [at(0, 0), at(0, 7), at(0, 4), at(1, 2), at(1, 0), at(0, 0)]);
  assert.deepEqual(sizes, [10, 3]);
});

Deno.test("packPages() never lets two intervals that meet overlap", () => {
  fc.assert(fc.property(fc.array(interval, { maxLength: 60 }), (intervals) => {
    const { places, sizes } = packPages(intervals, 100);
    intervals.forEach((a, i) => {
      const end = places[i].begin + a.size;
      assert.ok(places[i].begin >= 0 && end <= sizes[places[i].page] && end <= 100);
      intervals.forEach((b, k) => {
        const apart = a.last < b.first || b.last < a.first || places[i].page !== places[k].page ||
          places[k].begin >= end || places[k].begin + b.size <= places[i].begin;
        assert.ok(i === k || apart);
      });
    });
    assert.ok(sizes.reduce((sum, size) => sum + size, 0) >= liveBound(intervals));
  }));
});

Deno.test("packPages() gives what is larger than a page one of its own", () => {
  const interval = (size: number) => ({ size, first: 0, last: 1 });
  const { places, sizes } = packPages([interval(3), interval(20), interval(4)], 10);
  assert.deepEqual(sizes, [20, 7]);
  assert.deepEqual(places.map(({ page }) => page), [1, 0, 1]);
});
