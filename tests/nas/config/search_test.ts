import assert from "node:assert/strict";
import fc from "fast-check";
import {
  ConfigError,
  configValue,
  differencesFromPreset,
  getPreset,
  listConfigFields,
  mergeConfig,
  parseSearchConfig,
  type SearchConfig,
  splitSizes,
} from "../../../nas/config/mod.ts";

/** The quick preset with round numbers, so that tuning the preset does not touch these tests. */
const QUICK = mergeConfig(getPreset("quick").config, {
  dataset: { images: 4000, imageSize: 16, validationShare: 0.25 },
  child: { learningRateMax: 0.05 },
  finalTraining: { learningRateMax: 0.05 },
});

/** A copy of the quick preset with the value at one path replaced, or removed if undefined. */
function withValue(path: string, value: unknown): unknown {
  const copy = JSON.parse(JSON.stringify(QUICK));
  const keys = path.split(".");
  const last = keys.pop()!;
  const parent = keys.reduce((at, key) => at[key], copy);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy;
}

/** Asserts that replacing one value is refused with exactly one issue. */
function refuses(path: string, value: unknown, message: RegExp, issuePath = path) {
  assert.throws(() => parseSearchConfig(withValue(path, value)), (error: unknown) => {
    assert.ok(error instanceof ConfigError && error instanceof RangeError, String(error));
    assert.deepEqual(error.issues.map((issue) => issue.path), [issuePath], error.message);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /\.$/);
    return true;
  });
}

Deno.test("parseSearchConfig() gives an equal copy of a valid configuration", () => {
  const copy = parseSearchConfig(JSON.parse(JSON.stringify(QUICK)));
  assert.deepEqual(copy, QUICK);
  assert.notEqual(copy, QUICK);
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
    ["child.layers", 0, /child.layers to be an integer of at least 1 but found 0$/],
    ["child.batchSize", 1, /of at least 2/],
    ["child.keepProbability", 0, /from 0 \(excluded\) to 1 but found 0$/],
    ["child.keepProbability", 1.1, /found 1.1$/],
    ["child.l2", -1, /a number of at least 0/],
    ["child.learningRateMax", 0, /a number greater than 0/],
    ["child.momentum", 1, /from 0 to 1 \(excluded\)/],
    ["controller.temperature", 0, /null or a number greater than 0/],
    ["controller.temperature", "5", /null or a number greater than 0/],
    ["controller.skipTarget", 1, /from 0 \(excluded\) to 1 \(excluded\)/],
    ["controller.sampler", "best", /one of "controller", "random" but found "best"$/],
    ["controller.rewardBatchNorm", true, /one of "moving", "batch" but found true$/],
    ["dataset.name", "My Data", /name of a dataset/],
    ["dataset.augment.flip", 1, /true or false but found 1$/],
    ["seed", -1, /an integer from 0 to 4294967295/],
    ["seed", 2 ** 32, /an integer from 0 to 4294967295/],
    ["device", "tpu", /one of "gpu", "cpu"/],
    ["space", "micro", /to be "macro" but found "micro"$/],
    ["child", 3, /child to be an object with layers, filters, .* but found 3$/],
  ];
  for (const [path, value, message] of cases) refuses(path, value, message);
});

Deno.test("parseSearchConfig() rejects missing and unknown fields", () => {
  refuses("child.layers", undefined, /^Expected child.layers to be .* but found nothing$/);
  refuses("controller", undefined, /^Expected controller to be an object .* but found nothing$/);
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

Deno.test("parseSearchConfig() rejects impossible combinations", () => {
  refuses(
    "child.learningRateMin",
    0.1,
    /^Expected child.learningRateMin to be at most child.learningRateMax, 0.05, but found 0.1$/,
  );
  refuses("finalTraining.learningRateMin", 0.1, /at most finalTraining.learningRateMax/);
  refuses("child.filters", 15, /even, because nets of 3 or more layers pool .* found 15$/);
  refuses("finalTraining.filters", 15, /even/);
  refuses("dataset.augment.crop", true, /at least 1 with/, "dataset.augment.pad");
  refuses("dataset.augment.pad", 2, /to be 0 without dataset.augment.crop but found 2/);
  refuses(
    "dataset.augment",
    { pad: 16, crop: true, flip: false },
    /less than/,
    "dataset.augment.pad",
  );
});

Deno.test("parseSearchConfig() rejects splits smaller than a batch", () => {
  refuses("child.batchSize", 3001, /at most 3000, the images of the training split, .* found 3001/);
  refuses("finalTraining.batchSize", 4000, /at most 3000/);
  refuses("controller.batchSize", 1001, /at most 1000, the images of the validation split/);
  refuses("search.scoreImages", 1001, /at most 1000/);
  assert.throws(() => parseSearchConfig(withValue("dataset.images", 20)), (error: unknown) => {
    assert.ok(error instanceof ConfigError);
    assert.equal(error.issues.length, 4);
    return true;
  });
});

Deno.test("parseSearchConfig() allows odd filters in nets that do not pool", () => {
  const config = mergeConfig(QUICK, {
    child: { layers: 2, filters: 15 },
    finalTraining: { filters: 15 },
  });
  assert.equal(config.child.filters, 15);
});

Deno.test("splitSizes() divides the pool by validationShare", () => {
  assert.deepEqual(splitSizes(QUICK, 60_000), { train: 3000, validation: 1000 });
  const all = mergeConfig(QUICK, { dataset: { images: 0, validationShare: 0.1 } });
  assert.deepEqual(splitSizes(all, 50_000), { train: 45_000, validation: 5000 });
});

Deno.test("splitSizes() rejects datasets that are too small", () => {
  assert.throws(() => splitSizes(QUICK, 3999), /dataset.images to be at most 3999.*found 4000/);
  const all = mergeConfig(QUICK, { dataset: { images: 0 } });
  assert.throws(() => splitSizes(all, 80), { name: "ConfigError", message: /child.batchSize/ });
});

Deno.test("mergeConfig() replaces only what is given", () => {
  const merged = mergeConfig(QUICK, {
    seed: 7,
    device: undefined,
    child: { layers: 12, filters: undefined },
    dataset: { augment: { flip: true } },
    controller: { temperature: 5 },
  });
  assert.deepEqual(differencesFromPreset(merged, QUICK), [
    { path: "dataset.augment.flip", value: true, presetValue: false },
    { path: "child.layers", value: 12, presetValue: 6 },
    { path: "controller.temperature", value: 5, presetValue: null },
    { path: "seed", value: 7, presetValue: 1 },
  ]);
  assert.equal(
    mergeConfig(merged, { controller: { temperature: null } }).controller.temperature,
    null,
  );
  assert.equal(QUICK.child.layers, 6);
});

Deno.test("mergeConfig() rejects overrides that make no valid configuration", () => {
  assert.throws(() => mergeConfig(QUICK, { child: { layers: 0 } }), /child.layers/);
  const unknown = { child: { depth: 3 } } as unknown as Partial<SearchConfig>;
  assert.throws(() => mergeConfig(QUICK, unknown), /child to hold only .* found "depth"/);
  const scalar = { child: 3 } as unknown as Partial<SearchConfig>;
  assert.throws(() => mergeConfig(QUICK, scalar), /child to be an object/);
  const proto = JSON.parse('{"__proto__":{"seed":2}}');
  assert.throws(() => mergeConfig(QUICK, proto), ConfigError);
});

Deno.test("differencesFromPreset() finds nothing between equal configurations", () => {
  assert.deepEqual(differencesFromPreset(mergeConfig(QUICK, {}), QUICK), []);
});

Deno.test("parseSearchConfig() accepts any value or throws ConfigError", () => {
  const paths = listConfigFields().map(({ path }) => path);
  const values = fc.oneof(fc.jsonValue(), fc.double(), fc.integer());
  fc.assert(
    fc.property(fc.constantFrom(...paths), values, (path, value) => {
      try {
        const config = parseSearchConfig(withValue(path, value));
        assert.equal(configValue(config, path), value);
      } catch (error) {
        assert.ok(error instanceof ConfigError, String(error));
        assert.ok(error.issues.length > 0);
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("listConfigFields() gives every field a unit and a source", () => {
  const fields = listConfigFields();
  assert.ok(fields.length >= 50);
  for (const { path, description } of fields) {
    assert.match(description, /^[A-Z].* \[.+\]\. Source: .+[^.]$/, path);
    assert.notEqual(configValue(QUICK, path), undefined, path);
  }
});

Deno.test("configValue() rejects a path that is no field", () => {
  for (const path of ["child", "child.depth", "", "seed.x", "child.toString"]) {
    assert.throws(() => configValue(QUICK, path), ConfigError);
  }
});
