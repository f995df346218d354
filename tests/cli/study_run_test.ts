import assert from "node:assert/strict";
import { join } from "node:path";
import { studyReportSchema } from "../../nas/stats/study_report.ts";
import { TrialStore } from "../../nas/trials/sqlite.ts";
import { assertRefused, cli, cliCommand, scratch } from "./helpers.ts";

async function countsOf(name: string): Promise<Record<string, number>> {
  const store = new TrialStore(join(scratch, "studies", name, "trials.sqlite"));
  try {
    return await store.counts();
  } finally {
    await store.close();
  }
}

/** The smallest estimator study with less of everything. */
const ESTIMATOR = [
  ...["study", "estimator", "--scale", "tiny", "--arcs", "4", "--trainings", "1"],
  ...[
    "dataset.images=300",
    "search.epochs=2",
    "search.scoreImages=50",
    "child.stepsPerEpoch=2",
    "search.updatesPerEpoch=1",
    "search.arcsPerUpdate=2",
    "finalTraining.epochs=1",
    "finalTraining.stepsPerEpoch=2",
    "finalTraining.restartPeriod=1",
  ].flatMap((set) => ["--set", set]),
];

Deno.test("a study that was killed does exactly the missing trials when it is started again", async () => {
  const process = cliCommand(ESTIMATOR).spawn();
  const output = process.output();
  const folder = join(scratch, "studies", "estimator-tiny");
  const path = join(folder, "trials.sqlite");
  const done = async () => {
    try {
      await Deno.stat(path);
      return (await countsOf("estimator-tiny")).done;
    } catch {
      return 0;
    }
  };
  for (let waited = 0; await done() < 3; waited += 100) {
    assert.ok(waited < 120_000, "no trial was done in 120 s");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  process.kill("SIGKILL");
  await output;
  const store = new TrialStore(path);
  const before = (await store.finished()).map(({ trial, result }) => [trial.id, result]);
  await store.close();
  assert.ok(before.length >= 3);

  const { code, stdout, stderr } = await cli([...ESTIMATOR, "--json"]);
  assert.equal(code, 0, stderr);
  const printed = JSON.parse(stdout);
  assert.equal(printed.study, "estimator");
  assert.match(printed.scale, /scaled/);
  assert.ok(printed.claims.length > 0);
  assert.equal(printed.report, join(folder, "report.html"));
  assert.match(await Deno.readTextFile(printed.report), /^<!DOCTYPE html>/);
  const report = studyReportSchema.parse(
    JSON.parse(await Deno.readTextFile(join(folder, "study.json"))),
  );
  assert.match(
    report.command!,
    /^deno run -A cli.ts study estimator --scale tiny --arcs 4 --trainings 1 --set /,
  );
  const after = new TrialStore(path);
  const finished = await after.finished();
  await after.close();
  for (const [id, result] of before) {
    const kept = finished.find(({ trial }) => trial.id === id)!;
    assert.deepEqual(kept.result, result);
    assert.equal(kept.attempts, 1);
  }
  assert.ok(finished.length > before.length);

  assert.equal(report.cost.trials, finished.length);
  const log = (await Deno.readTextFile(join(folder, "trials.jsonl"))).trim().split("\n");
  assert.deepEqual(
    log.map((line) => JSON.parse(line).id),
    finished.map(({ trial }) => trial.id).toSorted(),
  );

  assertRefused(
    await cli([...ESTIMATOR, "--arcs", "5", "--out", "studies/estimator-tiny"]),
    2,
    /Expected .*estimator-tiny to be new, .* other settings \(\w+ \d+ instead of 5\); give the sett/,
  );
});

Deno.test("Ctrl-C ends a study, says what is left, and the trial at hand waits again", async () => {
  const out = ["--out", "studies/ended"];
  const process = cliCommand([...ESTIMATOR, ...out]).spawn();
  const output = process.output();
  const leased = async () => {
    try {
      await Deno.stat(join(scratch, "studies", "ended", "trials.sqlite"));
      return (await countsOf("ended")).leased;
    } catch {
      return 0;
    }
  };
  for (let waited = 0; await leased() === 0; waited += 50) {
    assert.ok(waited < 60_000, "no trial began in 60 s");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  process.kill("SIGINT");
  const { code, stderr } = await output;
  const said = new TextDecoder().decode(stderr);
  assert.equal(code, 130, said);
  assert.match(said, /trials are left as far as is known; the same command goes on with them/);
  const { leased: held, done } = await countsOf("ended");
  assert.deepEqual([held, done], [0, 0]);
});

Deno.test("--dry-run names trials and minutes, and begins nothing", async () => {
  const { code, stdout, stderr } = await cli([
    ...["study", "estimator", "--scale", "tiny", "--dry-run", "--json"],
    ...["--out", "studies/dry"],
  ]);
  assert.equal(code, 0, stderr);
  const { minutes, trials } = JSON.parse(stdout);
  assert.ok(minutes > 0.1 && minutes < 20, `${minutes} minutes`);
  assert.ok(trials.every(({ count }: { count: number }) => count > 0));
  await assert.rejects(Deno.stat(join(scratch, "studies", "dry")));
});

Deno.test("a data set that is missing is said before the first trial, and no folder is made", async () => {
  const { denoDir } = JSON.parse(
    new TextDecoder().decode(
      (await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output()).stdout,
    ),
  );
  const env = { XDG_CACHE_HOME: join(scratch, "empty"), DENO_DIR: denoDir, ENASLAB_DATA: "" };
  const args = ["study", "transfer", "--scale", "tiny", "--dataset", "mnist,cifar10"];
  assertRefused(await cli([...args, "--out", "studies/none"], { env }), 2, /data cifar10/);
  await assert.rejects(Deno.stat(join(scratch, "studies", "none")));
  const one = ["study", "transfer", "--dataset", "mnist", "--out", "studies/none"];
  assertRefused(await cli(one), 2, /Expected two data sets/);
  const soFar = ["study", "quirks", "--so-far", "--out", "studies/none"];
  assertRefused(await cli(soFar), 2, /Expected the settings of a study in .* found none/);
  await assert.rejects(Deno.stat(join(scratch, "studies", "none")));
});

Deno.test("bad settings of a study are refused with the flag", async () => {
  const refused = async (args: readonly string[], sentence: RegExp) =>
    assertRefused(await cli(["study", "estimator", ...args]), 2, sentence);
  await refused(
    ["--scale", "huge"],
    /Expected --scale to be one of tiny, small, medium, thesis but found/,
  );
  await refused(["--seeds", "5..2"], /Expected --seeds to be A\.\.B/);
  await refused(["--dataset", "dogs"], /Expected --dataset to be of mnist, .* but found "dogs"/);
  await refused(["--space", "huge"], /Expected --space of the study estimator to be of macro/);
  await refused(["--arcs", "1"], /Expected --arcs to be an integer from 2/);
  await refused(["--set", "child.layer=3"], /Expected --set to be PATH=VALUE with a setting/);
  await refused(["--set", "child.layers=0"], /Expected --set child.layers to be an integer/);
  await refused(["--set", "seed=3"], /Expected seed to be left to the study .* use --seeds/);
});
