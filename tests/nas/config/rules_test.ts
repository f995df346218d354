import assert from "node:assert/strict";
import {
  ConfigError,
  type DeepPartial,
  getPreset,
  type MacroSearchConfig,
  mergeConfig,
  type MicroSearchConfig,
  splitSizes,
} from "../../../nas/config/mod.ts";

/** The quick presets with round numbers, so that tuning a preset does not touch these tests. */
const ROUND = {
  dataset: { images: 4000, imageSize: 16, validationShare: 0.25 },
  child: { learningRateMax: 0.05 },
  finalTraining: { learningRateMax: 0.05 },
} as const;
const QUICK = mergeConfig(getPreset("quick").config, ROUND);
const MICRO = mergeConfig(getPreset("quick", "micro").config, ROUND);

/** Asserts that overrides are refused with exactly one issue, at `path`. */
function refuses(path: string, overrides: DeepPartial<MacroSearchConfig>, message: RegExp): void {
  assert.throws(() => mergeConfig(QUICK, overrides), issueAt(path, message));
}

/** The same in the micro space. */
function refusesMicro(
  path: string,
  overrides: DeepPartial<MicroSearchConfig>,
  message: RegExp,
): void {
  assert.throws(() => mergeConfig(MICRO, overrides), issueAt(path, message));
}

function issueAt(path: string, message: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof ConfigError, String(error));
    assert.deepEqual(error.issues.map((issue) => issue.path), [path], error.message);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /\.$/);
    return true;
  };
}

Deno.test("the lowest learning rate is at most the highest, in both groups and spaces", () => {
  refuses(
    "child.learningRateMin",
    { child: { learningRateMin: 0.1 } },
    /^Expected child.learningRateMin to be at most child.learningRateMax, 0.05, but found 0.1$/,
  );
  const final = { finalTraining: { learningRateMin: 0.1 } };
  refuses("finalTraining.learningRateMin", final, /at most finalTraining.learningRateMax/);
  refusesMicro("finalTraining.learningRateMin", final, /at most finalTraining.learningRateMax/);
});

Deno.test("filters are even where a reduction makes two halves of them", () => {
  const child = { child: { filters: 15 } };
  const final = { finalTraining: { filters: 15 } };
  refuses("child.filters", child, /even, because nets of 3 or more layers pool .* found 15$/);
  refuses("finalTraining.filters", final, /even/);
  // Nets of two layers do not pool.
  const shallow = mergeConfig(QUICK, { child: { layers: 2, filters: 15 }, ...final });
  assert.equal(shallow.child.filters, 15);
  // Elsewhere the channels double where they reduce.
  const official = { finalTraining: { graph: "official", filters: 15 } } as const;
  assert.equal(mergeConfig(QUICK, official).finalTraining.filters, 15);
  refuses("child.filters", { ...child, ...official }, /even/);
  const micro = mergeConfig(MICRO, { ...child, ...final });
  assert.deepEqual([micro.child.filters, micro.finalTraining.filters], [15, 15]);
});

Deno.test("a crop needs padding, padding needs a crop, and it is smaller than the image", () => {
  const augment = (pad: number, crop: boolean) => ({ dataset: { augment: { pad, crop } } });
  refuses("dataset.augment.pad", augment(0, true), /at least 1 with dataset.augment.crop/);
  refuses(
    "dataset.augment.pad",
    augment(2, false),
    /to be 0 without dataset.augment.crop but found 2/,
  );
  refuses("dataset.augment.pad", augment(16, true), /less than dataset.imageSize, 16, but found/);
  assert.equal(mergeConfig(QUICK, augment(15, true)).dataset.augment.pad, 15);
});

Deno.test("the cutout fits into a resized image", () => {
  const message = /^Expected (child|finalTraining).cutout to be at most dataset.imageSize, 16, /;
  refuses("child.cutout", { child: { cutout: 17 } }, message);
  refuses("finalTraining.cutout", { finalTraining: { cutout: 17 } }, message);
  refusesMicro("child.cutout", { child: { cutout: 17 } }, message);
  const all = { child: { cutout: 16 }, finalTraining: { cutout: 16 } };
  assert.equal(mergeConfig(QUICK, all).child.cutout, 16);
  // The side of images that keep theirs is not known here.
  const own = mergeConfig(QUICK, { dataset: { imageSize: 0 }, child: { cutout: 17 } });
  assert.equal(own.child.cutout, 17);
});

Deno.test("a batch is no larger than its split", () => {
  const child = { child: { batchSize: 3001 } };
  const message = /at most 3000, the images of the training split, .* found 3001/;
  refuses("child.batchSize", child, message);
  refusesMicro("child.batchSize", child, message);
  refuses("finalTraining.batchSize", { finalTraining: { batchSize: 3001 } }, message);
  refuses(
    "evaluator.batchSize",
    { evaluator: { batchSize: 1001 } },
    /at most 1000, the images of the validation split/,
  );
  refuses("search.scoreImages", { search: { scoreImages: 1001 } }, /at most 1000/);
  assert.throws(() => mergeConfig(QUICK, { dataset: { images: 20 } }), (error: unknown) => {
    assert.ok(error instanceof ConfigError);
    assert.equal(error.issues.length, 4);
    return true;
  });
  // Validation images that train are there for a batch too.
  const all = mergeConfig(QUICK, { finalTraining: { trainOn: "all", batchSize: 4000 } });
  assert.equal(all.finalTraining.batchSize, 4000);
  refuses(
    "finalTraining.batchSize",
    { finalTraining: { trainOn: "all", batchSize: 4001 } },
    /at most 4000, .* found 4001/,
  );
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
