import assert from "node:assert/strict";
import {
  configValue,
  currentPath,
  getPreset,
  mergeConfig,
  METHOD_NAMES,
  methodOf,
  METHODS,
  migrateSettings,
  parseSearchConfig,
  type SearchConfig,
  SPACE_NAMES,
  withMethod,
  withSettings,
} from "../../../nas/config/mod.ts";
import { parseConfig } from "../../../nas/run/config_schema.ts";
import { CONFIG } from "../run/samples.ts";

const MOVED = ["trainEvery", "updatesPerEpoch", "arcsPerUpdate", "rewards"];

/** A configuration as it was written when one group held strategy, evaluator and loop. */
function asBefore({ strategy, evaluator, search, ...rest }: SearchConfig) {
  const entries = Object.entries(search);
  const isMoved = ([name]: [string, unknown]) => MOVED.includes(name);
  const { name: sampler, ...own } = strategy;
  const { name: _evaluator, ...judging } = evaluator;
  return {
    ...rest,
    controller: { sampler, ...own, ...judging, ...Object.fromEntries(entries.filter(isMoved)) },
    search: Object.fromEntries(entries.filter((entry) => !isMoved(entry))),
  };
}

Deno.test("settings of earlier versions are read as what they meant, in both spaces", () => {
  for (const space of SPACE_NAMES) {
    const { config } = getPreset("quick", space);
    const old = asBefore(config);
    assert.deepEqual(parseSearchConfig(old), config);
    assert.deepEqual(parseSearchConfig(JSON.parse(JSON.stringify(old))), config);
    // A random sampler's runs recorded the controller's settings, which it never read.
    const random = { ...old, controller: { ...old.controller, sampler: "random" } };
    const chance = mergeConfig<SearchConfig>(config, { strategy: { name: "random" } });
    assert.deepEqual(parseSearchConfig(random), chance);
    // Whoever reads a run's file reads it so, reports too.
    const file = { ...CONFIG, hyperparameters: old };
    const { hyperparameters } = parseConfig(JSON.stringify(file), "config.json");
    assert.deepEqual(hyperparameters, migrateSettings(old));
    assert.deepEqual(parseSearchConfig(hyperparameters), config);
  }
  for (const value of [null, 7, "x", [], {}, { controller: 7 }]) {
    assert.equal(migrateSettings(value), value);
  }
});

Deno.test("paths of earlier versions name the settings that they named", () => {
  assert.equal(currentPath("controller.sampler"), "strategy.name");
  assert.equal(currentPath("controller.rewardBatchNorm"), "evaluator.rewardBatchNorm");
  assert.equal(currentPath("controller.updatesPerEpoch"), "search.updatesPerEpoch");
  assert.equal(currentPath("controller.hiddenSize"), "strategy.hiddenSize");
  assert.equal(currentPath("child.l2"), "child.l2");
  const { config } = getPreset("quick");
  assert.equal(configValue(config, "controller.hiddenSize"), 64);
  const changed = withSettings(config, [["controller.batchSize", 50]]);
  assert.deepEqual(changed, mergeConfig(config, { evaluator: { batchSize: 50 } }));
});

Deno.test("another strategy or evaluator takes its own settings and leaves the others' behind", () => {
  const { config } = getPreset("quick");
  const random = mergeConfig(config, { strategy: { name: "random" } });
  assert.deepEqual(random.strategy, { name: "random", skipProbability: 0.5 });
  const scratch = mergeConfig(config, { evaluator: { name: "from-scratch", epochs: 3 } });
  assert.deepEqual(scratch.evaluator, { name: "from-scratch", epochs: 3 });
  assert.throws(
    () => withSettings(random, [["strategy.hiddenSize", 8]]),
    /Expected strategy to hold only name, skipProbability but found "hiddenSize"/,
  );
  assert.throws(() => configValue(random, "strategy.hiddenSize"), /path of a setting/);
});

Deno.test("methods are pairs of strategy and evaluator, and are found again by them", () => {
  for (const space of SPACE_NAMES) {
    const { config } = getPreset("quick", space);
    assert.equal(methodOf(config), "enas");
    assert.deepEqual(withMethod(config, "enas"), config);
    for (const name of METHOD_NAMES) {
      const { strategy, evaluator } = METHODS[name];
      const built = withMethod(config, name);
      assert.deepEqual([built.strategy.name, built.evaluator.name], [strategy, evaluator]);
      assert.equal(methodOf(built), name);
    }
  }
  assert.throws(
    () => withMethod(getPreset("quick").config, "toString"),
    /Expected the method to be one of enas, random-sharing, nas, random but found "toString"/,
  );
});
