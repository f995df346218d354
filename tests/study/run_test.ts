import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { GpuBackend } from "../../engine/webgpu/gpu_backend.ts";
import { syntheticDataset } from "../../nas/data/mod.ts";
import { studyReportSchema } from "../../nas/stats/study_report.ts";
import { StudyError } from "../../nas/trials/queue.ts";
import { TrialStore } from "../../nas/trials/sqlite.ts";
import { STUDIES } from "../../study/mod.ts";
import { runStudy, type StudyRunOptions } from "../../study/run.ts";
import type { Study, StudySettings } from "../../study/study.ts";
import { assertNoLiveBuffers } from "../engine/helpers.ts";

const backend = await GpuBackend.open();
const scratch = Deno.makeTempDirSync({ prefix: "enaslab-studies-" });
globalThis.addEventListener("unload", () => Deno.removeSync(scratch, { recursive: true }));

/** The smallest preset with less of everything: every kind of trial, each in a second or less. */
function quick({ name, presets: { tiny } }: Study): StudySettings {
  const overrides = {
    "dataset.images": 180,
    "search.epochs": 2,
    "search.scoredArcs": 2,
    "search.scoreImages": 30,
    "child.stepsPerEpoch": 2,
    "search.updatesPerEpoch": 1,
    "search.arcsPerUpdate": 2,
    "evaluator.batchSize": 30,
    "finalTraining.epochs": 1,
    "finalTraining.stepsPerEpoch": 2,
    "finalTraining.restartPeriod": 1,
  };
  // Estimates of two searches are held against each other.
  const seeds = name === "estimator" ? tiny.seeds : tiny.seeds.slice(0, 1);
  return { ...tiny, seeds, arcs: 4, overrides };
}

const images = syntheticDataset({ train: 180, test: 60 });

function run(study: Study, more: Partial<StudyRunOptions> = {}) {
  return runStudy({
    study,
    settings: quick(study),
    path: join(scratch, study.name),
    command: "the command",
    load: (name) => Promise.resolve({ ...images, name }),
    open: () => Promise.resolve({ backend, adapter: { description: "test adapter" } }),
    signal: new AbortController().signal,
    ...more,
  });
}

/** Results of all finished trials by id, without what a clock said. */
async function resultsOf(path: string): Promise<Record<string, unknown>> {
  const text = await Deno.readTextFile(join(path, "trials.jsonl"));
  return Object.fromEntries(
    text.trim().split("\n").map((line) => {
      const { id, result } = JSON.parse(line, (key, value) => key === "seconds" ? 0 : value);
      return [id, result];
    }),
  );
}

for (const study of STUDIES) {
  Deno.test(`study ${study.name} gets from an empty folder to its report, and nothing is left to do`, async () => {
    const { status, report, waiting, failed } = await run(study);
    assert.equal(status, "completed", failed.map(({ message }) => message).join("\n"));
    assert.deepEqual([waiting, failed], [0, []]);
    const written = studyReportSchema.parse(JSON.parse(JSON.stringify(report)));
    assert.equal(written.study, study.name);
    assert.match(written.scale.label, /scaled/);
    assert.ok(written.claims.length > 0);
    assert.equal(written.cost.adapter, "test adapter");
    assert.ok(written.protocol!.text.includes('"scale":"tiny"'));
    const results = await resultsOf(join(scratch, study.name));
    assert.equal(written.cost.trials, Object.keys(results).length);
    // What was forecast, but for trainings that turned out to be of one architecture.
    const forecast = study.forecast(quick(study)).reduce((sum, { count }) => sum + count, 0);
    assert.ok(written.cost.trials <= forecast && written.cost.trials > 0.4 * forecast);
    // Nothing without data may look like a finding.
    const found = written.claims.filter(({ verdict, n }) => n === 0 && verdict !== "undecidable");
    assert.deepEqual(found, []);
    assertNoLiveBuffers(backend);
  });
}

/** The study whose trials need files of others, without its analysis, which takes longer than they do. */
const ESTIMATOR: Study = {
  ...STUDIES.find(({ name }) => name === "estimator")!,
  analyse: (_, results) => ({
    ...{
      title: "",
      asked: [],
      done: [],
      found: [],
      caveats: [],
      claims: [],
      tables: [],
      figures: [],
    },
    scale: { label: `${results.count} trials`, facts: [] },
  }),
};

Deno.test("a study that is ended goes on with what is missing, to the same results", async () => {
  const path = join(scratch, "ended");
  const abort = new AbortController();
  const done: string[] = [];
  const first = await run(ESTIMATOR, {
    path,
    signal: abort.signal,
    onEvent: ({ type, trial }) => {
      if (type === "done") done.push(trial.id);
      if (type === "leased" && done.length === 4) abort.abort();
    },
  });
  assert.equal(first.status, "interrupted");
  assert.equal(first.report.cost.trials, 4);
  const events: string[] = [];
  const rest = await run(ESTIMATOR, {
    path,
    onEvent: ({ type, trial }) => events.push(`${type} ${trial.id}`),
  });
  assert.equal(rest.status, "completed");
  assert.ok(done.every((id) => !events.includes(`leased ${id}`)));
  assert.deepEqual(await resultsOf(path), await resultsOf(join(scratch, "estimator")));
  const soFar = await run(ESTIMATOR, {
    path,
    soFar: true,
    load: () => Promise.reject(new Error("no data set is needed")),
  });
  assert.deepEqual(soFar.report.scale, rest.report.scale);
});

Deno.test("other images than those that a study began with are refused", async () => {
  const pixels = images.test.images.slice();
  pixels[0] ^= 1;
  const test = { ...images.test, images: pixels };
  await assert.rejects(
    run(ESTIMATOR, { load: (name) => Promise.resolve({ ...images, name, test }) }),
    (error: Error) => error instanceof StudyError && /other settings or images/.test(error.message),
  );
});

Deno.test("a study whose trials named no images goes on: its results count as what they are", async () => {
  const path = join(scratch, "former");
  await Deno.mkdir(path);
  for (const file of ["protocol.json", "trials.sqlite"]) {
    await Deno.copyFile(join(scratch, "estimator", file), join(path, file));
  }
  const file = join(path, "trials.sqlite");
  const database = new DatabaseSync(file);
  // As version 1 left it, killed with one training under way.
  database.exec("UPDATE trials SET input = json_remove(input, '$.images')");
  database.exec(
    "UPDATE trials SET state = 'leased', result = NULL WHERE id LIKE 'train/%/arc02/seed1'",
  );
  database.exec("PRAGMA user_version = 1");
  database.close();
  const done: string[] = [];
  const { status } = await run(ESTIMATOR, {
    path,
    onEvent: ({ type, trial }) => type === "done" && done.push(trial.id),
  });
  assert.equal(status, "completed");
  assert.deepEqual(done, ["train/macro/arc02/seed1"]);
  assert.deepEqual(await resultsOf(path), await resultsOf(join(scratch, "estimator")));
  const store = new TrialStore(file);
  assert.equal((await store.counts()).failed, 0);
  await store.close();
});
