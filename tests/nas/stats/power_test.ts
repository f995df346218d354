import assert from "node:assert/strict";
import vectors from "../../golden/stats_vectors.json" with { type: "json" };
import { normalQuantile, studentCdf, studentQuantile } from "../../../nas/stats/distributions.ts";
import {
  architecturesForSignificance,
  architecturesForTau,
  criticalTau,
  discordanceDistribution,
  kendallP,
  normalRuns,
  pairsForDifference,
  powerOfDifference,
  powerOfPairs,
  powerOfTau,
  runsForDifference,
  StatsError,
} from "../../../nas/stats/mod.ts";
import { near, seeded } from "./helpers.ts";

Deno.test("distributions agree with scipy", () => {
  for (const { p, freedom, quantile } of vectors.student) {
    near(studentQuantile(p, freedom) / (quantile || 1), quantile === 0 ? 0 : 1, 1e-7);
    near(studentCdf(quantile, freedom), p, 1e-7);
  }
  for (const { p, quantile } of vectors.normal) near(normalQuantile(p), quantile, 1e-9);
});

Deno.test("power of a difference is that of the noncentral t", () => {
  for (const { n, effect, deviation, power } of vectors.power) {
    near(powerOfDifference(n, effect, deviation), power, 1e-6);
  }
  assert.equal(powerOfDifference(1, 1, 1), 0);
});

Deno.test("runs needed for 0.3 and 0.5 points at a deviation of 0.3", () => {
  near(Math.ceil(normalRuns(0.3, 0.3)), 16, 0);
  near(Math.ceil(normalRuns(0.5, 0.3)), 6, 0);
  for (const effect of [0.3, 0.5]) {
    const n = runsForDifference(effect, 0.3);
    assert.ok(powerOfDifference(n, effect, 0.3) >= 0.8);
    assert.ok(powerOfDifference(n - 1, effect, 0.3) < 0.8);
  }
  const pairs = pairsForDifference(0.3, 0.3);
  assert.ok(powerOfPairs(pairs, 0.3, 0.3) >= 0.8 && powerOfPairs(pairs - 1, 0.3, 0.3) < 0.8);
  assert.ok(pairs < runsForDifference(0.3, 0.3));
  assert.throws(() => runsForDifference(0, 1), StatsError);
});

Deno.test("critical values of tau are those of the tables", () => {
  const table = {
    5: 1.00,
    6: 0.87,
    8: 0.64,
    10: 0.51,
    15: 0.39,
    20: 0.33,
    30: 0.26,
    50: 0.19,
    100: 0.13,
  };
  for (const [n, critical] of Object.entries(table)) near(criticalTau(+n)!, critical, 0.006, n);
  assert.equal(criticalTau(4), null);
  assert.throws(() => criticalTau(1), StatsError);
});

Deno.test("the null distribution of tau is exact", () => {
  near(discordanceDistribution(30).reduce((sum, p) => sum + p, 0), 1, 1e-12);
  assert.deepEqual([...discordanceDistribution(3)].map((p) => Math.round(6 * p)), [1, 2, 2, 1]);
  for (const { n, tau, p } of vectors.kendallExact) near(kendallP(n, tau), p, 1e-12);
  near(kendallP(4, 1), 2 / 24, 1e-12);
});

Deno.test("simulated power of tau meets the level without an effect and rises with n", () => {
  const uniform = seeded(5);
  const nothing = powerOfTau(20, 0, uniform);
  assert.ok(nothing > 0.03 && nothing < 0.065, `${nothing}`);
  assert.equal(powerOfTau(4, 0.9, uniform), 0);
  const n = architecturesForTau(0.4, uniform, { trials: 1000 })!;
  assert.ok(n >= 21 && n <= 27, `${n}`);
  const power = powerOfTau(n, 0.4, uniform);
  assert.ok(Math.abs(power - 0.8) < 0.05, `${power}`);
  assert.equal(architecturesForTau(0.02, uniform, { trials: 50, most: 50 }), null);
});

Deno.test("a tau of 0.2 is significant from 46 to 50 architectures on", () => {
  const n = architecturesForSignificance(0.2)!;
  assert.ok(kendallP(n, 0.2) <= 0.05 && kendallP(n - 1, 0.2) > 0.05);
  assert.ok(n >= 44 && n <= 50, `${n}`);
});
