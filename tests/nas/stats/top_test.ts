import assert from "node:assert/strict";
import fc from "fast-check";
import vectors from "../../golden/stats_vectors.json" with { type: "json" };
import {
  expectedBestOf,
  judge,
  relativeImprovement,
  StatsError,
  topK,
} from "../../../nas/stats/mod.ts";
import { near } from "./helpers.ts";

Deno.test("the top of a ranking is judged by hand-computed values", () => {
  const scores = [0.9, 0.8, 0.7, 0.6, 0.5];
  const truths = [70, 90, 60, 80, 85];
  const top2 = topK(scores, truths, 2);
  assert.deepEqual(top2, {
    k: 2,
    precision: 0.5,
    enrichment: 1.25,
    bestRank: 0.2,
    worstRank: 0.8,
    regret: 0,
  });
  assert.equal(topK(scores, truths, 1).regret, 20);
  assert.equal(topK(scores, truths, 5).precision, 1);
  assert.throws(() => topK(scores, truths, 0), StatsError);
  assert.throws(() => topK(scores, truths, 6), /k from 1 to 5/);
});

Deno.test("a perfect estimator loses nothing at any k", () => {
  fc.assert(fc.property(
    fc.uniqueArray(fc.integer(), { minLength: 2, maxLength: 30 }),
    fc.nat(),
    (truths, seed) => {
      const k = 1 + seed % truths.length;
      const { precision, regret, bestRank } = topK(truths, truths, k);
      assert.equal(precision, 1);
      assert.equal(regret, 0);
      near(bestRank, 1 / truths.length, 1e-12);
    },
  ));
});

Deno.test("the expected best of k is the mean over all draws", () => {
  vectors.bestOf.expected.forEach((expected, i) =>
    near(expectedBestOf(vectors.bestOf.values, i + 1), expected, 1e-10)
  );
  assert.throws(() => expectedBestOf([1, 2], 3), StatsError);
  near(relativeImprovement(94.5, [90, 90]), 5, 1e-12);
});

Deno.test("verdicts follow the interval and the margin", () => {
  const interval = (low: number, high: number) => ({ low, high, level: 0.95 });
  assert.equal(judge("positive", interval(0.1, 0.5), 0.2), "supported");
  assert.equal(judge("positive", interval(-0.1, 0.1), 0.2), "contradicted");
  assert.equal(judge("positive", interval(-0.1, 0.5), 0.2), "undecidable");
  assert.equal(judge("negative", interval(-0.5, -0.1), 0.2), "supported");
  assert.equal(judge("negative", interval(-0.1, 0.4), 0.2), "contradicted");
  assert.equal(judge("not positive", interval(-1, 0.1), 0.2), "supported");
  assert.equal(judge("not positive", interval(0.05, 0.9), 0.2), "contradicted");
  assert.equal(judge("not positive", interval(-1, 1), 0.2), "undecidable");
  assert.equal(judge("none", interval(-0.1, 0.1), 0.2), "supported");
  assert.equal(judge("none", interval(0.05, 0.6), 0.2), "contradicted");
  assert.equal(judge("none", interval(-0.6, 0.6), 0.2), "undecidable");
  assert.equal(judge("none", interval(NaN, NaN), 0.2), "undecidable");
});
