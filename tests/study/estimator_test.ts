import assert from "node:assert/strict";
import { graphKey, parseArc } from "../../nas/space/arc.ts";
import { ESTIMATOR } from "../../study/estimator/study.ts";
import {
  estimatorArcs,
  estimatorArms,
  estimatorConfig,
  estimatorEpochs,
} from "../../study/estimator/trials.ts";
import { Results } from "../../nas/trials/results.ts";
import { STUDY_SCALES, type StudySettings } from "../../study/study.ts";
import { inputOf, type KindName, KINDS } from "../../nas/trials/kinds/mod.ts";
import { CLEAR, madeUp } from "./estimator_synthetic.ts";

const { tiny, small } = ESTIMATOR.presets;
const none = new Results([]);
const micro: StudySettings = { ...small, spaces: ["macro", "micro"], arcs: 10 };

Deno.test("estimates are taken at the thesis's epochs, ends of cycles and around a restart", () => {
  const epochs = (settings: StudySettings) =>
    estimatorEpochs(estimatorConfig(settings, estimatorArms(settings)[0], 1));
  assert.deepEqual(epochs(small), [1, 3, 7, 10, 15, 16, 23, 31]);
  assert.deepEqual(epochs(tiny), [1, 3, 4, 5, 7]);
  const thesis = epochs(ESTIMATOR.presets.thesis);
  assert.deepEqual(thesis, [1, 10, 30, 70, 100, 150, 151, 155, 230, 310]);
});

Deno.test("searches come first; architectures are known once all of them are done", () => {
  const first = ESTIMATOR.trials(small, none);
  assert.deepEqual(first.map(({ id }) => id), ["supernet/macro/seed1", "supernet/macro/seed2"]);
  const one = madeUp(small, CLEAR, 1, ({ id }) => id === "supernet/macro/seed1");
  assert.deepEqual(ESTIMATOR.trials(small, one), first);
});

for (const [name, settings] of Object.entries({ tiny, small, micro })) {
  Deno.test(`trials of ${name}: each once, valid, only growing, the same again`, () => {
    const results = madeUp(settings, CLEAR, 1);
    const all = ESTIMATOR.trials(settings, results);
    assert.deepEqual(ESTIMATOR.trials(settings, results), all);
    assert.equal(new Set(all.map(({ id }) => id)).size, all.length);
    assert.equal(results.count, all.length);
    const byId = new Map(all.map((trial) => [trial.id, trial]));
    for (const trial of ESTIMATOR.trials(settings, none)) {
      assert.deepEqual(byId.get(trial.id), trial);
    }
    for (const trial of all) inputOf(trial.kind as KindName, trial);
    const searches = madeUp(settings, CLEAR, 1, ({ kind }) => kind === "supernet");
    assert.deepEqual(ESTIMATOR.trials(settings, searches), all);
    const forecast = ESTIMATOR.forecast(settings);
    for (const kind of Object.keys(KINDS)) {
      const foreseen = forecast.filter(({ example }) => example.kind === kind)
        .reduce((sum, { count }) => sum + count, 0);
      assert.equal(foreseen, all.filter((trial) => trial.kind === kind).length, kind);
    }
  });

  Deno.test(`architectures of ${name}: as many as asked for, no network twice, from both sources`, () => {
    const results = madeUp(settings, CLEAR, 1, ({ kind }) => kind === "supernet");
    for (const arm of estimatorArms(settings)) {
      const arcs = estimatorArcs(settings, arm, results)!;
      assert.equal(new Set(arcs.map(({ text }) => text)).size, settings.arcs);
      const keys = arcs.map(({ text }) => graphKey(parseArc(text, arm.space)));
      assert.equal(new Set(keys).size, settings.arcs);
      assert.equal(arcs.filter(({ source }) => source === "uniform").length, settings.arcs / 2);
    }
  });
}

Deno.test("all architectures are trained once before any is trained twice", () => {
  const trials = ESTIMATOR.trials(small, madeUp(small, CLEAR, 1)).filter(({ kind }) =>
    kind === "train"
  );
  const seeds = trials.map((trial) => inputOf("train", trial).config.seed);
  assert.deepEqual(seeds, [1, 2, 3].flatMap((seed) => Array(24).fill(seed)));
});

Deno.test("every scale has settings of its own name and can be foreseen", () => {
  for (const scale of STUDY_SCALES) {
    assert.equal(ESTIMATOR.presets[scale].scale, scale);
    assert.ok(ESTIMATOR.forecast(ESTIMATOR.presets[scale]).length === 4);
  }
});
