import assert from "node:assert/strict";
import { Eta } from "../../cli/eta.ts";
import { UsageError } from "../../cli/errors.ts";
import { buildConfig } from "../../cli/settings.ts";
import { ConfigError, PRESETS } from "../../nas/config/mod.ts";

const quick = PRESETS.quick.config;

function fails(flags: Record<string, string>, sets: string[], message: RegExp | string): void {
  assert.throws(() => buildConfig("quick", flags, sets), (error) => {
    assert.ok(error instanceof UsageError);
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  });
}

Deno.test("buildConfig() without flags is the preset", () => {
  assert.deepEqual(buildConfig("quick", {}, []).config, quick);
});

Deno.test("--epochs fits the cosine cycles to its end", () => {
  for (const [epochs, period] of [[1, 1], [2, 2], [3, 3], [5, 5], [10, 10], [12, 12]]) {
    const { config } = buildConfig("quick", { epochs: String(epochs) }, []);
    assert.equal(config.search.epochs, epochs);
    assert.equal(config.child.restartPeriod, period, `${epochs} epochs`);
  }
  const { config } = buildConfig("quick", { epochs: "3" }, ["child.restartPeriod=7"]);
  assert.equal(config.child.restartPeriod, 7);
});

Deno.test("--final-epochs is one cosine cycle", () => {
  const { config } = buildConfig("quick", { "final-epochs": "9" }, []);
  assert.deepEqual(config.finalTraining, { ...quick.finalTraining, epochs: 9, restartPeriod: 9 });
});

Deno.test("--filters also sets the width of the last training, unless --set says otherwise", () => {
  const both = buildConfig("quick", { filters: "8" }, []).config;
  assert.deepEqual([both.child.filters, both.finalTraining.filters], [8, 8]);
  const one = buildConfig("quick", { filters: "8" }, ["finalTraining.filters=32"]).config;
  assert.deepEqual([one.child.filters, one.finalTraining.filters], [8, 32]);
});

Deno.test("--images takes batches along that would not fit", () => {
  const { config } = buildConfig("quick", { images: "200" }, []);
  assert.equal(config.search.scoreImages, 50);
  assert.equal(config.controller.batchSize, 50);
  assert.equal(config.child.batchSize, 64);
  fails({ images: "200", batch: "100" }, [], /^Expected --batch to be at most 50, the images of/);
});

Deno.test("--images keeps about 1,000 validation images, at most a quarter", () => {
  const share = (images: string) =>
    buildConfig("quick", { images }, []).config.dataset.validationShare;
  assert.equal(share("200"), 0.25);
  assert.equal(share("10000"), 0.1);
  assert.equal(
    buildConfig("quick", { images: "400" }, ["dataset.validationShare=0.5"]).config.dataset
      .validationShare,
    0.5,
  );
});

Deno.test("--set takes numbers, words, yes and no, and null", () => {
  const { config } = buildConfig("quick", {}, [
    "child.l2=1e-3",
    "dataset.augment.flip=true",
    "controller.temperature=5",
    "controller.baselineInit=zero",
  ]);
  assert.equal(config.child.l2, 1e-3);
  assert.equal(config.dataset.augment.flip, true);
  assert.equal(config.controller.temperature, 5);
  assert.equal(config.controller.baselineInit, "zero");
  assert.equal(
    buildConfig("quick", {}, ["controller.temperature=null"]).config.controller.temperature,
    null,
  );
});

Deno.test("faults name flags and settings as the caller wrote them", () => {
  fails(
    {},
    ["child.l2=lots"],
    'Expected --set child.l2 to be a number of at least 0 but found "lots"',
  );
  fails({}, ["child.l2"], /^Expected --set to be path=value/);
  fails({}, ["l2=1"], /did you mean child\.l2 or finalTraining\.l2\?$/);
  fails(
    { layers: "0", seed: "-1" },
    [],
    "Expected --layers to be an integer of at least 1 but found 0\n" +
      "Expected --seed to be an integer from 0 to 4294967295 but found -1",
  );
});

Deno.test("faults that the data set brings out are translated too", () => {
  const { toUsage } = buildConfig("quick", {}, []);
  const path = "dataset.images";
  const message = `Expected ${path} to be at most 10, all the training images, but found 4000`;
  assert.equal(
    toUsage(new ConfigError([{ path, message }])).message,
    "Expected --images to be at most 10, all the training images, but found 4000",
  );
});

Deno.test("Eta adds up kinds of work, measured or judged by their cost", () => {
  const eta = new Eta({ step: 4, score: 2 }, { step: 1, score: 0.5 }, 0);
  assert.equal(eta.remaining(), null);
  assert.equal(eta.fraction(0), 0);
  eta.tick("step", 2);
  assert.equal(eta.remaining(), 3 * 2 + 2 * 1);
  assert.equal(eta.fraction(2), 0.2);
  for (const now of [4, 6, 8]) eta.tick("step", now);
  eta.tick("score", 12);
  assert.equal(eta.remaining(), 4);
  eta.tick("score", 13);
  assert.equal(eta.remaining(), 0);
  assert.equal(eta.fraction(13), 1);
});
