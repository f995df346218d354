import assert from "node:assert/strict";
import { join } from "node:path";
import { parseMacroArc } from "../../nas/arc/mod.ts";
import { runFolder } from "../../nas/store/mod.ts";
import { assertReadable, cli, interrupted, scratch, smallSearch } from "./helpers.ts";

Deno.test("search, sample and report on one run", async (t) => {
  const run = join(scratch, "runs", "one");
  await t.step("search --json prints one object with all fields", async () => {
    const { code, stdout, stderr } = await cli(smallSearch("runs", "--name", "one", "--json"));
    assert.equal(code, 0, stderr);
    const result = JSON.parse(stdout);
    assert.deepEqual(Object.keys(result), [
      ...["run", "report", "dataset", "space", "sampler", "seed", "best", "meanEstimateByEpoch"],
      "seconds",
    ]);
    const { dataset, space, sampler, seed, best, meanEstimateByEpoch, seconds } = result;
    assert.deepEqual([result.run, result.report], [run, join(run, "report.html")]);
    assert.deepEqual([dataset, space, sampler, seed], ["synthetic", "macro", "controller", 1]);
    assert.equal(parseMacroArc(best.arc).layers.length, 4);
    for (const accuracy of [best.estimate, best.testAccuracy, ...meanEstimateByEpoch]) {
      assert.ok(accuracy >= 0 && accuracy <= 1, `accuracy ${accuracy}`);
    }
    assert.equal(meanEstimateByEpoch.length, 1);
    assert.ok(seconds > 0);
    // What begins is said; the bar is not drawn, because stderr is no terminal.
    assert.match(stderr, /^data +synthetic, 8×8: 150 images to train/m);
    assert.ok(!stderr.includes("\r") && !stderr.includes("━"), stderr);
    assertReadable(runFolder(run), "completed");
  });
  await t.step("the name of an existing run is refused and the run stays", async () => {
    const before = Deno.readTextFileSync(runFolder(run).events);
    const { code, stderr } = await cli(smallSearch("runs", "--name", "one"));
    assert.equal(code, 2);
    assert.match(stderr, /Expected a new or empty folder at .*one but found files.*--name one\)/);
    assert.equal(Deno.readTextFileSync(runFolder(run).events), before);
  });
  await t.step("sample draws architectures, the same for the same seed", async () => {
    const draw = async () => {
      const args = ["sample", run, "--count", "3", "--seed", "5", "--json"];
      const { code, stdout } = await cli(args);
      assert.equal(code, 0);
      return JSON.parse(stdout);
    };
    const first = await draw();
    assert.equal(first.arcs.length, 3);
    for (const arc of first.arcs) assert.equal(parseMacroArc(arc).layers.length, 4);
    assert.deepEqual(await draw(), first);
    // A name in ./runs will do, and each line is an architecture.
    const { stdout } = await cli(["sample", "one", "--count", "2"], { cwd: scratch });
    assert.equal(stdout.trim().split("\n").map((line) => parseMacroArc(line)).length, 2);
  });
  await t.step("report writes the page again, and several runs into one", async () => {
    const page = await cli(["report", run, "--out", "again.html"]);
    assert.equal(page.code, 0, page.stderr);
    assert.equal(page.stdout, "again.html\n");
    assert.match(Deno.readTextFileSync(join(scratch, "again.html")), /^<!DOCTYPE html>/);
    const both = await cli(["report", run, run]);
    assert.equal(both.code, 0, both.stderr);
    assert.ok(Deno.statSync(join(scratch, "runs", "comparison.html")).isFile);
  });
  await t.step("report refuses a run without events, or with a damaged one", async () => {
    const { config, events } = runFolder(join(scratch, "runs", "empty"));
    Deno.mkdirSync(join(scratch, "runs", "empty"));
    Deno.copyFileSync(runFolder(run).config, config);
    Deno.writeTextFileSync(events, "");
    const empty = await cli(["report", "runs/empty"]);
    assert.equal(empty.code, 2);
    assert.match(empty.stderr, /Expected events in .*events\.jsonl but found none/);
    Deno.writeTextFileSync(events, "{}\n{}\n");
    const damaged = await cli(["report", "runs/empty"]);
    assert.equal(damaged.code, 2);
    assert.match(damaged.stderr, /Expected an event in line 1 of .*events\.jsonl but found/);
  });
});

Deno.test("search says what it found in words", async () => {
  const args = smallSearch("words", "--sampler", "random", "--no-report");
  const { code, stdout, stderr } = await cli(args);
  assert.equal(code, 0, stderr);
  assert.match(
    stdout,
    /^Best architecture\n +1 {2}\S.*\[\d\]\n( +\d {2}\S.*\[\d( [01])+\].*\n){3}/,
  );
  assert.match(stdout, /^estimate +\d+\.\d % {2}on 50 validation images$/m);
  assert.match(stdout, /^from scratch +\d+\.\d % {2}on 200 test images$/m);
  assert.doesNotMatch(stdout, /^report/m);
});

Deno.test("Ctrl-C ends a search cleanly and keeps what was done", async () => {
  const folder = runFolder(join(scratch, "stopped", "it"));
  const args = smallSearch("stopped", "--name", "it", "--epochs", "500");
  const { code, stderr } = await interrupted(args, folder, "epoch_finished");
  assert.equal(code, 130, stderr);
  assert.match(stderr, /Interrupted; the run lies in .*it, and `deno task report .*it` shows it/);
  assertReadable(folder, "interrupted");
  assert.equal((await cli(["sample", folder.path, "--count", "1"])).code, 0);
});

Deno.test("a memory budget that is too small fails the run with a sentence", async () => {
  const { code, stderr } = await cli(["search", "--memory", "1", "--out", join(scratch, "runs")]);
  assert.equal(code, 1);
  assert.match(stderr, /Expected at most 1\.0 MiB of device memory but .* or raise --memory/);
  assert.ok(!stderr.includes("    at "), "a stack trace is shown");
});

Deno.test("a folder that cannot be written to is named with its flag", async () => {
  Deno.writeTextFileSync(join(scratch, "file"), "");
  const { code, stderr } = await cli(smallSearch("file/runs"));
  assert.equal(code, 2);
  assert.match(stderr, /Expected to write .*file\/runs but found .*\(--out .*file\/runs\)/);
});
