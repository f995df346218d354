import assert from "node:assert/strict";
import { listSettings } from "../../reports/settings.ts";
import { settingsTable } from "../../reports/settings_table.ts";
import { summariseRuns } from "../../reports/summary.ts";
import { makeConfig, makeHyperparameters, makeRun, makeTrainRun } from "./fixture.ts";

const quick = makeHyperparameters("controller", { epochs: 8 });

Deno.test("listSettings() lists every value once and marks differences", () => {
  const settings = listSettings([
    { config: makeConfig("a", "controller"), kind: "search", presetValues: null },
    { config: makeConfig("b", "random"), kind: "search", presetValues: null },
  ]);
  const strategy = settings.find(({ group, name }) => group === "strategy" && name === "name");
  assert.deepEqual(strategy?.values.map((value) => value?.text), ["controller", "random"]);
  assert.equal(strategy?.differs, true);
  const period = settings.find(({ group, name }) => group === "child" && name === "restartPeriod");
  assert.deepEqual(period?.values, [{ text: "10", preset: null }, { text: "10", preset: null }]);
  assert.equal(period?.differs, false);
});

Deno.test("listSettings() names the preset's value only where the run differs", () => {
  const config = makeConfig("a", "random", { epochs: 3, seed: 7 });
  const settings = listSettings([{ config, kind: "search", presetValues: quick }]);
  const changed = settings.flatMap(({ group, name, values }) =>
    values[0]?.preset == null ? [] : [[group, name, values[0].text, values[0].preset]]
  );
  assert.deepEqual(changed, [
    ["strategy", "name", "random", "controller"],
    ["search", "epochs", "3", "8"],
    ["hyper-parameters", "seed", "7", "1"],
  ]);
});

Deno.test("listSettings() leaves the search's settings out of a run that only trains", () => {
  const config = makeConfig("a", "controller", { command: "train", epochs: 3 });
  const settings = listSettings([{ config, kind: "train", presetValues: quick }]);
  assert.deepEqual([...new Set(settings.map(({ group }) => group))], [
    "run",
    "versions",
    "adapter",
    "dataset",
    "child",
    "finalTraining",
    "hyper-parameters",
  ]);
  // What decides the meaning of the arc is no setting of the search alone.
  const child = settings.filter(({ group }) => group === "child").map(({ name }) => name);
  assert.deepEqual(child, ["opMode", "skipIndex"]);
  assert.ok(settings.every(({ values }) => values[0]?.preset == null));
});

Deno.test("listSettings() marks no difference where a run that only trains has no say", () => {
  const settings = listSettings([
    { config: makeConfig("a", "controller"), kind: "search", presetValues: null },
    { config: makeConfig("b", "controller"), kind: "train", presetValues: null },
  ]);
  const hidden = settings.find(({ group }) => group === "strategy");
  assert.equal(hidden?.values[1], undefined);
  assert.equal(hidden?.differs, false);
});

Deno.test("settingsTable() tells the difference to the preset for both commands", () => {
  const search = { ...makeRun({ epochs: 2 }), presetValues: quick };
  const train = { ...makeTrainRun({ trainEpochs: 3 }), presetValues: quick };
  const text = settingsTable(summariseRuns([search]));
  assert.match(text, /It differs from the preset <code>quick<\/code> in 1 setting:/);
  assert.match(text, /<code>search\.epochs<\/code> 2 instead of 8/);
  assert.match(text, /<td class="changed"><code>2<\/code> <span class="preset">preset: <code>8/);
  const trained = settingsTable(summariseRuns([train]));
  assert.match(trained, /<code>finalTraining\.epochs<\/code> 3 instead of 10/);
  assert.match(trained, /Settings of the search, which this run did not use, are left out/);
  assert.doesNotMatch(trained, /entropyWeight/);
  const same = { ...makeRun({ epochs: 8 }), presetValues: quick };
  assert.match(settingsTable(summariseRuns([same])), /It has all values of the preset/);
  assert.doesNotMatch(settingsTable(summariseRuns([makeRun()])), /preset <code>/);
});
