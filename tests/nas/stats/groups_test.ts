import assert from "node:assert/strict";
import vectors from "../../golden/stats_vectors.json" with { type: "json" };
import {
  differenceTest,
  equivalenceTest,
  hedgesG,
  holm,
  mcnemarTest,
  pairedTest,
  signFlipTest,
  StatsError,
  welchTest,
} from "../../../nas/stats/mod.ts";
import { near, seeded } from "./helpers.ts";

for (const vector of vectors.groups) {
  Deno.test(`groups of ${vector.a.length} and ${vector.b.length} give scipy's figures`, () => {
    const { a, b } = vector;
    const welch = welchTest(a, b);
    near(welch.difference, vector.difference, 1e-10, "difference");
    near(welch.p, vector.p, 1e-8, "p");
    near(welch.freedom, vector.freedom, 1e-8, "freedom");
    near(welch.interval.low, vector.interval[0], 1e-7, "low");
    near(welch.interval.high, vector.interval[1], 1e-7, "high");
    near(equivalenceTest(welch, vector.margin).p, vector.equivalenceP, 1e-8, "TOST");
    near(hedgesG(a, b), vector.hedgesG, 1e-10, "g");
    const test = differenceTest(a, b, { uniform: seeded() });
    assert.ok(test.exact);
    near(test.p, vector.permutationP, 1e-12, "exact p");
  });
}

Deno.test("the thesis's table 2 could never have shown a difference", () => {
  const options = { uniform: seeded() };
  const macro10 = differenceTest([96.69, 95.80, 95.71], [95.38, 95.81, 95.76], options);
  near(macro10.statistic, -0.4167, 1e-3);
  near(macro10.p, 0.5, 1e-12);
  near(macro10.smallestP, 0.1, 1e-12);
  const macro100 = differenceTest([80.75, 77.12, 80.55], [80.39, 80.07, 80.47], options);
  near(macro100.statistic, 0.837, 1e-3);
  near(macro100.p, 1, 1e-12);
  const micro = differenceTest([79.59, 77.67], [80.50, 80.02], options);
  near(micro.statistic, 1.63, 1e-9);
  near(micro.p, 1 / 3, 1e-12);
  near(micro.smallestP, 1 / 3, 1e-12);
});

Deno.test("the thesis's table 1, paired by epoch, has a least p of 0.25", () => {
  const test = signFlipTest([-0.20, -0.59, 0.06], { uniform: seeded() });
  near(test.statistic, -0.2433, 1e-3);
  near(test.p, 0.5, 1e-12);
  near(test.smallestP, 0.25, 1e-12);
  near(signFlipTest(vectors.signFlip.values, { uniform: seeded() }).p, vectors.signFlip.p, 1e-12);
});

Deno.test("large groups are tested by random arrangements", () => {
  const a = Array.from({ length: 30 }, (_, i) => i % 7);
  const b = a.map((value) => value + 3);
  const test = differenceTest(a, b, { uniform: seeded(), samples: 999 });
  assert.ok(!test.exact);
  near(test.p, 0.001, 1e-12);
  const flips = signFlipTest(b.map((value) => value + 1), { uniform: seeded(), samples: 999 });
  near(flips.p, 0.001, 1e-12);
});

Deno.test("equivalence needs an interval inside the margin, not a large p", () => {
  const close = [80.1, 80.2, 80.0, 80.1, 80.2, 80.0];
  assert.ok(equivalenceTest(welchTest(close, close.map((v) => v + 0.02)), 0.3).equivalent);
  const few = welchTest([80, 81], [80.1, 80.9]);
  assert.ok(few.p > 0.9);
  assert.ok(!equivalenceTest(few, 0.3).equivalent);
  assert.throws(() => equivalenceTest(few, 0), StatsError);
});

Deno.test("what one value or equal values cannot tell is NaN", () => {
  const one = welchTest([80], [81, 82]);
  assert.equal(one.difference, 1.5);
  assert.ok(Number.isNaN(one.p) && Number.isNaN(one.interval.low));
  assert.ok(!equivalenceTest(one, 5).equivalent);
  assert.ok(Number.isNaN(hedgesG([1, 1], [1, 1])));
  assert.ok(Number.isNaN(pairedTest([0.5]).p));
  assert.throws(() => welchTest([NaN, 1], [1, 2]), StatsError);
  assert.throws(() => welchTest([], [1, 2]), StatsError);
});

Deno.test("McNemar looks at disagreements alone, Holm at the number of tests", () => {
  const { onlyFirst, onlySecond, p } = vectors.mcnemar;
  const pairs = [
    ...Array(onlyFirst).fill([true, false]),
    ...Array(onlySecond).fill([false, true]),
    ...Array(50).fill([true, true]),
  ];
  const test = mcnemarTest(pairs.map(([a]) => a), pairs.map(([, b]) => b));
  assert.deepEqual([test.onlyFirst, test.onlySecond], [onlyFirst, onlySecond]);
  near(test.p, p, 1e-9);
  assert.equal(mcnemarTest([true], [true]).p, 1);
  assert.throws(() => mcnemarTest([true], []), StatsError);
  holm(vectors.holm.p).forEach((value, i) => near(value, vectors.holm.adjusted[i], 1e-12));
  assert.deepEqual(holm([0.04, NaN, 0.01]), [0.04, NaN, 0.02]);
});
