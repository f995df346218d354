import assert from "node:assert/strict";
import { Random } from "../../engine/random.ts";
import { STUDY_REPORT_VERSION, studyReportSchema } from "../../nas/stats/study_report.ts";
import { DEPTH } from "../../study/depth/study.ts";
import { Results } from "../../nas/trials/results.ts";
import { STUDY_SCALES, type StudySettings } from "../../study/study.ts";
import type { Trial } from "../../nas/trials/queue.ts";
import { inputOf } from "../../nas/trials/kinds/mod.ts";
import { near, seeded } from "../nas/stats/helpers.ts";
import { type Effects, madeUp, placeOf } from "./curve_synthetic.ts";

const { tiny, small, thesis } = DEPTH.presets;
const NOTHING = new Results([]);

function report(settings: StudySettings, results: Results) {
  return studyReportSchema.parse(JSON.parse(JSON.stringify({
    ...DEPTH.analyse(settings, results, seeded()),
    version: STUDY_REPORT_VERSION,
    study: DEPTH.name,
    cost: { seconds: 1, trials: results.count, adapter: "none" },
    created: new Date(0).toISOString(),
    enaslab: "0.0.0",
  })));
}

function verdicts(effects: Effects) {
  const { claims } = report(small, madeUp(DEPTH, small, effects, 1));
  return (id: string) => claims.find((claim) => claim.id === id)!;
}

/** Learning helps the deep child alone by two points; it is better by four anyway. */
const DEEP_LEARNS: Effects = {
  accuracy: ({ arm, moment }) => arm === "shallow" ? 0 : moment === "last" ? 0.06 : 0.04,
};

Deno.test("depth: the two arms differ in their layers alone, one to two", () => {
  for (const scale of STUDY_SCALES) {
    const settings = DEPTH.presets[scale];
    const [shallow, deep] = DEPTH.trials(settings, NOTHING).map((trial) =>
      inputOf("supernet", trial).config
    );
    assert.equal(2 * shallow.child.layers, deep.child.layers);
    assert.deepEqual({ ...shallow, child: 0 }, { ...deep, child: 0 });
    assert.deepEqual({ ...shallow.child, layers: 0 }, { ...deep.child, layers: 0 });
  }
  const layers = DEPTH.trials(thesis, NOTHING)
    .map((trial) => inputOf("supernet", trial).config.child.layers);
  assert.deepEqual([...new Set(layers)], [12, 24]);
});

Deno.test("depth: trials are named alike and once, seed by seed, and only grow", () => {
  const before = DEPTH.trials(tiny, NOTHING);
  const results = madeUp(DEPTH, tiny, {}, 1);
  const after = DEPTH.trials(tiny, results);
  assert.deepEqual(DEPTH.trials(tiny, NOTHING), before);
  assert.equal(new Set(after.map(({ id }) => id)).size, after.length);
  const named = new Map(after.map((trial) => [trial.id, trial]));
  for (const trial of before) assert.deepEqual(named.get(trial.id), trial);
  const seeds = after.map((trial) => placeOf(trial).seed);
  assert.deepEqual(seeds, [...seeds].sort((a, b) => a - b));
  const forecast = DEPTH.forecast(tiny);
  assert.equal(forecast.reduce((sum, { count }) => sum + count, 0), results.count);
  assert.equal(results.count, 4 + 12);
});

Deno.test("depth: trainings have the depth of their search", () => {
  const trials = DEPTH.trials(tiny, madeUp(DEPTH, tiny, {}, 1));
  for (const trial of trials.filter(({ kind }) => kind === "train")) {
    const { config } = inputOf("train", trial);
    assert.equal(config.child.layers, placeOf(trial).arm === "deep" ? 6 : 3);
  }
});

Deno.test("depth: a gain that only the deep child has is found, and so is the drop", () => {
  const claim = verdicts(DEEP_LEARNS);
  assert.equal(claim("T2.depth").verdict, "contradicted");
  near(claim("T2.depth").value!, 2, 0.8);
  assert.equal(claim("depth.drop").verdict, "supported");
  near(claim("depth.drop").value!, 6, 0.8);
  assert.equal(claim("depth.no-better.deep").verdict, "contradicted");
  assert.notEqual(claim("depth.no-better.shallow").verdict, "contradicted");
});

Deno.test("depth: no effect is not taken for one, and is shown to be none with little noise", () => {
  const few = verdicts({});
  assert.notEqual(few("T2.depth").verdict, "contradicted");
  assert.notEqual(few("depth.drop").verdict, "supported");
  const exact = verdicts({ noise: 0.0005 });
  assert.equal(exact("T2.depth").verdict, "supported");
  assert.equal(exact("depth.drop").verdict, "contradicted");
  assert.equal(exact("depth.no-better.deep").verdict, "supported");
});

Deno.test("depth: architectures that differ are not alike", () => {
  const effects: Effects = {
    accuracy: ({ arm, seed }) => arm === "deep" ? 0.05 * new Random(seed).fork("arc").normal() : 0,
  };
  const claim = verdicts(effects);
  assert.equal(claim("depth.alike.fashion-mnist.deep").verdict, "contradicted");
  assert.notEqual(claim("depth.alike.fashion-mnist.shallow").verdict, "supported");
});

Deno.test("depth: the table has every run, and says what the thesis did not print or run", () => {
  const settings: StudySettings = { ...small, datasets: ["cifar10", "mnist"], seeds: [1, 2] };
  const { tables: [table] } = report(settings, madeUp(DEPTH, settings, {}, 1));
  assert.deepEqual(table.rows.map((row) => row.slice(0, 4)), [
    ["CIFAR-10", "3 layers", "untrained", null],
    ["CIFAR-10", "3 layers", "first epoch", "no number printed"],
    ["CIFAR-10", "3 layers", "last epoch", "no number printed"],
    ["CIFAR-10", "6 layers", "untrained", null],
    ["CIFAR-10", "6 layers", "first epoch", "96.69, 95.80, 95.71"],
    ["CIFAR-10", "6 layers", "last epoch", "95.38, 95.81, 95.76"],
    ["MNIST", "3 layers", "untrained", null],
    ["MNIST", "3 layers", "first epoch", null],
    ["MNIST", "3 layers", "last epoch", null],
    ["MNIST", "6 layers", "untrained", null],
    ["MNIST", "6 layers", "first epoch", null],
    ["MNIST", "6 layers", "last epoch", null],
  ]);
  assert.ok(table.rows.every((row) => (row[4] as string).split(", ").length === row[5]));
  assert.ok(table.rows.every((row) => row[5] === 2));
});

Deno.test("depth: finished and unfinished studies fit the schema", () => {
  for (const share of [0, 0.2, 0.5, 0.8, 1]) {
    for (const settings of [tiny, small]) {
      const keep = ({ id }: Trial) => new Random(3).fork(id).uniform() < share;
      const { found, done, figures, claims, tables } = report(
        settings,
        madeUp(DEPTH, settings, DEEP_LEARNS, 1, keep),
      );
      assert.ok(found.every((text) => !text.includes("NaN") && !text.includes("undefined")));
      assert.equal(done.some((text) => text.includes("not finished")), share < 1);
      assert.equal(new Set(figures.map(({ id }) => id)).size, figures.length);
      assert.ok(
        tables.every((table) => table.rows.every((row) => row.length === table.columns.length)),
      );
      if (share === 0) assert.ok(claims.every(({ verdict }) => verdict === "undecidable"));
      if (share === 1) assert.ok(claims.every(({ n }) => n > 0));
    }
  }
});
