import assert from "node:assert/strict";
import { join } from "node:path";
import { profileLines } from "../../cli/profile.ts";
import { openRun, readProfile, runFolder } from "../../nas/run/mod.ts";
import { assertRefused, cli, interrupted, scratch, smallSearch, smallTrain } from "./helpers.ts";

/** Events without what differs from run to run. */
function results(path: string): unknown[] {
  return openRun(path).events.filter(({ type }) => type !== "run_started").map((event) => ({
    ...event,
    seconds: 0,
  }));
}

Deno.test("search --profile gives the same results, a profile, a trace and a section", async () => {
  const [plain, measured] = await Promise.all([
    cli(smallSearch("profile", "--name", "plain", "--no-report")),
    cli(smallSearch("profile", "--name", "measured", "--profile")),
  ]);
  assert.equal(plain.code, 0, plain.stderr);
  assert.equal(measured.code, 0, measured.stderr);
  const folder = runFolder(join(scratch, "profile", "measured"));
  const other = runFolder(join(scratch, "profile", "plain"));
  assert.deepEqual(results(folder.path), results(other.path));
  assert.equal(Deno.readTextFileSync(folder.arcs), Deno.readTextFileSync(other.arcs));
  for (const { name, isFile } of Deno.readDirSync(folder.checkpoints)) {
    if (!isFile) continue;
    const [a, b] = [folder, other].map(({ checkpoints }) =>
      Deno.readFileSync(join(checkpoints, name))
    );
    assert.deepEqual(a, b, name);
  }
  assert.equal(readProfile(other), null);

  const profile = readProfile(folder)!;
  assert.deepEqual(profile.phases.map(({ name }) => name), [
    ...["preparing", "shared weights", "rewards", "scoring", "final training", "test"],
  ]);
  for (const { name, milliseconds, kernelMilliseconds } of profile.phases) {
    // An estimate: a busy machine makes the few dispatches that are timed longer.
    assert.ok(kernelMilliseconds < 2 * milliseconds, `${name}: ${kernelMilliseconds}`);
    assert.ok(name === "preparing" || kernelMilliseconds > 0, name);
  }
  const shares = profile.kernels.reduce((sum, { share }) => sum + share, 0);
  assert.ok(Math.abs(shares - 1) < 1e-9, `${shares}`);
  assert.ok(profile.measuredDispatches < profile.dispatches / 2);
  assert.match(measured.stderr, /estimated from [\d,]+ of [\d,]+ dispatches/);
  const [line] = profileLines(profile).slice(1);
  assert.ok(measured.stderr.includes(line), measured.stderr);
  assert.ok(!plain.stderr.includes("GFLOP/s"));

  const { traceEvents } = JSON.parse(Deno.readTextFileSync(folder.trace));
  const kernels = traceEvents.filter(({ cat }: { cat?: string }) => cat === "kernel");
  assert.equal(kernels.length, profile.tracedDispatches);
  assert.match(Deno.readTextFileSync(folder.report), /Where the time went/);
});

Deno.test("an interrupted run keeps its profile", async () => {
  const folder = runFolder(join(scratch, "profile", "cut"));
  const more = ["--name", "cut", "--profile", "--set", "finalTraining.epochs=200"];
  const { code } = await interrupted(smallSearch("profile", ...more), folder, "train_epoch");
  assert.equal(code, 130);
  const { phases } = readProfile(folder)!;
  assert.equal(phases.at(-1)!.name, "final training");
});

Deno.test("report refuses a damaged profile", async () => {
  const path = join(scratch, "profile", "measured");
  Deno.writeTextFileSync(runFolder(path).profile, "{}");
  const result = await cli(["report", path]);
  assertRefused(result, 2, /Expected a profile in .*profile\.json but found .*schemaVersion/);
});

Deno.test("--profile is refused with --device cpu", async () => {
  const arc = "[1]";
  for (const args of [smallSearch("profile"), smallTrain(arc, "profile")]) {
    const result = await cli([...args, "--device", "cpu", "--profile"]);
    assertRefused(result, 2, /Expected --profile only with --device gpu but found --device cpu/);
  }
});
