import assert from "node:assert/strict";
import { judgeClaims, type JudgedClaim } from "../../nas/stats/mod.ts";
import {
  STUDY_REPORT_VERSION,
  type StudyReport,
  studyReportSchema,
} from "../../nas/stats/study_report.ts";
import { ESTIMATOR } from "../../study/estimator/study.ts";
import { chosenShares } from "../../study/estimator/choice.ts";
import { estimatorData } from "../../study/estimator/data.ts";
import { correlationEvidence } from "../../study/estimator/evidence.ts";
import { CLAIM_COUNTS } from "../../study/estimator/claims.ts";
import { estimateAt } from "../../study/estimator/predictors.ts";
import { estimatorArms } from "../../study/estimator/trials.ts";
import { Results } from "../../nas/trials/results.ts";
import type { StudySettings } from "../../study/study.ts";
import type { Trial } from "../../nas/trials/queue.ts";
import { near, seeded } from "../nas/stats/helpers.ts";
import { CLEAR, madeUp, NARROW, NULL, STRONG } from "./estimator_synthetic.ts";

const { tiny, small } = ESTIMATOR.presets;

/** A finished study with clear effects; made once, because it takes seconds. */
const strong = memo(() => reportOf(small, madeUp(small, STRONG, 1)));

function memo<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => made ??= make();
}

/** The report of made-up results, checked against its schema with nothing lost on the way to JSON. */
function reportOf(settings: StudySettings, results: Results): StudyReport {
  const report = {
    ...ESTIMATOR.analyse(settings, results, seeded()),
    version: STUDY_REPORT_VERSION,
    study: "estimator",
    cost: { seconds: results.seconds, trials: results.count, adapter: "none" },
    created: new Date(0).toISOString(),
    enaslab: "0.0.0",
  };
  studyReportSchema.parse(report);
  return studyReportSchema.parse(JSON.parse(JSON.stringify(report)));
}

function verdicts({ claims }: { readonly claims: readonly JudgedClaim[] }) {
  return Object.fromEntries(claims.map(({ id, verdict }) => [id, verdict]));
}

Deno.test("a planted correlation is found, and what was planted beside it", () => {
  const report = strong();
  const found = verdicts(report);
  assert.equal(report.claims.length, CLAIM_COUNTS.primary + CLAIM_COUNTS.secondary);
  assert.equal(found["T3.estimator"], "contradicted");
  assert.equal(found["T3.useful"], "contradicted");
  assert.equal(found["T3.same-final"], "contradicted");
  assert.equal(found["T3.spread"], "supported");
  assert.equal(found["E3.last-epoch"], "supported");
  assert.equal(found["E3.batch-norm"], "supported");
  assert.equal(found["E3.parameters"], "supported");
  assert.notEqual(found["E3.restart"], "supported");
  const tau = report.claims[0];
  assert.ok(tau.value! > 0.7 && tau.p! < 0.001 && tau.n === 24 && tau.nToDecide! > 60);
  assert.match(report.found[0], /wide enough/);
  assert.match(report.found[1], /no positive correlation is contradicted/);
  assert.match(report.done.at(-1)!, /4 primary claims.*5 secondary/);
});

Deno.test("an estimate that a restart spoils is better before it", () => {
  const found = verdicts(reportOf(small, madeUp(small, CLEAR, 1)));
  assert.equal(found["E3.restart"], "supported");
  assert.equal(found["E3.last-epoch"], "supported");
  assert.notEqual(found["T3.estimator"], "supported");
});

Deno.test("estimates that know nothing are seldom taken for ones that do", () => {
  const studies = 12;
  let contradicted = 0;
  for (let seed = 1; seed <= studies; seed++) {
    const results = madeUp(small, NULL, seed, ({ id }) => !/score.*epoch(?!16)/.test(id));
    const data = estimatorData(small, estimatorArms(small)[0], results);
    const tools = { uniform: seeded(seed), nForTau: null };
    const [{ verdict, ci }] = judgeClaims([{
      id: "tau",
      quote: "",
      where: "",
      question: "?",
      side: "not positive",
      margin: 0.2,
      evidence: correlationEvidence(estimateAt(data, 16, "batch"), data, tools),
      remark: "",
    }]);
    assert.ok(ci![0] < ci![1]);
    if (verdict === "contradicted") contradicted++;
  }
  // Each is wrong one time in forty; four of twelve once in 3,000 times.
  assert.ok(contradicted < 4, `${contradicted} of ${studies}`);
});

Deno.test("a narrow range is said to be one, and nothing about the estimate is judged", () => {
  const report = reportOf(small, madeUp(small, NARROW, 2));
  assert.match(report.found[0], /Range too narrow/);
  assert.ok(!report.found.some((text) => /no positive correlation/.test(text)));
  for (const { id, verdict, ci, value, remark } of report.claims) {
    if (id === "T3.same-final" || id === "T3.spread") continue;
    assert.deepEqual([id, verdict, ci], [id, "undecidable", null]);
    assert.ok(value !== null && remark.startsWith("Range too narrow"));
  }
  assert.notEqual(verdicts(report)["T3.same-final"], "contradicted");
});

const stages: Readonly<Record<string, (trial: Trial) => boolean>> = {
  "nothing": () => false,
  "one search": ({ id }) => id === "supernet/macro/seed1",
  "all searches": ({ kind }) => kind === "supernet",
  "all but trainings": ({ kind }) => kind !== "train",
  "two architectures trained": ({ kind, id }) => kind !== "train" || /arc0[12]\/seed1/.test(id),
  "every architecture trained once": ({ kind, id }) => kind !== "train" || id.endsWith("seed1"),
  "half of the second trainings": ({ kind, id }) =>
    kind !== "train" || id.endsWith("seed1") || /arc0[123]\/seed2/.test(id),
  "no estimates": ({ kind }) => kind !== "score",
  "one epoch of one supernet": ({ kind, id }) => kind !== "score" || id.endsWith("seed2/epoch4"),
  "no proxies": ({ kind }) => kind !== "proxies",
};

for (const [stage, keep] of Object.entries(stages)) {
  Deno.test(`an unfinished study has a report: ${stage}`, () => {
    const report = reportOf(tiny, madeUp(tiny, STRONG, 3, keep));
    assert.equal(report.claims.length, 9);
    const silent = report.claims.filter(({ n }) => n === 0);
    for (const { value, verdict } of silent) {
      assert.equal(value, null);
      assert.equal(verdict, "undecidable");
    }
    const trained = !["nothing", "one search", "all searches"].includes(stage);
    if (!trained) assert.ok(silent.length >= 8);
    if (stage === "every architecture trained once") {
      assert.equal(verdicts(report)["T3.estimator"], "undecidable");
      assert.match(report.found.join(" "), /not finished.*ceiling is not known/);
    }
  });
}

Deno.test("seeds that not all architectures have are left out, and so are architectures that failed", () => {
  const failed = ({ id }: Trial) => !/^train\/macro\/arc05\//.test(id);
  const data = estimatorData(
    small,
    estimatorArms(small)[0],
    madeUp(small, STRONG, 1, failed),
  );
  assert.equal(data.arcs.length, 23);
  assert.ok(data.replicates.every(({ length }) => length === 3));
  assert.ok(data.scores.flat().every((score) => score!.estimates.moving.length === 23));
  const begun = ({ id }: Trial) => !/^train\/macro\/arc(?:0[4-9]|[12]\d)\/seed3/.test(id);
  const early = estimatorData(small, estimatorArms(small)[0], madeUp(small, STRONG, 1, begun));
  assert.equal(early.arcs.length, 24);
  assert.ok(early.replicates.every(({ length }) => length === 2));
});

Deno.test("tables and figures of a finished study show what they must", () => {
  const report = strong();
  const table = (id: string) => report.tables.find((one) => one.id === id)!;
  const figure = (id: string) => report.figures.find((one) => one.id === id)!;
  const three = table("table-3");
  assert.deepEqual(three.rows.map((row) => row[2]).slice(0, 5), [
    41.41,
    32.81,
    28.12,
    21.09,
    17.97,
  ]);
  near(three.rows[5][2] as number, -0.2, 1e-12);
  near(three.rows[5][5] as number, report.claims[0].value!, 1e-12);
  assert.deepEqual(three.thesisColumns, [1, 2, 3]);
  const epochs = figure("tau-by-epoch");
  assert.ok(epochs.kind === "lines");
  const places = epochs.series[0].points.map(({ x }) => x);
  assert.ok(places.length >= 8 && places.includes(15) && places.includes(16));
  const rates = epochs.under!.series[0].points;
  assert.ok(rates.length === 31 && rates.every(({ y }) => y! > 0 && y! < 1));
  const heat = figure("tau-heat");
  assert.ok(heat.kind === "heat" && heat.rows.length === 6 && heat.columns.length === 8);
  assert.ok(heat.rows.every(({ values }) => values.every((value) => value !== null)));
  const scatter = figure("figure-18");
  assert.ok(scatter.kind === "scatter");
  const points = scatter.groups.flatMap((group) => group.points);
  assert.equal(points.length, 24);
  assert.ok(points.every(({ xLow, xHigh, yLow, yHigh }) => xLow! <= xHigh! && yLow! < yHigh!));
  const bump = figure("ranks");
  assert.ok(bump.kind === "bump" && bump.lines.length === 24 && bump.orders.at(-1) === "trained");
  const cells = [...report.tables, ...report.figures].map(({ id }) => id);
  assert.equal(new Set(cells).size, cells.length);
  for (const { columns, rows, digits } of report.tables) {
    assert.ok(rows.every((row) => row.length === columns.length));
    assert.equal(digits.length, columns.length);
  }
  const [architecture] = table("components").rows;
  near(architecture[2] as number, 100 * STRONG.arcDeviation, 1.5);
});

Deno.test("two spaces are judged together, each with claims, tables and figures of its own", () => {
  const both: StudySettings = { ...tiny, spaces: ["macro", "micro"] };
  const report = reportOf(both, madeUp(both, STRONG, 1));
  assert.equal(report.claims.length, 18);
  assert.equal(new Set(report.claims.map(({ id }) => id)).size, 18);
  assert.ok(report.claims.some(({ id }) => id === "T3.estimator.micro"));
  const ids = [...report.tables, ...report.figures].map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
});

Deno.test("a report is the same whenever it is made", () => {
  const results = madeUp(tiny, STRONG, 1);
  assert.deepEqual(reportOf(tiny, results), reportOf(tiny, results));
});

Deno.test("chosenShares() are the probabilities to be the best-scored of k, ties sharing", () => {
  const shares = chosenShares([0.1, 0.5, 0.3, 0.4], 2);
  // Of six pairs, the best alone is in three, the second best wins two, the third one.
  [0, 3 / 6, 1 / 6, 2 / 6].forEach((share, i) => near(shares[i], share, 1e-12));
  const tied = chosenShares([1, 1, 0], 2);
  [0.5, 0.5, 0].forEach((share, i) => near(tied[i], share, 1e-12));
  chosenShares([3, 1, 2], 1).forEach((share) => near(share, 1 / 3, 1e-12));
});
