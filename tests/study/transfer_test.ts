import assert from "node:assert/strict";
import { Random } from "../../engine/random.ts";
import { createSampler } from "../../nas/strategy/registry.ts";
import { judgeClaims } from "../../nas/stats/mod.ts";
import { studyReportSchema } from "../../nas/stats/study_report.ts";
import { Results } from "../../nas/trials/results.ts";
import type { StudyFindings, StudySettings } from "../../study/study.ts";
import { TRANSFER } from "../../study/transfer/study.ts";
import { transferClaims } from "../../study/transfer/claims.ts";
import { controllerParameters } from "../../study/transfer/controller.ts";
import { transferData } from "../../study/transfer/data.ts";
import { opDivergence } from "../../study/transfer/tables.ts";
import { trainingId, transferPlan } from "../../study/transfer/trials.ts";
import type { Trial } from "../../nas/trials/queue.ts";
import { inputOf } from "../../nas/trials/kinds/mod.ts";
import { near, seeded } from "../nas/stats/helpers.ts";
import { doTrial, runStudy, type World } from "./transfer_synthetic.ts";

const { tiny, small, thesis } = TRANSFER.presets;
const few: StudySettings = { ...small, seeds: [3, 4] };
const ten: StudySettings = { ...small, seeds: Array.from({ length: 10 }, (_, seed) => seed) };

function analyse(settings: StudySettings, world: World, most = Infinity): StudyFindings {
  const results = new Results(runStudy(settings, world, most));
  return TRANSFER.analyse(settings, results, seeded());
}

function verdicts(settings: StudySettings, world: World): Record<string, string> {
  const data = transferData(settings, new Results(runStudy(settings, world)));
  const claims = judgeClaims(transferClaims(data, seeded()));
  return Object.fromEntries(claims.map(({ id, verdict }) => [id, verdict]));
}

Deno.test("the list of trials only grows, names none twice, and has donors before their heirs", () => {
  for (const settings of [tiny, few]) {
    const done = new Map<string, ReturnType<typeof doTrial>>();
    let before: readonly Trial[] = [];
    while (true) {
      const results = new Results([...done.values()]);
      const trials = TRANSFER.trials(settings, results);
      assert.deepEqual(TRANSFER.trials(settings, results), trials);
      assert.equal(new Set(trials.map(({ id }) => id)).size, trials.length);
      const byId = new Map(trials.map((trial) => [trial.id, trial]));
      for (const trial of before) assert.deepEqual(byId.get(trial.id), trial);
      for (const trial of trials.filter(({ kind }) => kind === "supernet")) {
        const { donor } = inputOf("supernet", trial);
        if (donor === null) continue;
        assert.ok(done.has(donor.trial), `${trial.id} before ${donor.trial}`);
        const marks = inputOf("supernet", done.get(donor.trial)!.trial).marks;
        assert.equal(donor.epoch, marks.at(-1));
      }
      // The last one that can run, so that the order in which trials finish is an odd one.
      const next = trials.filter(({ id }) => !done.has(id)).at(-1);
      if (next === undefined) break;
      done.set(next.id, doTrial(next, {}));
      before = trials;
    }
    const forecast = TRANSFER.forecast(settings).reduce((sum, { count }) => sum + count, 0);
    assert.equal(done.size, forecast);
  }
});

Deno.test("every arm is there: searches on the right data, the wrong donor's rewards shuffled", () => {
  const finished = runStudy(tiny, {});
  const of = (id: string) =>
    inputOf("supernet", finished.find((one) => one.trial.id === id)!.trial);
  for (
    const [id, dataset, rewards, donor] of [
      ["donor", "mnist", "own", null],
      ["shuffled", "mnist", "shuffled", null],
      ["without", "fashion-mnist", "own", null],
      ["with", "fashion-mnist", "own", "donor/seed1"],
      ["wrong", "fashion-mnist", "own", "shuffled/seed1"],
    ] as const
  ) {
    const input = of(`${id}/seed1`);
    assert.equal(input.config.dataset.name, dataset);
    assert.equal(input.config.search.rewards, rewards);
    assert.equal(input.donor?.trial ?? null, donor);
    assert.equal(input.config.seed, 1);
  }
  const trained = finished.filter(({ trial }) => trial.kind === "train").map(({ trial }) =>
    inputOf("train", trial)
  );
  assert.ok(trained.every(({ config }) => config.dataset.name === "fashion-mnist"));
  const arms = new Set(trained.map(({ arc }) => arc.split(" ").slice(0, 2).join(" ")));
  assert.deepEqual([...arms].sort(), ["donor 7", "with 7", "without 7", "wrong 7"]);
});

Deno.test("an architecture that several arms chose is trained once", () => {
  const finished = runStudy(few, { oneArc: true });
  assert.equal(finished.filter(({ trial }) => trial.kind === "train").length, 2 * 2);
  const findings = TRANSFER.analyse(few, new Results(finished), seeded());
  assert.ok(findings.found.some((text) => text.startsWith("In 6 of 6 pairs")));
  const claim = findings.claims.find(({ id }) => id === "T1.transfer")!;
  assert.deepEqual([claim.value, claim.n, claim.verdict], [0, 2, "undecidable"]);
});

Deno.test("no two architectures share a name, and a study of before keeps the names that it has", () => {
  // Equal in the 32 bits that told architectures apart before.
  const [a, b] = [
    "3 2 1 5 1 0 3 1 1 0 3 0 1 0 0 5 0 1 0 0 1",
    "3 5 0 1 0 1 3 1 1 1 1 0 0 0 0 4 1 1 0 0 1",
  ];
  const none = new Results([]);
  assert.notEqual(trainingId(none, a, 1, 0), trainingId(none, b, 1, 0));
  const old = { id: "train/seed1/6f46a19f/run0", kind: "train", input: null };
  const results = new Results([{ trial: old, result: null, seconds: 1, attempts: 1 }]);
  assert.equal(trainingId(results, a, 1, 0), old.id);
  assert.notEqual(trainingId(results, a, 2, 0), "train/seed2/6f46a19f/run0");
});

Deno.test("marks stand for the thesis's epochs 100, 155 and 310, and 0 is before any training", () => {
  assert.deepEqual(transferPlan(thesis).marks, [0, 100, 155, 310]);
  assert.deepEqual(transferPlan(small).marks, [0, 10, 16, 31]);
  assert.deepEqual(transferPlan(tiny).marks, [0, 3, 4, 7]);
  const short = { ...few, overrides: { "search.epochs": 1 } };
  assert.deepEqual(transferPlan(short).marks, [0, 1]);
  assert.equal(analyse(short, {}).tables[0].rows.length, 13);
});

Deno.test("one data set ends in a sentence", () => {
  const settings = { ...tiny, datasets: ["mnist"] };
  assert.throws(
    () => TRANSFER.trials(settings, new Results([])),
    /two data sets.*found 1 \(mnist\)/,
  );
});

Deno.test("planted effects are found, and each control says its own", () => {
  const found = verdicts(ten, {
    gain: (search) => search === "with" ? 1 : 0,
    headStart: (search) => search === "with" ? 3 : 0,
    pooling: (search) => search === "without" || search === "wrong" ? 0.5 : 0.1,
    curveSpread: 3,
  });
  assert.deepEqual(found, {
    "T1.transfer": "supported",
    "control.wrong-donor": "contradicted",
    "control.zero-shot": "undecidable",
    "T1.warm-start": "supported",
    "T1.epochs": "supported",
    "ops.cifar10": "supported",
    "ops.transferred": "supported",
    "T1.curves": "contradicted",
  });
});

Deno.test("a gain that the wrong donor brings too is no knowledge", () => {
  const gain = (search: string) => search === "with" || search === "wrong" ? 2 : 0;
  const { claims, found } = analyse(ten, { gain, noise: 0.05 });
  const verdict = (id: string) => claims.find((claim) => claim.id === id)!.verdict;
  assert.equal(verdict("T1.transfer"), "supported");
  assert.equal(verdict("control.wrong-donor"), "supported");
  assert.ok(found.some((text) => text.includes("the gain is no knowledge of cifar10")));
});

Deno.test("a useless search on the target, and one that is worth it", () => {
  const [useless, worth] = [0, 2].map((points) =>
    verdicts(ten, { gain: (search) => search === "donor" ? 0 : points, noise: 0.05 })
  );
  assert.equal(useless["control.zero-shot"], "supported");
  assert.equal(worth["control.zero-shot"], "contradicted");
});

Deno.test("a point is found in 80 % of studies of 10 seeds, and nothing is found of nothing in 95 %", () => {
  const studies = 25;
  const supported = (gain: number) =>
    Array.from({ length: studies }, (_, i) => {
      const settings = { ...ten, seeds: ten.seeds.map((seed) => 100 * i + seed) };
      return verdicts(settings, { gain: (search) => search === "with" ? gain : 0, noise: 0.8 });
    }).filter((found) => found["T1.transfer"] === "supported").length;
  assert.ok(supported(1) >= 0.8 * studies);
  assert.ok(supported(0) <= 0.05 * studies);
});

Deno.test("unfinished studies analyse, and what they say is a report that survives JSON", () => {
  const stamp = { version: 1, study: "transfer", created: "", enaslab: "0.0.0" };
  const cost = { seconds: 1, trials: 0, adapter: "none" };
  for (const settings of [tiny, few]) {
    for (const most of [0, 1, 3, 4, 5, 7, 12, 19, Infinity]) {
      const findings = analyse(settings, {}, most);
      const report = { ...stamp, cost, ...findings };
      const read = studyReportSchema.parse(JSON.parse(JSON.stringify(report)));
      assert.deepEqual(read, JSON.parse(JSON.stringify(report)));
      for (const { columns, rows } of read.tables) {
        for (const row of rows) assert.equal(row.length, columns.length);
      }
      assert.equal(findings.found[0].startsWith("Unfinished"), most < Infinity);
    }
  }
});

Deno.test("an empty study judges nothing and says so", () => {
  const { claims, found } = analyse(small, {}, 0);
  assert.equal(claims.length, 8);
  for (const { n, verdict, remark } of claims) {
    assert.deepEqual([n, verdict], [0, "undecidable"]);
    assert.match(remark, /No seed/);
  }
  assert.match(found[1], /nothing can be said/);
});

Deno.test("table 1 has the thesis's rows in its order, its numbers in grey, and the controls below", () => {
  const { tables: [table] } = analyse(few, { gain: (search) => search === "with" ? 1 : 0 });
  assert.equal(table.id, "table-1");
  assert.deepEqual(table.thesisColumns, [4]);
  assert.deepEqual(table.rows.slice(0, 6).map((row) => row.slice(0, 5)), [
    ["cifar100", "macro", 31, "NO", 80.55],
    ["cifar100", "macro", 10, "NO", 80.78],
    ["cifar100", "macro", 16, "NO", 80.33],
    ["cifar100", "macro", 31, "YES", 80.35],
    ["cifar100", "macro", 10, "YES", 80.19],
    ["cifar100", "macro", 16, "YES", 80.39],
  ]);
  const below = table.rows.slice(6).map((row) => [row[2], row[3], row[4]]);
  assert.deepEqual(below.at(-1), [31, "zero-shot: chosen on cifar10", null]);
  assert.deepEqual(below.slice(3, 6).map(([epoch]) => epoch), [0, 0, 0]);
  assert.equal(below.length, 7);
  for (const row of table.rows) {
    const [mean, , a, b] = row.slice(5) as number[];
    near(mean, (a + b) / 2, 1e-9);
  }
  const unfinished = analyse(few, {}, 5).tables[0];
  assert.ok(unfinished.rows.every((row) => row.slice(5).every((cell) => cell === null)));
});

Deno.test("differences stand beside the thesis's, with p, equivalence and power", () => {
  const { tables } = analyse(few, { gain: (search, epoch) => search === "with" ? epoch : 0 });
  const { rows, columns, thesisColumns } = tables.find(({ id }) => id === "differences")!;
  const gains = rows.filter(([what]) => what === "with − without");
  assert.deepEqual(gains.map((row) => row[1]), [
    "epoch 0",
    "epoch 10",
    "epoch 16",
    "epoch 31",
    "mean of epochs 10, 16, 31",
  ]);
  gains.slice(1).map((row) => row[2] as number).forEach((value, i) =>
    near(value, [-0.59, 0.06, -0.2, -0.73 / 3][i], 1e-9)
  );
  assert.equal(gains[0][2], null);
  const of = (name: string) => columns.findIndex((column) => column.startsWith(name));
  near(gains[1][of("Difference")] as number, 10, 1.5);
  assert.equal(gains[1][of("Smallest p")], 0.5, "two seeds cannot give a p below 1/2");
  assert.deepEqual(thesisColumns.map((column) => columns[column]), ["Thesis: difference"]);
});

Deno.test("divergence of ops is 0 of equal shares, finite where an op is missing, else by hand", () => {
  near(opDivergence([0.5, 0.5], [0.5, 0.5], 10, 1000), 0, 1e-12);
  near(
    opDivergence([0.8, 0.2], [0.5, 0.5], 1e9, 1e9),
    0.8 * Math.log(1.6) + 0.2 * Math.log(0.4),
    1e-6,
  );
  assert.ok(Number.isFinite(opDivergence([1, 0], [0, 1], 10, 10)));
});

Deno.test("curves of architectures that differ no more than by chance follow one curve", () => {
  assert.equal(verdicts(ten, { noise: 0 })["T1.curves"], "supported");
});

Deno.test("figures 16 and 17 have a band over seeds for each arm", () => {
  const { figures } = analyse(few, {});
  for (const [id, epoch] of [["figure-16", 16], ["figure-17", 10]] as const) {
    const figure = figures.find((one) => one.id === id)!;
    assert.ok(figure.kind === "lines" && figure.title.endsWith(`epoch ${epoch}`));
    assert.deepEqual(figure.series.map(({ label }) => label), [
      "without transfer",
      "with transfer",
    ]);
    for (const { points } of figure.series) {
      assert.equal(points.length, 15);
      assert.ok(points.every(({ y, low, high }) => low! <= y! && y! <= high!));
    }
  }
});

Deno.test("figure 14's parameters sum to those of a controller that is really made", () => {
  const data = transferData(small, new Results([]));
  const parameters = controllerParameters(data);
  const made = createSampler(data.config, new Random(1));
  assert.ok(made.kind === "controller");
  const real = Object.entries(made.parameters()).map(([name, { shape }]) => [name, [...shape]]);
  assert.deepEqual(parameters.map(({ name, shape }) => [name, [...shape]]), real);
  const sum = Object.values(made.parameters()).reduce((total, { data }) => total + data.length, 0);
  assert.equal(parameters.reduce((total, { count }) => total + count, 0), sum);
  const figure = analyse(tiny, {}, 0).figures.find(({ id }) => id === "figure-14")!;
  assert.ok(figure.caption.startsWith(sum.toLocaleString("en-US")));
});

Deno.test("figure 15 says of each parameter whether the donor's arrived", () => {
  for (const loaded of [true, false]) {
    const { figures, tables } = analyse(tiny, { loaded });
    const figure = figures.find(({ id }) => id === "figure-15")!;
    assert.ok(figure.kind === "diagram");
    const said = figure.boxes.filter(({ lines }) =>
      lines.includes(loaded ? "loaded" : "differs from the donor's")
    );
    assert.equal(said.length, 7);
    assert.equal(figure.caption.startsWith("Every parameter comes from the donor"), loaded);
    const table = tables.find(({ id }) => id === "controller-parameters")!;
    assert.ok(table.rows.every((row) => row[3] === (loaded ? "2 of 2" : "0 of 2")));
  }
  const unknown = analyse(tiny, {}, 1).figures.find(({ id }) => id === "figure-15")!;
  assert.ok(unknown.caption.includes("no fingerprints"));
});
