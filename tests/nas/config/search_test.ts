import assert from "node:assert/strict";
import fc from "fast-check";
import {
  ConfigError,
  configValue,
  type DeepPartial,
  differencesFromPreset,
  getPreset,
  listConfigFields,
  type MacroSearchConfig,
  mergeConfig,
  parseSearchConfig,
  type SearchConfig,
  SPACE_NAMES,
} from "../../../nas/config/mod.ts";

/** The quick preset with round numbers, so that tuning the preset does not touch these tests. */
const QUICK = mergeConfig(getPreset("quick").config, {
  dataset: { images: 4000, imageSize: 16, validationShare: 0.25 },
  child: { learningRateMax: 0.05 },
  finalTraining: { learningRateMax: 0.05 },
});

const MICRO = getPreset("quick", "micro").config;

/** A copy of `config` with the value at one path replaced, or removed if undefined. */
function withValue(path: string, value: unknown, config: SearchConfig = QUICK): unknown {
  const copy = JSON.parse(JSON.stringify(config));
  const keys = path.split(".");
  const last = keys.pop()!;
  const parent = keys.reduce((at, key) => at[key], copy);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy;
}

/** Asserts that replacing one value is refused with exactly one issue. */
function refuses(path: string, value: unknown, message: RegExp, config: SearchConfig = QUICK) {
  assert.throws(() => parseSearchConfig(withValue(path, value, config)), (error: unknown) => {
    assert.ok(error instanceof ConfigError && error instanceof RangeError, String(error));
    assert.deepEqual(error.issues.map((issue) => issue.path), [path], error.message);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /\.$/);
    return true;
  });
}

Deno.test("parseSearchConfig() gives an equal copy of a valid configuration", () => {
  for (const config of [QUICK, MICRO]) {
    const copy = parseSearchConfig(JSON.parse(JSON.stringify(config)));
    assert.deepEqual(copy, config);
    assert.notEqual(copy, config);
  }
});

Deno.test("parseSearchConfig() rejects epochs that are no positive integer", () => {
  for (const value of [0, -1, 1.5, "6", null, NaN, Infinity]) {
    refuses("search.epochs", value, /^Expected search.epochs to be an integer of at least 1 but/);
  }
  refuses("search.epochs", 0, /but found 0$/);
  refuses("search.epochs", "6", /but found "6"$/);
  refuses("finalTraining.epochs", 0, /^Expected finalTraining.epochs to be an integer/);
});

Deno.test("parseSearchConfig() rejects values out of range", () => {
  const cases: [string, unknown, RegExp][] = [
    ["child.layers", 0, /child.layers to be an integer from 1 to 1000 but found 0$/],
    ["child.batchSize", 1, /of at least 2/],
    ["child.keepProbability", 0, /from 0 \(excluded\) to 1 but found 0$/],
    ["child.keepProbability", 1.1, /found 1.1$/],
    ["child.l2", -1, /a number of at least 0/],
    ["child.learningRateMax", 0, /a number greater than 0/],
    ["child.momentum", 1, /from 0 to 1 \(excluded\)/],
    ["strategy.temperature", 0, /null or a number greater than 0/],
    ["strategy.temperature", "5", /null or a number greater than 0/],
    ["strategy.skipTarget", 1, /from 0 \(excluded\) to 1 \(excluded\)/],
    ["strategy.name", "best", /one of "controller", "random" but found "best"$/],
    [
      "evaluator.rewardBatchNorm",
      true,
      /one of "moving", "batch", "recalibrated" but found true$/,
    ],
    ["dataset.name", "My Data", /name of a dataset/],
    ["dataset.augment.flip", 1, /true or false but found 1$/],
    ["seed", -1, /an integer from 0 to 4294967295/],
    ["seed", 2 ** 32, /an integer from 0 to 4294967295/],
    ["device", "tpu", /one of "gpu", "cpu"/],
    ["space", "both", /^Expected space to be one of macro, micro but found "both"$/],
    ["space", null, /^Expected space to be one of macro, micro but found null$/],
    ["space", undefined, /^Expected space to be "macro" but found nothing$/],
    ["child.opMode", "max_pool", /one of "correct", "released" but found "max_pool"$/],
    ["child.cutout", -1, /an integer of at least 0 but found -1$/],
    ["strategy.skipPenaltySlope", 3, /one of 1, 2 but found 3$/],
    ["evaluator.recalibrationBatches", 0, /an integer of at least 1/],
    ["finalTraining.graph", "searched", /one of "faithful", "official"/],
    ["child", 3, /child to be an object with layers, filters, .* but found 3$/],
  ];
  for (const [path, value, message] of cases) refuses(path, value, message);
  const inMicro: [string, unknown, RegExp][] = [
    ["space", "both", /^Expected space to be one of macro, micro but found "both"$/],
    ["child.nodes", 0, /child.nodes to be an integer from 1 to 32 but found 0$/],
    ["child.auxiliaryHead", "yes", /true or false but found "yes"$/],
    ["strategy.opTanhReduce", 0, /a number greater than 0/],
    ["finalTraining.layers", 0, /an integer from 1 to 1000/],
    ["finalTraining.dropPathKeep", 0, /from 0 \(excluded\) to 1 but found 0$/],
  ];
  for (const [path, value, message] of inMicro) refuses(path, value, message, MICRO);
});

Deno.test("parseSearchConfig() checks the fields of the space that is named", () => {
  const issuesOf = (value: unknown) => {
    try {
      parseSearchConfig(value);
    } catch (error) {
      assert.ok(error instanceof ConfigError);
      return error.issues.map(({ path }) => path);
    }
    return [];
  };
  // Under the other name every field that only one space has is missing or unknown.
  const fields = SPACE_NAMES.map((space) => listConfigFields(space).map(({ path }) => path));
  const [macro, micro] = fields.map((paths) => new Set(paths));
  const differing = [...macro.symmetricDifference(micro)].sort()
    // What only another strategy has is neither there nor missing.
    .filter((path) => path !== "strategy.skipProbability");
  assert.ok(differing.includes("child.skipIndex") && differing.includes("child.nodes"));
  assert.deepEqual(issuesOf({ ...QUICK, space: "micro" }).sort(), differing);
  assert.deepEqual(issuesOf({ ...MICRO, space: "macro" }).sort(), differing);
  // Without a name they are the macro space's, and the name itself is missing too.
  const { space: _, ...nameless } = MICRO;
  assert.deepEqual(issuesOf(nameless).sort(), [...differing, "space"].sort());
});

Deno.test("parseSearchConfig() rejects missing and unknown fields", () => {
  refuses("child.layers", undefined, /^Expected child.layers to be .* but found nothing$/);
  refuses("strategy", undefined, /^Expected strategy to be an object with the name of a strategy /);
  refuses(
    "evaluator.name",
    "best",
    /to be one of "shared-weights", "from-scratch" but found "best"$/,
  );
  refuses("child.layer", 6, /^Expected child to hold only layers, .* but found "layer"$/);
  refuses("sede", 6, /^Expected the configuration to hold only space, .* but found "sede"$/);
  for (const value of [null, undefined, 7, [], "quick"]) {
    assert.throws(() => parseSearchConfig(value), /^ConfigError: Expected the configuration to be/);
  }
});

Deno.test("parseSearchConfig() names every wrong field", () => {
  const config = { ...QUICK, seed: -1, device: "tpu" };
  assert.throws(() => parseSearchConfig(config), (error: unknown) => {
    assert.ok(error instanceof ConfigError);
    assert.deepEqual(error.issues.map(({ path }) => path), ["seed", "device"]);
    assert.equal(error.message.split("\n").length, 2);
    return true;
  });
});

Deno.test("mergeConfig() replaces only what is given", () => {
  const merged = mergeConfig(QUICK, {
    seed: 7,
    device: undefined,
    child: { layers: 12, filters: undefined },
    dataset: { augment: { flip: true } },
    strategy: { temperature: 5 },
  });
  assert.deepEqual(differencesFromPreset(merged, QUICK), [
    { path: "dataset.augment.flip", value: true, presetValue: false },
    { path: "child.layers", value: 12, presetValue: 6 },
    { path: "strategy.temperature", value: 5, presetValue: null },
    { path: "seed", value: 7, presetValue: 1 },
  ]);
  assert.equal(
    configValue(mergeConfig(merged, { strategy: { temperature: null } }), "strategy.temperature"),
    null,
  );
  assert.equal(QUICK.child.layers, 6);
});

Deno.test("mergeConfig() rejects overrides that make no valid configuration", () => {
  assert.throws(() => mergeConfig(QUICK, { child: { layers: 0 } }), /child.layers/);
  const unknown = { child: { depth: 3 } } as unknown as DeepPartial<MacroSearchConfig>;
  assert.throws(() => mergeConfig(QUICK, unknown), /child to hold only .* found "depth"/);
  const scalar = { child: 3 } as unknown as DeepPartial<MacroSearchConfig>;
  assert.throws(() => mergeConfig(QUICK, scalar), /child to be an object/);
  const proto = JSON.parse('{"__proto__":{"seed":2}}');
  assert.throws(() => mergeConfig(QUICK, proto), ConfigError);
});

Deno.test("differencesFromPreset() finds nothing between equal configurations", () => {
  assert.deepEqual(differencesFromPreset(mergeConfig(QUICK, {}), QUICK), []);
});

Deno.test("parseSearchConfig() accepts any value or throws ConfigError", () => {
  const fields = [QUICK, MICRO].flatMap((config) =>
    listConfigFields(config).map(({ path }) => ({ base: config, path }))
  );
  const values = fc.oneof(fc.jsonValue(), fc.double(), fc.integer());
  fc.assert(
    fc.property(fc.constantFrom(...fields), values, ({ base, path }, value) => {
      try {
        const config = parseSearchConfig(withValue(path, value, base));
        assert.equal(configValue(config, path), value);
      } catch (error) {
        assert.ok(error instanceof ConfigError, String(error));
        assert.ok(error.issues.length > 0);
      }
    }),
    { numRuns: 1000 },
  );
});

Deno.test("listConfigFields() gives every field a unit and a source", () => {
  for (const config of [QUICK, MICRO]) {
    const fields = listConfigFields(config);
    assert.ok(fields.length >= 70);
    for (const { path, description } of fields) {
      assert.match(description, /^[A-Z].* \[.+\]\. Source: .+[^.]$/, path);
      assert.notEqual(configValue(config, path), undefined, path);
    }
  }
});

Deno.test("configValue() rejects a path that is no field", () => {
  for (const path of ["child", "child.depth", "", "seed.x", "child.toString"]) {
    assert.throws(() => configValue(QUICK, path), ConfigError);
  }
});
