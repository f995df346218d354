import assert from "node:assert/strict";
import { ConfigError, getPreset, type SearchConfig } from "../../nas/config/mod.ts";
import { cosineLearningRate } from "../../engine/optim/schedule.ts";
import {
  cycleEnds,
  markAt,
  scaledConfig,
  scaleOf,
  searchConfig,
  testImages,
  thesisMarks,
} from "../../study/kit/scales.ts";
import { STUDY_SCALES, type StudySettings } from "../../study/study.ts";
import { typedThere } from "../../cli/called.ts";
import { commandOf, settingsOf } from "../../cli/study_flags.ts";
import { STUDIES } from "../../study/mod.ts";

const SETTINGS: StudySettings = {
  ...{ scale: "small", spaces: ["macro"], datasets: ["mnist"], seeds: [1], arcs: 4, trainings: 1 },
  overrides: { "child.filters": 4 },
};

Deno.test("scaled searches keep the ratios of the thesis's schedule", () => {
  const { child, search } = getPreset("thesis").config;
  assert.equal(search.epochs, 310);
  assert.deepEqual(cycleEnds(getPreset("thesis").config), [10, 30, 70, 150, 310]);
  for (const space of ["macro", "micro"] as const) {
    for (const scale of ["small", "medium"] as const) {
      const config = scaledConfig(scale, space);
      assert.deepEqual(cycleEnds(config), [1, 3, 7, 15, 31]);
      assert.deepEqual(thesisMarks(config.search.epochs), [1, 10, 16, 31]);
    }
    assert.deepEqual(cycleEnds(scaledConfig("tiny", space)), [1, 3, 7]);
  }
  // Like 155 of 310, the scaled epoch follows a restart: its learning rate is near the highest one.
  const rate = (epoch: number, settings: SearchConfig["child"]) =>
    cosineLearningRate(epoch - 1, {
      max: settings.learningRateMax,
      min: settings.learningRateMin,
      period: settings.restartPeriod,
      factor: settings.restartFactor,
    }) / settings.learningRateMax;
  const scaled = scaledConfig("small", "macro").child;
  assert.ok(rate(156, child) > 0.99);
  assert.ok(rate(markAt(155, 31), scaled) > 0.99);
  assert.ok(rate(markAt(155, 31) - 1, scaled) < 0.2);
});

Deno.test("scale tiny reads the first 500 test images, and its pages say so", () => {
  assert.deepEqual([600, 500, 9].map((count) => testImages("tiny", count)), [500, 500, 9]);
  for (const scale of STUDY_SCALES.filter((scale) => scale !== "tiny")) {
    assert.equal(testImages(scale, 600), 600);
  }
  const facts = (scale: StudySettings["scale"]) =>
    scaleOf({ ...SETTINGS, scale }, [scaledConfig("tiny", "macro")]).facts;
  const fact = { name: "test images", thesis: "all", value: "the first 500" };
  assert.deepEqual(facts("tiny").at(-1), fact);
  assert.ok(facts("small").every(({ name }) => name !== fact.name));
});

Deno.test("a search's settings: the scale's, then --set, then the arm's, and its own seed and data", () => {
  const config = searchConfig(SETTINGS, {
    ...{ space: "macro", dataset: "cifar10", seed: 7 },
    fixed: { "child.opMode": "released" },
  });
  assert.equal(config.seed, 7);
  assert.equal(config.dataset.name, "cifar10");
  assert.equal(config.child.filters, 4);
  assert.equal(config.space === "macro" && config.child.opMode, "released");
  const wrong = { ...SETTINGS, overrides: { "child.layers": "many" } };
  assert.throws(
    () => searchConfig(wrong, { space: "macro", dataset: "mnist", seed: 1 }),
    ConfigError,
  );
});

Deno.test("a page says what was scaled, and that the thesis's own settings were not", () => {
  const { label, facts } = scaleOf(SETTINGS, [scaledConfig("small", "macro")]);
  assert.match(label, /scaled down \(small\)/);
  const layers = facts.find(({ name }) => name === "child.layers");
  assert.deepEqual(layers, { name: "child.layers", value: "4", thesis: "24" });
  const thesis: StudySettings = { ...SETTINGS, scale: "thesis", overrides: {} };
  assert.equal(scaleOf(thesis, [scaledConfig("thesis", "macro")]).facts.length, 0);
  assert.notEqual(scaleOf({ ...thesis, overrides: SETTINGS.overrides }, []).label, label);
});

Deno.test("every study can be planned at every scale, and its command line gives its settings again", () => {
  for (const study of STUDIES) {
    for (const scale of STUDY_SCALES) {
      const settings = settingsOf(study, { scale, set: [] });
      assert.deepEqual(settings, study.presets[scale]);
      assert.equal(commandOf(study, settings), typedThere(`study ${study.name} --scale ${scale}`));
      assert.ok(study.forecast(settings).every(({ count }) => count > 0));
    }
    const given = { scale: "tiny", seeds: "3..4", arcs: "5", set: ["search.epochs=3"] };
    assert.equal(
      commandOf(study, settingsOf(study, given)),
      typedThere(`study ${study.name} --scale tiny --seeds 3..4 --arcs 5 --set search.epochs=3`),
    );
  }
});
