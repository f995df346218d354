import assert from "node:assert/strict";
import { Eta } from "../../cli/eta.ts";
import { UsageError } from "../../cli/errors.ts";
import { SEARCH_FLAGS, type SettingFlag, TRAIN_FLAGS } from "../../cli/flags.ts";
import { buildConfig, type BuiltConfig, type ConfigRequest } from "../../cli/settings.ts";
import { parseArc } from "../../nas/space/mod.ts";
import {
  ConfigError,
  configValue,
  getPreset,
  PRESET_NAMES,
  sharedWeightsOf,
  SPACE_NAMES,
} from "../../nas/config/mod.ts";

const quick = getPreset("quick").config;
const quickMicro = getPreset("quick", "micro").config;
const MACRO_ARC = parseArc("[2] [0 1] [5 0 1]");
const MICRO_ARC = parseArc("0 0 1 1 2 2 0 3 | 1 4 0 0 2 1 1 2");

/** What `search` does with a request; `train` where an arc is in it. */
function build(request: Partial<ConfigRequest> = {}): BuiltConfig {
  const known: readonly SettingFlag[] = request.arc === undefined ? SEARCH_FLAGS : TRAIN_FLAGS;
  return buildConfig({ preset: "quick", known, flags: {}, sets: [], ...request });
}

function fails(request: Partial<ConfigRequest>, message: RegExp | string): void {
  assert.throws(() => build(request), (error) => {
    assert.ok(error instanceof UsageError);
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  });
}

for (const preset of PRESET_NAMES) {
  for (const space of SPACE_NAMES) {
    Deno.test(`buildConfig() without flags is the preset ${preset} of the ${space} space`, () => {
      const { config } = getPreset(preset, space);
      assert.deepEqual(build({ preset, space }).config, config);
    });
  }
}

Deno.test("buildConfig() begins with the macro space", () => {
  assert.deepEqual(build().config, quick);
});

Deno.test("--epochs fits the cosine cycles to its end", () => {
  for (const [epochs, period] of [[1, 1], [2, 2], [3, 3], [5, 5], [10, 10], [12, 12]]) {
    const { config } = build({ flags: { epochs: String(epochs) } });
    assert.equal(config.search.epochs, epochs);
    assert.equal(config.child.restartPeriod, period, `${epochs} epochs`);
  }
  const { config } = build({ flags: { epochs: "3" }, sets: ["child.restartPeriod=7"] });
  assert.equal(config.child.restartPeriod, 7);
});

Deno.test("one mistake is said once, without what would follow from it", () => {
  const said = (request: Parameters<typeof build>[0]) => {
    try {
      build(request);
    } catch (error) {
      return (error as Error).message;
    }
    return "nothing";
  };
  assert.equal(
    said({ flags: { epochs: "1.5" } }),
    "Expected --epochs to be an integer of at least 1 but found 1.5",
  );
  assert.equal(
    said({ flags: { images: "100.5" } }),
    "Expected --images to be an integer of at least 0 but found 100.5",
  );
  assert.equal(
    said({ sets: ["=5"] }),
    'Expected --set to be path=value, such as child.l2=0.0001, but found "=5"',
  );
});

Deno.test("images are made no larger than there are sizes for", () => {
  fails(
    { flags: { "image-size": "5000" } },
    "Expected --image-size to be an integer from 0 to 1024 but found 5000",
  );
});

Deno.test("own images are split class by class, or as their folders say", () => {
  const flags = { dataset: "folder" };
  const own = (validation: number, more: Partial<ConfigRequest> = {}) =>
    build({ flags, available: { train: 500, validation }, ...more }).config.dataset;
  const none = own(0);
  assert.deepEqual([none.validationSplit, none.validationShare], ["stratified", 0.25]);
  const given = own(50);
  assert.deepEqual([given.validationSplit, given.validationShare], ["given", 0.1]);
  const anew = own(50, {
    sets: ["dataset.validationSplit=stratified", "dataset.validationShare=0.2"],
  });
  assert.deepEqual([anew.validationSplit, anew.validationShare], ["stratified", 0.2]);
  assert.equal(own(0, { preset: "official-code" }).validationSplit, "stratified");
  assert.equal(build({ flags: { dataset: "mnist" } }).config.dataset.validationSplit, "shuffled");
});

Deno.test("a configuration from a file stands in place of the preset, and flags win over it", () => {
  const made = build({ flags: { epochs: "3", dataset: "folder" }, sets: ["child.l2=0.5"] }).config;
  const base = { ...made, dataset: { ...made.dataset, validationSplit: "shuffled" as const } };
  assert.deepEqual(build({ base }).config, base);
  const changed = build({
    base,
    flags: { epochs: "5" },
    available: { train: 99_999, validation: 0 },
  });
  assert.deepEqual([changed.config.search.epochs, changed.config.child.l2], [5, 0.5]);
  assert.equal(changed.config.dataset.validationSplit, "shuffled");
});

Deno.test("--final-epochs is one cosine cycle", () => {
  const { config } = build({ flags: { "final-epochs": "9" } });
  assert.deepEqual(config.finalTraining, { ...quick.finalTraining, epochs: 9, restartPeriod: 9 });
});

Deno.test("--filters also sets the width of the last training, unless --set says otherwise", () => {
  const both = build({ flags: { filters: "8" } }).config;
  assert.deepEqual([both.child.filters, both.finalTraining.filters], [8, 8]);
  const one = build({ flags: { filters: "8" }, sets: ["finalTraining.filters=32"] }).config;
  assert.deepEqual([one.child.filters, one.finalTraining.filters], [8, 32]);
});

Deno.test("--images takes batches along that would not fit", () => {
  const { config } = build({ flags: { images: "200" } });
  assert.equal(config.search.scoreImages, 50);
  assert.equal(sharedWeightsOf(config).batchSize, 50);
  assert.equal(config.child.batchSize, 64);
  fails(
    { flags: { images: "200", batch: "100" } },
    /^Expected --batch to be at most 50, the images of/,
  );
});

Deno.test("--images keeps about 1,000 validation images, at most a quarter", () => {
  const share = (images: string) => build({ flags: { images } }).config.dataset.validationShare;
  assert.equal(share("200"), 0.25);
  assert.equal(share("10000"), 0.1);
  // A preset that validates on more keeps its share: 5,000 of all 50,000.
  const official = (flags: Record<string, string>) =>
    build({ preset: "official-code", flags }).config.dataset.validationShare;
  assert.equal(official({ dataset: "cifar100" }), 0.1);
  assert.equal(official({ images: "20000" }), 0.1);
  assert.equal(official({ images: "5000" }), 0.2);
  assert.equal(
    build({ flags: { images: "400" }, sets: ["dataset.validationShare=0.5"] }).config.dataset
      .validationShare,
    0.5,
  );
});

Deno.test("--layers and --nodes of the micro space set the search and the last training", () => {
  const flags = { layers: "4", nodes: "5", filters: "6" };
  const { config } = build({ space: "micro", flags });
  assert.deepEqual(config, {
    ...quickMicro,
    child: { ...quickMicro.child, layers: 4, nodes: 5, filters: 6 },
    finalTraining: { ...quickMicro.finalTraining, layers: 4, filters: 6 },
  });
  // In the macro space the last training takes the depth of its arc.
  assert.deepEqual(build({ flags: { layers: "4" } }).config, {
    ...quick,
    child: { ...quick.child, layers: 4 },
  });
});

Deno.test("flags of the other space are refused", () => {
  fails(
    { flags: { nodes: "3" } },
    "Expected --nodes only in the micro space but found it in the macro space; set --space micro, " +
      "or leave it out",
  );
  fails(
    { space: "micro", flags: { "op-mode": "released" } },
    "Expected --op-mode only in the macro space but found it in the micro space; set --space " +
      "macro, or leave it out",
  );
  // The arc decides the space of a training, so there is none to set.
  fails(
    { arc: MACRO_ARC, flags: { layers: "3" } },
    "Expected --layers only in the micro space but found it in the macro space; leave it out",
  );
  fails({ space: "micro", sets: ["child.opMode=released"] }, /a setting of the micro space but/);
  fails({ sets: ["space=micro"] }, /Expected the space to be given with --space but found --set s/);
  fails({ space: "nano" }, 'Expected --space to be one of macro, micro but found "nano"');
});

Deno.test("an arc gives a training its space and its size", () => {
  const macro = build({ arc: MACRO_ARC }).config;
  assert.deepEqual(macro, { ...quick, child: { ...quick.child, layers: 3 } });
  const micro = build({ arc: MICRO_ARC, flags: { layers: "2" } }).config;
  assert.deepEqual(micro, {
    ...quickMicro,
    child: { ...quickMicro.child, nodes: 2 },
    finalTraining: { ...quickMicro.finalTraining, layers: 2 },
  });
  assert.deepEqual(
    build({ arc: MICRO_ARC, space: "micro" }).config,
    build({ arc: MICRO_ARC }).config,
  );
});

Deno.test("what contradicts the arc is refused", () => {
  fails(
    { arc: MICRO_ARC, space: "macro" },
    "Expected --arc to be of the macro space, as --space says, but found an architecture of the " +
      "micro space; leave --space out",
  );
  fails(
    { arc: MACRO_ARC, sets: ["child.layers=4"] },
    "Expected --set child.layers to be 3, as --arc says, but found 4; leave it out",
  );
  assert.equal(build({ arc: MACRO_ARC, sets: ["child.layers=3"] }).config.child.layers, 3);
});

Deno.test("--epochs of a training fits the cosine cycles to its end", () => {
  for (const arc of [MACRO_ARC, MICRO_ARC]) {
    const { search, child, finalTraining } = build({ arc, flags: { epochs: "9" } }).config;
    assert.deepEqual([finalTraining.epochs, finalTraining.restartPeriod], [9, 9]);
    // The search's own epochs play no part and stay.
    const base = arc.space === "macro" ? quick : quickMicro;
    assert.equal(search.epochs, base.search.epochs);
    assert.equal(child.restartPeriod, base.child.restartPeriod);
  }
  // 10 + 20 + 40 + 80 + 160 epochs: five cycles, each twice as long as the one before, also end
  // when the whole is halved.
  const preset = "official-code";
  const { finalTraining } = build({ preset, arc: MACRO_ARC }).config;
  assert.deepEqual([finalTraining.epochs, finalTraining.restartPeriod], [310, 10]);
  const half = build({ preset, arc: MACRO_ARC, flags: { epochs: "155" } }).config.finalTraining;
  assert.deepEqual([half.epochs, half.restartPeriod, half.restartFactor], [155, 5, 2]);
});

Deno.test("own images bring their number along", () => {
  const { dataset, finalTraining, evaluator, search } = build({
    flags: { dataset: "folder" },
    available: { train: 20, validation: 0 },
  }).config;
  assert.equal(dataset.validationShare, 0.25);
  assert.equal(finalTraining.batchSize, 15);
  assert.deepEqual(["batchSize" in evaluator && evaluator.batchSize, search.scoreImages], [5, 5]);
  // More images than the preset wants for validation: the share that makes about 1,000.
  assert.equal(
    build({ flags: { dataset: "folder" }, available: { train: 8000, validation: 0 } }).config
      .dataset.validationShare,
    0.125,
  );
});

Deno.test("--set takes numbers, words, yes and no, and null", () => {
  const { config } = build({
    sets: [
      "child.l2=1e-3",
      "dataset.augment.flip=true",
      "strategy.temperature=5",
      "strategy.baselineInit=zero",
    ],
  });
  assert.equal(config.child.l2, 1e-3);
  assert.equal(config.dataset.augment.flip, true);
  assert.equal(configValue(config, "strategy.temperature"), 5);
  assert.equal(configValue(config, "strategy.baselineInit"), "zero");
  assert.equal(
    configValue(build({ sets: ["strategy.temperature=null"] }).config, "strategy.temperature"),
    null,
  );
});

Deno.test("faults name flags and settings as the caller wrote them", () => {
  fails(
    { sets: ["child.l2=lots"] },
    'Expected --set child.l2 to be a number of at least 0 but found "lots"',
  );
  fails({ sets: ["child.l2"] }, /^Expected --set to be path=value/);
  fails({ sets: ["l2=1"] }, /did you mean child\.l2 or finalTraining\.l2\?$/);
  fails({ sets: ["skip=1"] }, /did you mean child\.skipIndex or strategy\.skipTarget or /);
  fails({ sets: ["depth=1"] }, /found depth; --settings lists them$/);
  fails(
    { flags: { layers: "0", seed: "-1" } },
    "Expected --layers to be an integer from 1 to 1000 but found 0\n" +
      "Expected --seed to be an integer from 0 to 4294967295 but found -1",
  );
});

Deno.test("faults that the data set brings out are translated too", () => {
  const { toUsage } = build();
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

Deno.test("an architecture's file says how it is read, unless --set does", () => {
  const arc = parseArc("0 1 1 2 0 1");
  const skipIndexOf = (sets: string[]) => {
    const request = { preset: "quick", known: TRAIN_FLAGS, flags: {}, sets, arc };
    const { config } = buildConfig({ ...request, reading: { skipIndex: "layer-output" } });
    return config.space === "macro" ? config.child.skipIndex : null;
  };
  assert.equal(skipIndexOf([]), "layer-output");
  assert.equal(skipIndexOf(["child.skipIndex=stem-first"]), "stem-first");
});

Deno.test("--graph official takes the released learning rate, unless --set says otherwise", () => {
  const rateOf = (sets: string[], graph = "official", preset = "quick") =>
    buildConfig({ preset, known: SEARCH_FLAGS, flags: { graph }, sets })
      .config.finalTraining.learningRateMax;
  assert.equal(rateOf([]), 0.05);
  assert.equal(rateOf(["finalTraining.learningRateMax=0.1"]), 0.1);
  assert.equal(rateOf([], "faithful"), quick.finalTraining.learningRateMax);
});
