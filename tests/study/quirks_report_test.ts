import assert from "node:assert/strict";
import { studyReportSchema } from "../../nas/stats/study_report.ts";
import { QUIRKS } from "../../study/quirks/study.ts";
import { plannedTrials } from "../../study/quirks/design.ts";
import { Results } from "../../nas/trials/results.ts";
import type { StudyFindings, StudySettings } from "../../study/study.ts";
import { near, seeded } from "../nas/stats/helpers.ts";
import { madeUp, NULL_WORLD, type World } from "./quirks_fixture.ts";

const { tiny, small } = QUIRKS.presets;
/** Enough architectures to see a planted correlation. */
const large: StudySettings = { ...small, arcs: 40 };

function analysed(settings: StudySettings, results: Results): StudyFindings {
  const findings = QUIRKS.analyse(settings, results, seeded());
  const report = JSON.parse(JSON.stringify({
    version: 1,
    study: "quirks",
    cost: { seconds: 1, trials: results.count, adapter: "none" },
    created: "2026-01-01T00:00:00Z",
    enaslab: "0.0.0",
    ...findings,
  }));
  assert.deepEqual(studyReportSchema.parse(report), report, "findings fit the schema");
  return findings;
}

const verdicts = ({ claims }: StudyFindings) =>
  Object.fromEntries(claims.map(({ id, verdict }) => [id, verdict]));

const SEEN: World = {
  ...NULL_WORLD,
  signal: (opMode) => opMode === "correct" ? 0.9 : 0.5,
  gain: 3,
  drift: { correct: 0.12, released: 0.02 },
};

Deno.test("planted effects are found: estimates rank once the sampled op runs, and ops are learned", () => {
  const findings = analysed(large, madeUp(large, SEEN));
  const found = verdicts(findings);
  assert.equal(found["quirks.repaired"], "contradicted");
  assert.equal(found["quirks.ops"], "supported");
  assert.equal(found["quirks.drift"], "supported");
  assert.notEqual(found["quirks.norm"], "supported", "rewards were given no effect");
  assert.equal(found["quirks.graph"], "supported", "both graphs were given the same worth");
  assert.match(findings.found[0], /do rank|does not survive/);
  const gains = findings.tables.find(({ id }) => id === "searches")!.rows.map((row) => row[3]);
  for (const gain of gains) near(Number(String(gain).split(" ")[0]), 3, 1.5);
});

Deno.test("a planted effect of the rewards is found, and laid to nothing else", () => {
  const world: World = { ...NULL_WORLD, signal: (_, norm) => norm === "batch" ? 0.9 : 0 };
  const found = verdicts(analysed(large, madeUp(large, world)));
  assert.equal(found["quirks.norm"], "supported");
  assert.notEqual(found["quirks.drift"], "supported");
});

Deno.test("where nothing is planted hardly anything is claimed", () => {
  let false_ = 0;
  for (let seed = 1; seed <= 10; seed++) {
    const found = verdicts(QUIRKS.analyse(small, madeUp(small, { ...NULL_WORLD, seed }), seeded()));
    for (const id of ["quirks.ops", "quirks.norm", "quirks.drift"]) {
      if (found[id] === "supported") false_++;
    }
    for (const id of ["quirks.as-released", "quirks.repaired", "quirks.graph"]) {
      if (found[id] === "contradicted") false_++;
    }
  }
  assert.ok(false_ <= 2, `${false_} false effects in 10 studies`);
});

Deno.test("networks that do not differ give no verdict of no correlation, but a range too narrow", () => {
  const world = { ...NULL_WORLD, spread: 0 };
  const findings = analysed(large, madeUp(large, world));
  const found = verdicts(findings);
  for (const id of ["quirks.as-released", "quirks.repaired", "quirks.ops", "quirks.graph"]) {
    assert.equal(found[id], "undecidable", id);
  }
  assert.ok(findings.found.some((text) => text.startsWith("Range too narrow")));
  assert.match(findings.claims[0].remark, /Range too narrow/);
});

Deno.test("unfinished studies analyse, whatever is missing", () => {
  const planned = plannedTrials(tiny);
  assert.equal(planned.length, 40);
  for (let count = 0; count <= planned.length; count += 5) {
    analysed(tiny, madeUp(tiny, SEEN, (_, place) => place < count));
  }
  for (const kind of ["supernet", "score", "train"]) {
    analysed(tiny, madeUp(tiny, SEEN, (trial) => trial.kind === kind));
    analysed(tiny, madeUp(tiny, SEEN, (trial) => trial.kind !== kind));
  }
  const { claims, found } = analysed(tiny, new Results([]));
  assert.ok(claims.every(({ n, verdict }) => n === 0 && verdict === "undecidable"));
  assert.match(found[0], /^Not known yet: 0 of 32/);
});

Deno.test("an architecture whose training failed is left out, the others keep all seeds", () => {
  const lost = "train/graph-search/ops-correct/arc5/seed102";
  const { tables: [cells] } = analysed(small, madeUp(small, SEEN, ({ id }) => id !== lost));
  const counts = cells.rows.map((row) => row[3]);
  assert.deepEqual(counts, [23, 23, 23, 23, 24, 24, 24, 24]);
});

Deno.test("the same results give the same findings", () => {
  const results = madeUp(tiny, SEEN);
  assert.deepEqual(analysed(tiny, results), analysed(tiny, results));
});

Deno.test("with the closure bug equal skips give equal estimates, and the page says so", () => {
  const findings = analysed(large, madeUp(large, SEEN));
  assert.match(findings.found.at(-1)!, /exactly equal estimates/);
});
