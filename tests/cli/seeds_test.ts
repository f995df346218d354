import assert from "node:assert/strict";
import { join } from "node:path";
import { openRun, runFolder } from "../../nas/run/mod.ts";
import { assertRefused, cli, interrupted, scratch, smallTrain } from "./helpers.ts";

const root = join(scratch, "seeds");
const ARGS = smallTrain("0", "seeds", "--seeds", "1..2");

Deno.test("--seeds trains with each seed, compares them, and keeps what is done", async () => {
  const { code, stdout, stderr } = await cli([...ARGS, "--json"]);
  assert.equal(code, 0, stderr);
  const { comparison, runs, testAccuracy, estimate } = JSON.parse(stdout);
  assert.deepEqual(runs.map(({ seed, state }: { seed: number; state: string }) => [seed, state]), [
    [1, "completed"],
    [2, "completed"],
  ]);
  const [a, b] = runs.map((run: { testAccuracy: number }) => run.testAccuracy);
  assert.ok(Math.abs(testAccuracy.mean - (a + b) / 2) < 1e-12);
  assert.ok(Math.abs(testAccuracy.deviation - Math.abs(a - b) / Math.SQRT2) < 1e-12);
  assert.deepEqual([testAccuracy.n, estimate], [2, null]);
  const html = Deno.readTextFileSync(comparison);
  for (const { name } of runs) assert.ok(html.includes(name), name);
  // The same command finds everything done.
  const logs = runs.map(({ path }: { path: string }) =>
    Deno.readTextFileSync(runFolder(path).events)
  );
  const again = await cli([...ARGS, "--no-report"]);
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stderr, /Seed 1 is complete.*\n.*Seed 2 is complete/);
  assert.match(
    again.stdout,
    /^test +\d+\.\d % {2}mean of 2 seeds, standard deviation \d+\.\d points$/m,
  );
  assert.deepEqual(
    runs.map(({ path }: { path: string }) => Deno.readTextFileSync(runFolder(path).events)),
    logs,
  );
  // It trained what a run of its own would have.
  const alone = await cli(smallTrain("0", "alone", "--seed", "2", "--no-report", "--json"));
  assert.equal(JSON.parse(alone.stdout).testAccuracy, b);
});

Deno.test("an interrupted command with --seeds goes on with the run that it left", async () => {
  const folder = runFolder(join(root, "long-seed7"));
  const args = [
    ...smallTrain("[2] [0 1]", "seeds", "--seeds", "7", "--name", "long", "--epochs", "80"),
    ...["--set", "finalTraining.stepsPerEpoch=1", "--no-report"],
  ];
  const { code, stderr } = await interrupted(args, folder, "train_epoch");
  assert.equal(code, 130, stderr);
  assert.match(stderr, /Interrupted at seed 7 of 7; the same command goes on with it/);
  const begun = openRun(folder.path).events.slice(0, 2);
  const done = await cli([...args, "--json"]);
  assert.equal(done.code, 0, done.stderr);
  assert.equal(JSON.parse(done.stdout).runs.length, 1);
  const { events } = openRun(folder.path);
  // It is the run that was begun, with the epochs that it had done.
  assert.deepEqual(events.slice(0, 2), begun);
  assert.equal(events.filter(({ type }) => type === "train_epoch").length, 80);
});

Deno.test("--seeds refuses what it cannot do", async () => {
  assertRefused(
    await cli([...smallTrain("0", "seeds", "--seeds", "5..1")]),
    2,
    /Expected --seeds to be A\.\.B with at most 1000 seeds, such as 1\.\.6 but found "5\.\.1"/,
  );
  const both = await cli([...ARGS, "--seed", "3"]);
  assert.equal(both.code, 2);
  assert.match(both.stderr, /'--seeds <A\.\.B>' cannot be used with option '--seed <N>'/);
  const named = smallTrain("0", "seeds", "--seeds", "1", "--name", "mine", "--no-report");
  assert.equal((await cli(named)).code, 0);
  assertRefused(
    await cli([...named, "--set", "finalTraining.l2=0.5", "--quiet"]),
    2,
    /Expected a run with these settings in .*mine-seed1 but found one with others; choose another --na/,
  );
});
