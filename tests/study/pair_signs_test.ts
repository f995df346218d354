import assert from "node:assert/strict";
import { kendallTau } from "../../nas/stats/mod.ts";
import { RankPairs } from "../../study/kit/pair_signs.ts";
import { near, seeded } from "../nas/stats/helpers.ts";

const uniform = seeded(7);
/** A list with ties. */
const list = (n: number) => Array.from({ length: n }, () => Math.floor(8 * uniform()) / 10);

Deno.test("tau of counted places is that of the written-out lists", () => {
  for (let round = 0; round < 30; round++) {
    const [x, y] = [list(9), list(9)];
    const drawn = x.map(() => Math.floor(9 * uniform()));
    const counts = x.map((_, place) => drawn.filter((one) => one === place).length);
    const expected = kendallTau(drawn.map((i) => x[i]), drawn.map((i) => y[i]));
    near(new RankPairs(x, y).tau(counts), expected, 1e-12);
    near(new RankPairs(x, y).tau(x.map(() => 1)), kendallTau(x, y), 1e-12);
  }
});

Deno.test("tau of exchanged places is that of the exchanged list", () => {
  const [x, y] = [list(7), list(7)];
  const order = [3, 0, 6, 1, 5, 2, 4];
  near(new RankPairs(x, y).exchanged(order), kendallTau(order.map((i) => x[i]), y), 1e-12);
});

Deno.test("tau of constant lists is not defined", () => {
  const pairs = new RankPairs([1, 1, 1], [1, 2, 3]);
  assert.ok(Number.isNaN(pairs.tau([1, 1, 1])));
  assert.ok(Number.isNaN(pairs.exchanged([0, 1, 2])));
  assert.ok(Number.isNaN(new RankPairs([1, 2], [2, 1]).tau([2, 0])));
});
