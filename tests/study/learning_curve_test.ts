import assert from "node:assert/strict";
import { Random } from "../../engine/random.ts";
import { judgeClaims, type Verdict } from "../../nas/stats/mod.ts";
import { STUDY_REPORT_VERSION, studyReportSchema } from "../../nas/stats/study_report.ts";
import { curveDistance } from "../../study/kit/curve_distance.ts";
import { Judge } from "../../study/kit/curve_judge.ts";
import { LEARNING_CURVE, learningCurveRuns } from "../../study/learning_curve/study.ts";
import { learningCurveClaims } from "../../study/learning_curve/claims.ts";
import { Results } from "../../nas/trials/results.ts";
import { STUDY_SCALES, type StudySettings } from "../../study/study.ts";
import type { Trial } from "../../nas/trials/queue.ts";
import { inputOf } from "../../nas/trials/kinds/mod.ts";
import { near, seeded } from "../nas/stats/helpers.ts";
import { type Effects, madeUp, placeOf, runOrder } from "./curve_synthetic.ts";

const { tiny, small, thesis } = LEARNING_CURVE.presets;
const NOTHING = new Results([]);

const isLast = ({ arm, moment }: { arm: string; moment: string | null }) =>
  arm === "controller" && moment === "last";
/** One point of accuracy for architectures of the trained controller, and nothing for others. */
const GAIN: Effects = {
  accuracy: (place) => isLast(place) ? 0.01 : 0,
  estimate: ({ arm }, share) => arm === "controller" || arm === "frozen" ? 0.04 * share : 0,
  certainty: ({ arm, seed }, share) => arm === "controller" ? share * (0.5 + 0.005 * seed) : 0,
};

function judged(settings: StudySettings, results: Results) {
  const data = { settings, runs: learningCurveRuns(settings), results };
  const claims = judgeClaims(learningCurveClaims(new Judge(data, seeded())));
  return (id: string) => claims.find((claim) => claim.id === id)!;
}

function report(settings: StudySettings, results: Results) {
  return studyReportSchema.parse(JSON.parse(JSON.stringify({
    ...LEARNING_CURVE.analyse(settings, results, seeded()),
    version: STUDY_REPORT_VERSION,
    study: LEARNING_CURVE.name,
    cost: { seconds: 1, trials: results.count, adapter: "none" },
    created: new Date(0).toISOString(),
    enaslab: "0.0.0",
  })));
}

Deno.test("learning-curve: trials are named alike and once, and never fewer with more results", () => {
  const before = LEARNING_CURVE.trials(tiny, NOTHING);
  const after = LEARNING_CURVE.trials(tiny, madeUp(LEARNING_CURVE, tiny, {}, 1));
  assert.deepEqual(LEARNING_CURVE.trials(tiny, NOTHING), before);
  assert.equal(new Set(after.map(({ id }) => id)).size, after.length);
  const named = new Map(after.map((trial) => [trial.id, trial]));
  for (const trial of before) assert.deepEqual(named.get(trial.id), trial);
  assert.equal(before.length, 3);
  assert.equal(after.length, 6 + 22);
});

Deno.test("learning-curve: the forecast counts what a finished study has done", () => {
  for (const scale of ["tiny", "small"] as const) {
    const settings = LEARNING_CURVE.presets[scale];
    const forecast = LEARNING_CURVE.forecast(settings);
    const results = madeUp(LEARNING_CURVE, settings, {}, 1);
    assert.equal(forecast.reduce((sum, { count }) => sum + count, 0), results.count);
  }
});

Deno.test("learning-curve: cut short, a study has as many runs of every arm, trained ones too", () => {
  const order = runOrder(LEARNING_CURVE, small);
  assert.equal(order.length, 42 + 2 * 66);
  const placeOfLast = (seed: number) => order.findLastIndex((id) => id.includes(`/seed${seed}/`));
  const placeOfFirst = (seed: number) => order.findIndex((id) => id.includes(`/seed${seed}/`));
  for (const seed of small.seeds.slice(2)) {
    assert.ok(placeOfLast(seed - 2) < placeOfFirst(seed), `seed ${seed}`);
  }
});

Deno.test("learning-curve: a search that fails does not hold back the other seeds", () => {
  const failing = "macro/fashion-mnist/seed1/controller";
  const results = madeUp(LEARNING_CURVE, small, {}, 1, ({ id }) => !id.startsWith(failing));
  assert.equal(results.count, 42 + 2 * 66 - 1 - 5);
});

Deno.test("learning-curve: every trial of every scale has a valid input", () => {
  for (const scale of STUDY_SCALES) {
    const settings = LEARNING_CURVE.presets[scale];
    for (const trial of LEARNING_CURVE.trials(settings, NOTHING)) inputOf("supernet", trial);
    for (const { example } of LEARNING_CURVE.forecast(settings)) {
      inputOf(example.kind as "supernet" | "train", example);
    }
  }
});

Deno.test("learning-curve: arms differ in what makes them, and marks are the thesis's shares", () => {
  const inputs = new Map(
    LEARNING_CURVE.trials(small, NOTHING).map((trial) => [trial.id, inputOf("supernet", trial)]),
  );
  const arm = (name: string) => inputs.get(`macro/fashion-mnist/seed1/${name}`)!;
  assert.deepEqual(arm("controller").marks, [0, 1, 10, 16, 31]);
  assert.equal(arm("random").config.strategy.name, "random");
  assert.equal(arm("shuffled").config.search.rewards, "shuffled");
  assert.equal(arm("frozen").config.child.frozenAfter, 16);
  assert.equal(arm("controller").config.child.frozenAfter, 0);
  assert.ok(!inputs.has("micro/fashion-mnist/seed1/frozen"));
});

Deno.test("learning-curve: the chosen architecture has the best estimate, the drawn one is the first", () => {
  const results = madeUp(LEARNING_CURVE, tiny, {}, 1);
  const trials = LEARNING_CURVE.trials(tiny, results);
  const { marks } = results.of("supernet", "macro/mnist/seed2/controller")!;
  const arcOf = (name: string) =>
    inputOf("train", trials.find(({ id }) => id === `macro/mnist/seed2/controller/${name}/0`)!).arc;
  const last = marks.at(-1)!;
  assert.equal(
    arcOf("last-chosen"),
    last.arcs[last.estimates.indexOf(Math.max(...last.estimates))],
  );
  assert.equal(arcOf("first-drawn"), marks[1].arcs[0]);
});

Deno.test("learning-curve: trainings of one seed share their seed, those of two seeds do not", () => {
  const trials = LEARNING_CURVE.trials(tiny, madeUp(LEARNING_CURVE, tiny, {}, 1));
  const trainings = trials.filter(({ kind, id }) => kind === "train" && id.endsWith("/0"));
  const seedsOf = (seed: number) =>
    new Set(
      trainings.filter((trial) => placeOf(trial).seed === seed)
        .map((trial) => inputOf("train", trial).config.seed),
    );
  assert.deepEqual([seedsOf(1).size, seedsOf(2).size], [1, 1]);
  assert.notDeepEqual(seedsOf(1), seedsOf(2));
});

const SIMULATIONS = 20;

function rate(effects: Effects, id: string, verdict: Verdict): number {
  let hits = 0;
  for (let seed = 1; seed <= SIMULATIONS; seed++) {
    const claim = judged(small, madeUp(LEARNING_CURVE, small, effects, seed));
    if (claim(id).verdict === verdict) hits++;
  }
  return hits / SIMULATIONS;
}

Deno.test("learning-curve: a gain of one point is found in most studies, no gain in few", () => {
  assert.ok(rate(GAIN, "gain.random", "supported") >= 0.8);
  assert.ok(rate({}, "gain.random", "supported") <= 0.05);
});

Deno.test("learning-curve: a planted gain contradicts the thesis's claims, and is the rewards'", () => {
  const claim = judged(small, madeUp(LEARNING_CURVE, small, GAIN, 3));
  assert.equal(claim("T2.all").verdict, "contradicted");
  assert.equal(claim("T2.no-better").verdict, "contradicted");
  assert.equal(claim("T2.untrained").verdict, "supported");
  assert.equal(claim("gain.shuffled").verdict, "supported");
  assert.equal(claim("learns.estimate").verdict, "contradicted");
  assert.equal(claim("learns.policy").verdict, "contradicted");
  assert.equal(claim("ops.diversity").verdict, "supported");
  assert.equal(claim("control.frozen").verdict, "supported");
  // 0.04 times the share of the search from the first to the last frozen epoch, 17 to 31.
  near(claim("control.frozen").value!, 4 * 14 / 31, 0.4);
  assert.notEqual(claim("control.shuffled").verdict, "contradicted");
  near(claim("T2.all").value!, 1, 0.5);
  assert.equal(claim("T2.all").n, 12);
});

Deno.test("learning-curve: with little noise, no gain is shown to be none", () => {
  const claim = judged(small, madeUp(LEARNING_CURVE, small, { noise: 0.0008 }, 5));
  assert.equal(claim("T2.no-better").verdict, "supported");
  assert.equal(claim("gain.random").verdict, "contradicted");
  assert.notEqual(claim("control.shuffled").verdict, "contradicted");
  assert.equal(claim("ops.diversity").verdict, "undecidable", "no spread, no interval");
  assert.notEqual(claim("control.frozen").verdict, "supported");
});

Deno.test("learning-curve: overfitting is what the random arm lacks, not an easy split", () => {
  const easy: Effects = { overfit: () => 0.03 };
  const overfitted: Effects = {
    overfit: ({ arm }, share) => arm === "controller" ? 0.03 * share : 0,
  };
  const verdict = (effects: Effects) =>
    judged(small, madeUp(LEARNING_CURVE, small, effects, 2))("search.overfit").verdict;
  assert.notEqual(verdict(easy), "supported");
  assert.equal(verdict(overfitted), "supported");
});

Deno.test("learning-curve: pooling is compared where there are two data sets", () => {
  const one = judged(small, madeUp(LEARNING_CURVE, small, {}, 1))("ops.cifar10");
  assert.equal(one.n, 0);
  assert.match(one.remark, /two data sets/);
  const two: StudySettings = { ...small, spaces: ["macro"], datasets: ["mnist", "fashion-mnist"] };
  const effects: Effects = {
    certainty: ({ arm, dataset, seed }, share) =>
      arm === "controller" ? share * (dataset === "mnist" ? 0.7 : 0.1) + 0.001 * seed : 0,
  };
  const claim = judged(two, madeUp(LEARNING_CURVE, two, effects, 1))("ops.cifar10");
  assert.equal(claim.verdict, "supported");
  // Both pooling ops of six, (1 − certainty) of the time.
  near(claim.value!, 0.6 / 3, 1e-9);
});

Deno.test("learning-curve: curves of architectures are told from curves of seeds", () => {
  near(curveDistance([0.1, 0.5], [0.2, 0.4]), 10);
  assert.throws(() => curveDistance([0.1], [0.1, 0.2]), /same epochs/);
  const verdict = (curves: number) =>
    judged(small, madeUp(LEARNING_CURVE, small, { curves }, 4))("T1.curves").verdict;
  assert.equal(verdict(0), "supported");
  assert.equal(verdict(0.03), "contradicted");
});

Deno.test("learning-curve: table 2 keeps the thesis's layout, with null for what was not run", () => {
  const results = madeUp(LEARNING_CURVE, small, {}, 1);
  const [table] = report(small, results).tables;
  assert.deepEqual(table.thesisColumns, [3]);
  const row = (...start: string[]) =>
    table.rows.find((cells) => start.every((text, i) => cells[i] === text))!;
  assert.deepEqual(row("CIFAR-10", "macro", "first").slice(3), [
    "96.69, 95.80, 95.71",
    null,
    0,
    null,
  ]);
  assert.deepEqual(row("CIFAR-10", "micro", "last").slice(3), [null, null, 0, null]);
  const ours = row("Fashion-MNIST", "micro", "last");
  assert.equal(ours[3], null);
  assert.equal((ours[4] as string).split(", ").length, 6);
  assert.equal(ours[5], 6);
  const first = results.of("train", "micro/fashion-mnist/seed1/controller/last-chosen/0")!;
  assert.ok((ours[4] as string).startsWith((100 * first.testAccuracy).toFixed(2)));
  assert.equal(table.rows.length, 12);
});

Deno.test("learning-curve: on the thesis's data sets, ours stand beside the thesis's", () => {
  const settings: StudySettings = { ...small, datasets: ["cifar10", "cifar100"], seeds: [1, 2] };
  const { tables } = report(settings, madeUp(LEARNING_CURVE, settings, {}, 1));
  const [table] = tables;
  assert.equal(table.rows.length, 8);
  assert.ok(table.rows.every((row) => row[4] !== null));
  const printed = tables.filter(({ id }) => id.endsWith("-comparisons"))
    .flatMap(({ rows }) => rows.map((row) => row[1])).filter((value) => value !== null);
  assert.deepEqual(printed.map((value) => Number((value as number).toFixed(2))), [
    -0.42,
    0.84,
    1.63,
  ]);
});

Deno.test("learning-curve: a controller that always wins beats random architectures with certainty", () => {
  const effects: Effects = { accuracy: (place) => isLast(place) ? 0.05 : 0 };
  const against = (settings: StudySettings) =>
    report(settings, madeUp(LEARNING_CURVE, settings, effects, 1)).tables
      .find(({ id }) => id === "against-random")!;
  const { columns, rows } = against(small);
  const at = (row: (typeof rows)[number], column: string) => row[columns.indexOf(column)];
  assert.equal(rows.length, 4);
  for (const row of rows) {
    assert.equal(at(row, "P(beat random)"), 1);
    assert.equal(at(row, "P: interval"), "1.00 to 1.00");
    assert.equal(at(row, "Random architectures"), 12);
    assert.equal(at(row, "k"), 10);
    const [mine, others] = [at(row, "Controller: mean"), at(row, "Random: mean")] as number[];
    near(at(row, "RI") as number, 100 * (mine - others) / others, 1e-9);
    const best = at(row, "Best of k random") as number;
    assert.ok(best > others && best < mine);
  }
  const [few] = against(tiny).rows;
  assert.equal(at(few, "P: interval"), "too few seeds");
});

Deno.test("learning-curve: a finished study fits the schema, with every figure filled", () => {
  const { claims, figures, tables, found } = report(small, madeUp(LEARNING_CURVE, small, GAIN, 1));
  assert.equal(new Set(figures.map(({ id }) => id)).size, figures.length);
  assert.equal(new Set(claims.map(({ id }) => id)).size, claims.length);
  for (
    const suffix of [
      "chosen",
      "drawn",
      "equivalence",
      "estimates",
      "anytime",
      "training",
      "overfit",
      "ops",
      "entropy",
    ]
  ) {
    for (const cell of ["macro-fashion-mnist", "micro-fashion-mnist"]) {
      assert.ok(figures.some(({ id }) => id === `${cell}-${suffix}`), `${cell}-${suffix}`);
    }
  }
  assert.ok(
    tables.every((table) => table.rows.every((row) => row.length === table.columns.length)),
  );
  assert.ok(found.every((text) => !text.includes("NaN") && !text.includes("undefined")));
  assert.deepEqual(claims.filter(({ n }) => n === 0).map(({ id }) => id), ["ops.cifar10"]);
});

Deno.test("learning-curve: unfinished studies are analysed as far as they are", () => {
  for (const share of [0, 0.1, 0.3, 0.6, 0.9]) {
    for (const settings of [tiny, small]) {
      const keep = ({ id }: Trial) => new Random(7).fork(id).uniform() < share;
      const results = madeUp(LEARNING_CURVE, settings, GAIN, 1, keep);
      const { claims, found, done } = report(settings, results);
      assert.ok(found.every((text) => !text.includes("NaN") && !text.includes("undefined")));
      assert.ok(done.some((text) => text.includes("not finished")));
      if (results.count === 0) assert.ok(claims.every(({ verdict }) => verdict === "undecidable"));
    }
  }
});

Deno.test("learning-curve: the analysis is the same whenever it is made", () => {
  const results = madeUp(LEARNING_CURVE, tiny, GAIN, 1);
  assert.deepEqual(report(tiny, results), report(tiny, results));
});

Deno.test("learning-curve: the thesis's scale has 16 runs an arm, as F3 asks", () => {
  assert.equal(thesis.seeds.length, 16);
  assert.deepEqual(thesis.datasets, ["cifar10", "cifar100"]);
  const searches = LEARNING_CURVE.forecast(thesis)
    .filter(({ example }) => example.kind === "supernet")
    .reduce((sum, { count }) => sum + count, 0);
  assert.equal(searches, 16 * 2 * (4 + 3));
});
