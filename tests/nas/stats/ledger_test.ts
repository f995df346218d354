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
import {
  countEvidence,
  differenceEvidence,
  pairedEvidence,
  POINTS,
  SHARES,
} from "../../../study/kit/evidence.ts";
import { FRACTION, meanBand } from "../../../study/kit/bands.ts";
import { equivalenceFigure, pairedTable } from "../../../study/kit/paired_table.ts";
import { near, seeded } from "./helpers.ts";

function claim(id: string, side: ClaimedSide, evidence: Claim["evidence"], margin = 0.3): Claim {
  return { id, quote: "q", where: "w", question: "?", side, margin, evidence, remark: "" };
}

const ONES = [1, 1.1, 0.9, 1.05, 0.95];
const THREES = [3, 3.1, 2.9, 3.05, 2.95];

Deno.test("a verdict needs units enough, unless there is no chance in it", () => {
  const uniform = seeded();
  const gains = [2, 2.01, 2.02, 2.01, 2];
  const verdictOf = (evidence: Claim["evidence"]) =>
    judgeClaims([claim("one", "positive", evidence)])[0].verdict;
  for (const n of [2, 3, 4]) {
    const evidence = pairedEvidence(gains.slice(0, n), 0.3, uniform, POINTS);
    assert.ok(evidence.interval(0.95).low > 1, "the interval alone would support it");
    assert.equal(verdictOf(evidence), "undecidable", `${n} pairs`);
  }
  assert.equal(verdictOf(pairedEvidence(gains, 0.3, uniform, POINTS)), "supported");
  assert.equal(verdictOf(countEvidence(100n, 10n)), "supported");
});

Deno.test("intervals end where their quantity does", () => {
  const uniform = seeded();
  const paired = pairedEvidence([-40, 52], 0.3, uniform, POINTS);
  assert.deepEqual(paired.interval(0.99), { low: -100, high: 100, level: 0.99 });
  const groups = differenceEvidence([{ a: [0.1, 0.9], b: [0.2, 0.8] }], 0.1, uniform, SHARES);
  const { low, high } = groups.interval(0.99);
  assert.deepEqual([low, high], [-1, 1]);
  assert.deepEqual(
    pairedTable([{ what: "a − b", pairs: PAIRS, thesis: null }], OPTIONS(uniform)).rows[0]
      .filter((cell) => typeof cell === "string"),
    ["a − b", "−100.00 to 100.00"],
  );
  const figure = equivalenceFigure(
    [{ what: "a − b", pairs: PAIRS, thesis: null }],
    OPTIONS(uniform),
  );
  assert.ok(figure.kind === "intervals");
  assert.deepEqual([figure.rows[0].low, figure.rows[0].high], [-100, 100]);
  assert.deepEqual(meanBand([0.1, 0.9], FRACTION), { y: 0.5, low: 0, high: 1 });
});

const PAIRS = { a: [10, 80], b: [60, 30], differences: [50, -50] };
const OPTIONS = (uniform: () => number) => ({
  ...{ id: "table", title: "", caption: "", margin: 0.3 },
  uniform,
});

Deno.test("claims are judged by intervals that widen with their number", () => {
  const uniform = seeded();
  const strong = differenceEvidence([{ a: ONES, b: THREES }], 0.3, uniform, POINTS);
  const weak = differenceEvidence(
    [{ a: [1, 1.5, 0.9, 1.1, 0.7], b: [1.2, 1.4, 0.8, 1, 0.9] }],
    0.3,
    uniform,
    POINTS,
  );
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
  const { interval } = welchTest(ONES, THREES, 0.975);
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
