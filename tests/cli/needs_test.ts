import assert from "node:assert/strict";
import { join } from "node:path";
import { enaslab } from "../../cli.ts";
import { dataNeededBy, fetchMissing } from "../../cli/needs.ts";
import { cli, scratch } from "./helpers.ts";

const program = () => enaslab(() => assert.fail("a command acted"));
const needed = (...args: string[]) => dataNeededBy(program(), args);

Deno.test("a command line needs the data sets that its settings name", async () => {
  assert.deepEqual(await needed("search"), ["mnist"]);
  assert.deepEqual(await needed("search", "--dataset", "cifar10", "--images", "100"), ["cifar10"]);
  assert.deepEqual(await needed("search", "--preset", "thesis"), ["cifar100"]);
  const set = ["--set", "dataset.name=fashion-mnist"];
  assert.deepEqual(await needed("train", "--arc", "[1]", ...set), ["fashion-mnist"]);
  assert.deepEqual(await needed("study", "estimator", "--scale", "small"), ["fashion-mnist"]);
  const transfer = await needed("study", "transfer", "--scale", "tiny");
  assert.deepEqual(transfer, ["mnist", "fashion-mnist"]);
  const named = ["--dataset", "cifar10,cifar100"];
  assert.deepEqual(await needed("study", "depth", ...named), ["cifar10", "cifar100"]);
});

Deno.test("what only looks, brings its data, trains nothing or is wrong, needs none", async () => {
  const own = ["search", "--dataset", "cifar10"];
  for (
    const args of [
      [...own, "--from", "somewhere"],
      [...own, "--dry-run"],
      [...own, "--settings"],
      [...own, "--print-config"],
      [...own, "--help"],
      [...own, "--serach"],
      [...own, "--layers", "none"],
      [...own, "--resume", "nowhere"],
      ["train", "--dataset", "cifar10"],
      ["train", "--dataset", "cifar10", "--arc", "no such file"],
      ["study", "transfer", "--dry-run"],
      ["study", "transfer", "--so-far"],
      ["study", "transfer", "--scale", "huge"],
      ["study"],
      ["plan", "--dataset", "cifar10"],
      ["report", "some"],
      [],
    ]
  ) assert.deepEqual(await needed(...args), [], args.join(" "));
});

Deno.test("a run that goes on needs its own data set", async () => {
  const run = join(scratch, "earlier");
  Deno.mkdirSync(run);
  const printed = await cli([
    ...["train", "--arc", "[1]", "--dataset", "synthetic", "--image-size", "8", "--filters", "2"],
    ...["--images", "40", "--batch", "8", "--epochs", "1", "--device", "cpu", "--name", "run"],
    ...["--set", "finalTraining.stepsPerEpoch=1", "--no-report", "--out", run, "--json"],
  ]);
  assert.equal(printed.code, 0, printed.stderr);
  const args = ["train", "--resume", join(run, "run"), "--offline"];
  assert.deepEqual(await needed(...args), ["synthetic"]);
});

Deno.test("what is missing is fetched, and nothing else", async () => {
  const asked: string[] = [];
  const fetched: string[] = [];
  const machine = {
    here(name: string) {
      asked.push(name);
      return name === "mnist";
    },
    fetch(name: string) {
      fetched.push(name);
      return Promise.resolve({ name, folder: "/data", how: "downloaded", files: ["a"] } as const);
    },
  };
  await fetchMissing(program(), ["study", "transfer", "--scale", "tiny"], machine);
  assert.deepEqual([asked, fetched], [["mnist", "fashion-mnist"], ["fashion-mnist"]]);
});

Deno.test("data --for does nothing where all is here, whatever else the command line says", async () => {
  for (const args of [["search", "--dataset", "synthetic"], ["search", "--help"], ["nothing"]]) {
    const result = await cli(["data", "--for", ...args]);
    assert.deepEqual(result, { code: 0, stdout: "", stderr: "" });
  }
});
