import assert from "node:assert/strict";
import vectors from "../../golden/stats_vectors.json" with { type: "json" };
import {
  correlationTest,
  countPairs,
  kendallP,
  kendallTau,
  midranks,
  partial,
  pearson,
  sparseTau,
  spearman,
  StatsError,
  untiedTau,
  weightedTau,
} from "../../../nas/stats/mod.ts";
import { near, seeded } from "./helpers.ts";

Deno.test("untiedTau() is kendallTau() where no value comes twice", () => {
  const uniform = seeded(3);
  for (const n of [2, 3, 4, 5, 7, 8, 9, 30, 65]) {
    for (let k = 0; k < 20; k++) {
      const x = Array.from({ length: n }, () => uniform());
      const y = x.map((value) => uniform() - (k % 3) * value);
      assert.equal(untiedTau(x, y), kendallTau(x, y), `${n}`);
    }
    const rising = Array.from({ length: n }, (_, i) => i);
    assert.equal(untiedTau(rising, rising), 1);
    assert.equal(untiedTau(rising, rising.toReversed()), -1);
  }
  assert.throws(() => untiedTau([1, 2], [1]), StatsError);
});

for (const vector of vectors.correlations) {
  Deno.test(`correlations of ${vector.x.length} pairs are scipy's`, () => {
    const { x, y } = vector;
    near(pearson(x, y), vector.pearson, 1e-12, "pearson");
    near(spearman(x, y), vector.spearman, 1e-12, "spearman");
    near(kendallTau(x, y), vector.kendall, 1e-12, "kendall");
    near(sparseTau(x, y, 0.25), vector.sparse, 1e-12, "sparse");
    // Pairs that are equal in both lists have no order of their own: scipy takes any.
    const { tiedX, tiedY, concordant, discordant, pairs } = countPairs(x, y);
    if (tiedX + tiedY + concordant + discordant === pairs) {
      near(weightedTau(x, y), vector.weighted, 1e-12, "weighted");
    }
    if ("kendallP" in vector) {
      const test = correlationTest(kendallTau, x, y, { uniform: seeded() });
      near(test.p, vector.kendallP!, 1e-12, "p of tau");
      near(test.smallestP, vector.kendallSmallestP!, 1e-12, "smallest p of tau");
      const other = correlationTest(pearson, x, y, { uniform: seeded() });
      near(other.p, vector.pearsonP!, 1e-12, "p of pearson");
      near(other.smallestP, vector.pearsonSmallestP!, 1e-12, "smallest p of pearson");
      assert.ok(test.exact);
    }
  });
}

Deno.test("a Monte-Carlo p is near the exact one and never 0", () => {
  const x = Array.from({ length: 10 }, (_, i) => i);
  const test = correlationTest(kendallTau, x, x, { uniform: seeded(), samples: 2000 });
  assert.ok(!test.exact);
  near(test.p, 1 / 2001, 1e-12);
  const y = [3, 1, 0, 4, 2, 9, 5, 7, 6, 8];
  const other = correlationTest(kendallTau, x, y, { uniform: seeded(), samples: 4000 });
  near(other.p, kendallP(10, other.statistic), 0.008);
});

Deno.test("the thesis's table 3 cannot decide: tau −0.20, p 0.82, 0.78, 0.70", () => {
  const estimates = [41.41, 32.81, 17.97, 21.09, 28.12];
  const finals = [80.33, 81.11, 80.81, 80.50, 81.12];
  const options = { uniform: seeded() };
  const tau = correlationTest(kendallTau, estimates, finals, options);
  near(tau.statistic, -0.2, 1e-12);
  near(tau.p, 0.8167, 1e-4);
  near(tau.smallestP, 2 / 120, 1e-12);
  near(correlationTest(spearman, estimates, finals, options).p, 0.7833, 1e-4);
  near(pearson(estimates, finals), -0.21, 5e-3);
  near(correlationTest(pearson, estimates, finals, options).p, 0.70, 5e-3);
});

Deno.test("a constant list has no correlation, and two pairs have one of ±1", () => {
  for (const correlation of [pearson, spearman, kendallTau, weightedTau]) {
    assert.ok(Number.isNaN(correlation([1, 1, 1], [1, 2, 3])));
    assert.ok(Number.isNaN(correlation([0.1, 0.1, 0.1], [0.3, 0.1, 0.2])));
    near(correlation([1, 2], [5, 3]), -1, 1e-12);
  }
  const test = correlationTest(kendallTau, [1, 1, 1], [1, 2, 3], { uniform: seeded() });
  assert.ok(Number.isNaN(test.p) && Number.isNaN(test.smallestP));
});

Deno.test("lists that cannot be correlated are refused by rule", () => {
  assert.throws(() => pearson([1, NaN], [1, 2]), StatsError);
  assert.throws(() => kendallTau([1, 2], [1, Infinity]), /finite values of y.*Infinity at place 1/);
  assert.throws(() => spearman([1, 2, 3], [1, 2]), /as many values/);
  assert.throws(() => pearson([1], [1]), /at least 2/);
  assert.throws(() => sparseTau([1, 2], [1, 2], 0), /step above 0/);
});

Deno.test("ranks share ties, and a partial correlation takes out what both follow", () => {
  assert.deepEqual(midranks([3, 1, 3, 2]), [3.5, 1, 3.5, 2]);
  const z = Array.from({ length: 40 }, (_, i) => i);
  const uniform = seeded(3);
  const x = z.map((value) => value + 8 * uniform());
  const y = z.map((value) => value + 8 * uniform());
  assert.ok(pearson(x, y) > 0.9);
  assert.ok(Math.abs(partial(pearson, x, y, z)) < 0.3);
});
