import assert from "node:assert/strict";
import {
  type Claim,
  type ClaimedSide,
  judgeClaims,
  normalDraw,
  spreadBeyondImages,
  stratifiedDifferenceTest,
  stratifiedWelchTest,
  welchTest,
} from "../../../nas/stats/mod.ts";
import { differenceEvidence } from "../../../study/kit/evidence.ts";
import { near, seeded } from "./helpers.ts";

function claim(id: string, side: ClaimedSide, evidence: Claim["evidence"], margin = 0.3): Claim {
  return { id, quote: "q", where: "w", question: "?", side, margin, evidence, remark: "" };
}

Deno.test("claims are judged by intervals that widen with their number", () => {
  const uniform = seeded();
  const strong = differenceEvidence([{ a: [1, 1.1, 0.9], b: [3, 3.1, 2.9] }], 0.3, uniform);
  const weak = differenceEvidence([{ a: [1, 1.5, 0.9], b: [1.2, 1.4, 0.8] }], 0.3, uniform);
  const judged = judgeClaims([
    claim("weak", "positive", weak),
    claim("none", "positive", null),
    claim("strong", "positive", strong),
  ]);
  assert.deepEqual(judged.map(({ verdict }) => verdict), [
    "undecidable",
    "undecidable",
    "supported",
  ]);
  // Two claims have data: the smaller p gets the wider interval.
  assert.deepEqual(judged.map(({ level }) => level), [0.95, null, 0.975]);
  const [low, high] = judged[2].ci!;
  const { interval } = welchTest([1, 1.1, 0.9], [3, 3.1, 2.9], 0.975);
  near(low, interval.low, 1e-12);
  near(high, interval.high, 1e-12);
  assert.deepEqual(JSON.parse(JSON.stringify(judged)), judged);
});

Deno.test("strata are compared within themselves", () => {
  const strata = [{ a: [96, 95, 95.5], b: [96.2, 95.2, 95.7] }, { a: [80, 79], b: [80.2, 79.2] }];
  const test = stratifiedDifferenceTest(strata, { uniform: seeded() });
  near(test.statistic, 0.2, 1e-9);
  assert.equal(test.arrangements, 20 * 6);
  near(stratifiedWelchTest(strata).difference, 0.2, 1e-9);
  const [one] = strata;
  near(stratifiedWelchTest([one]).p, welchTest(one.a, one.b).p, 1e-12);
});

Deno.test("a spread is judged against the noise of the images", () => {
  const same = spreadBeyondImages([0.8, 0.801, 0.799, 0.8005], 10_000);
  assert.equal(same.deviation, 0);
  assert.ok(same.p > 0.9);
  const wide = spreadBeyondImages([0.2, 0.4, 0.3, 0.5], 10_000);
  near(wide.deviation, 0.129, 1e-3);
  assert.ok(wide.p < 1e-9 && wide.interval.low > 0.05 && wide.interval.high > 0.3);
});

/** Verdicts on "positive" in `studies` studies of `n` runs an arm with a true effect in points. */
function verdicts(effect: number, n: number, studies: number): Record<string, number> {
  const uniform = seeded(21);
  const draw = (mean: number) => Array.from({ length: n }, () => mean + 0.3 * normalDraw(uniform));
  const counts: Record<string, number> = { supported: 0, contradicted: 0, undecidable: 0 };
  for (let study = 0; study < studies; study++) {
    const strata = [{ a: draw(80), b: draw(80 + effect) }];
    const test = welchTest(strata[0].a, strata[0].b);
    const evidence = {
      statistic: "difference",
      value: test.difference,
      p: test.p,
      smallestP: NaN,
      n,
      unit: "runs",
      power: null,
      nToDecide: null,
      interval: (level: number) => stratifiedWelchTest(strata, level).interval,
    };
    counts[judgeClaims([claim("x", "positive", evidence)])[0].verdict]++;
  }
  return counts;
}

Deno.test("N3: a planted effect of 1 point is found, and a planted null is not", () => {
  assert.ok(verdicts(1, 6, 200).supported >= 160);
  assert.ok(verdicts(0, 6, 400).supported <= 20);
});
