import assert from "node:assert/strict";
import { join } from "node:path";
import { parseMacroArc, parseMicroArc } from "../../nas/space/mod.ts";
import { readSampler } from "../../nas/strategy/stored.ts";
import { openRun, readSafetensors, runFolder, writeSafetensors } from "../../nas/run/mod.ts";
import {
  assertReadable,
  assertRefused,
  cli,
  interrupted,
  scratch,
  smallMicroSearch,
  smallSearch,
  smallTrain,
} from "./helpers.ts";

Deno.test("search, sample and report on one run", async (t) => {
  const run = join(scratch, "runs", "one");
  await t.step("search --json prints one object with all fields", async () => {
    const { code, stdout, stderr } = await cli(smallSearch("runs", "--name", "one", "--json"));
    assert.equal(code, 0, stderr);
    const result = JSON.parse(stdout);
    assert.deepEqual(Object.keys(result), [
      ...["run", "report", "dataset", "space", "method", "strategy", "evaluator", "sampler"],
      ...["seed", "best", "meanEstimateByEpoch"],
      "seconds",
    ]);
    const { dataset, space, method, strategy, evaluator, sampler, seed } = result;
    const { best, meanEstimateByEpoch, seconds } = result;
    assert.deepEqual([result.run, result.report], [run, join(run, "report.html")]);
    assert.deepEqual([dataset, space, sampler, seed], ["synthetic", "macro", "controller", 1]);
    assert.deepEqual([method, strategy, evaluator], ["enas", "controller", "shared-weights"]);
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

Deno.test("a micro search, and what comes of its run", async (t) => {
  const run = runFolder(join(scratch, "micro", "cells"));
  await t.step("search --space micro ends with a report and JSON", async () => {
    const { code, stdout, stderr } = await cli(
      smallMicroSearch("micro", "--name", "cells", "--json"),
    );
    assert.equal(code, 0, stderr);
    const { report, space, best, meanEstimateByEpoch, ...result } = JSON.parse(stdout);
    assert.deepEqual([result.run, report, space], [run.path, run.report, "micro"]);
    assert.deepEqual(Object.keys(best), ["arc", "estimate", "testAccuracy"]);
    assert.equal(parseMicroArc(best.arc, { nodes: 2 }).space, "micro");
    for (const accuracy of [best.estimate, best.testAccuracy, ...meanEstimateByEpoch]) {
      assert.ok(accuracy >= 0 && accuracy <= 1, `accuracy ${accuracy}`);
    }
    assert.match(
      stderr,
      /^search +micro space, 1 layer and 2 reduction cells, 2 nodes each, of 2/m,
    );
    assertReadable(run, "completed");
    assert.match(Deno.readTextFileSync(run.report), /Reduction cell/);
    const { hyperparameters } = JSON.parse(Deno.readTextFileSync(run.config));
    assert.deepEqual([hyperparameters.child.nodes, hyperparameters.finalTraining.layers], [2, 1]);
  });
  await t.step("sample draws micro architectures", async () => {
    const { code, stdout, stderr } = await cli(["sample", run.path, "--count", "3"]);
    assert.equal(code, 0, stderr);
    const arcs = stdout.trim().split("\n").map((line) => parseMicroArc(line, { nodes: 2 }));
    assert.equal(arcs.length, 3);
  });
  await t.step("train --arc RUN trains its best architecture", async () => {
    const args = smallTrain("cells", "micro", "--layers", "1", "--filters", "2", "--no-report");
    // A name in ./runs will do.
    Deno.mkdirSync(join(scratch, "elsewhere", "runs"), { recursive: true });
    Deno.symlinkSync(run.path, join(scratch, "elsewhere", "runs", "cells"));
    const { code, stdout, stderr } = await cli([...args, "--json"], {
      cwd: join(scratch, "elsewhere"),
    });
    assert.equal(code, 0, stderr);
    const best = openRun(run.path).events.find((event) => event.type === "best_arc");
    assert.equal(JSON.parse(stdout).arc, best?.arc);
  });
  await t.step("search --controller-from begins with its controller", async () => {
    // The controller is not trained, and the search has other sizes.
    const { code, stderr } = await cli(smallMicroSearch(
      "micro",
      ...["--name", "next", "--controller-from", run.path, "--nodes", "3", "--no-report"],
      ...["--set", "search.trainEvery=2", "--images", "160"],
    ));
    assert.equal(code, 0, stderr);
    const before = readSampler(run);
    const after = readSampler(runFolder(join(scratch, "micro", "next")));
    assert.deepEqual([before.scalars.step, after.scalars.step], [2, 0]);
    const learned = Object.keys(before.tensors).filter((name) => !name.startsWith("adam_"));
    assert.ok(learned.includes("w_lstm"));
    for (const name of learned) assert.deepEqual(after.tensors[name], before.tensors[name], name);
  });
  await t.step("search --controller-from refuses what does not fit", async () => {
    const search = (...args: string[]) =>
      cli(smallSearch("micro", "--controller-from", run.path, ...args));
    assertRefused(
      await search(),
      2,
      /to name a run of the macro space but found .*cells, one of the micro space; choose another/,
    );
    const micro = ["--space", "micro"];
    assertRefused(
      await search(...micro, "--set", "strategy.hiddenSize=32"),
      2,
      /whose controller has 32 hidden units but found .*cells, whose has 64; .*hiddenSize=64/,
    );
    assertRefused(
      await search(...micro, "--sampler", "random"),
      2,
      /Expected --controller-from only with --strategy controller but found random/,
    );
    assertRefused(
      await search("--controller-from", "nowhere"),
      2,
      /Expected a run with a config.json in .*nowhere but found .*\(--controller-from\)/,
    );
  });
  await t.step("a sampler or settings of another version are named", async () => {
    const sampler = join(run.checkpoints, "sampler.safetensors");
    const { tensors, metadata } = readSafetensors(sampler);
    writeSafetensors(sampler, tensors, { ...metadata, version: "1" });
    for (
      const [args, argument] of [
        [["sample", run.path, "--count", "1"], "<RUN>"],
        [smallMicroSearch("micro", "--controller-from", run.path), "--controller-from"],
      ] as const
    ) {
      const sentence = `Expected a sampler of version \\d+ in .*sampler.safetensors but found ` +
        `version 1; use the enaslab version that wrote it \\(${argument}\\)`;
      assertRefused(await cli(args), 2, new RegExp(sentence));
    }
    Deno.removeSync(sampler);
    // The checkpoint of the completed run has it too.
    assert.equal((await cli(["sample", run.path, "--count", "1"])).code, 0);
    Deno.removeSync(join(run.checkpoints, "state-000001"), { recursive: true });
    assertRefused(
      await cli(["sample", run.path, "--count", "1"]),
      2,
      /Expected a safetensors file at .*sampler.safetensors but found no such file/,
    );
    writeSafetensors(sampler, tensors, metadata);
    const config = JSON.parse(Deno.readTextFileSync(run.config));
    delete config.hyperparameters.search.evaluation;
    Deno.writeTextFileSync(run.config, JSON.stringify(config));
    assertRefused(
      await cli(["sample", run.path, "--count", "1"]),
      2,
      /Expected settings of this version of enaslab in .*config.json but .*search.evaluation .*; use/,
    );
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
  assert.match(
    stderr,
    /Interrupted; `deno run -A .*cli\.ts'? search --resume .*it` goes on .* `deno run -A .*cli\.ts'? report /,
  );
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
