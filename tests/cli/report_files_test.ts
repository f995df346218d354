/** What is made of runs that lie there: their settings for a training, their pages. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { cli, scratch, smallSearch } from "./helpers.ts";

const CHEAP = [
  ...["--device", "cpu", "--layers", "2", "--filters", "2", "--images", "40", "--batch", "8"],
  "--no-report",
];
const RUNS = join(scratch, "made");
for (const name of ["one", "two"]) {
  const { code, stderr } = await cli(smallSearch("made", "--name", name, ...CHEAP));
  assert.equal(code, 0, stderr);
}
const [ONE, TWO] = [join(RUNS, "one"), join(RUNS, "two")];

Deno.test("train --arc RUN takes data set, sizes and training from the run; flags win", async () => {
  const config = async (...more: string[]) => {
    const { code, stdout, stderr } = await cli(["train", "--arc", ONE, "--print-config", ...more]);
    assert.equal(code, 0, stderr);
    return { config: JSON.parse(stdout), stderr };
  };
  const of = await config();
  assert.match(of.stderr, /Data set, sizes and training are those of .*one; flags win/);
  const { dataset, finalTraining, device } = of.config;
  assert.deepEqual(
    [dataset.name, dataset.images, dataset.imageSize, finalTraining.stepsPerEpoch, device],
    ["synthetic", 40, 8, 5, "cpu"],
  );
  const changed = await config("--epochs", "3", "--set", "finalTraining.l2=0.5");
  assert.deepEqual(
    [changed.config.finalTraining.epochs, changed.config.finalTraining.l2],
    [3, 0.5],
  );
  assert.equal(changed.config.dataset.name, "synthetic");
  const other = await config("--dataset", "mnist");
  assert.deepEqual([other.config.dataset.name, other.config.dataset.imageSize], ["mnist", 14]);
  const preset = await config("--preset", "quick");
  assert.equal(preset.config.dataset.name, "mnist");
  assert.match(preset.stderr, /Only the architecture comes from .*one; everything else is that of/);
});

Deno.test("a comparison does not replace the one that lies there, and says so", async () => {
  const first = await cli(["report", ONE, TWO]);
  assert.equal(first.code, 0, first.stderr);
  const path = join(RUNS, "comparison.html");
  Deno.writeTextFileSync(path, "mine");
  const second = await cli(["report", ONE, TWO]);
  assert.equal(second.code, 0, second.stderr);
  assert.match(second.stdout, /comparison-2\.html/);
  assert.match(second.stderr, /comparison\.html is there already and stays/);
  assert.equal(Deno.readTextFileSync(path), "mine");
});

Deno.test("a report that cannot be written does not hide the result", async () => {
  Deno.mkdirSync(join(TWO, "report.html"));
  const { code, stdout, stderr } = await cli([
    "search",
    "--resume",
    TWO,
    "--final-epochs",
    "2",
    "--json",
  ]);
  assert.equal(code, 1);
  const { report, best } = JSON.parse(stdout);
  assert.equal(report, null);
  assert.ok(best.testAccuracy > 0);
  assert.match(
    stderr,
    /enaslab: Expected to write .*report.html .*; the result above is complete, and `.* report .*two`/,
  );
});

Deno.test("report draws the page of a study's folder", async () => {
  const folder = join(scratch, "thesis");
  assert.equal((await cli(["study", "thesis", "--out", folder, "--no-report"])).code, 0);
  const { code, stdout, stderr } = await cli(["report", folder]);
  assert.equal(code, 0, stderr);
  assert.equal(stdout.trim(), join("thesis", "report.html"));
  assert.match(Deno.readTextFileSync(join(folder, "report.html")), /^<!DOCTYPE html>/);
});
