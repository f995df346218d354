import assert from "node:assert/strict";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { Random } from "../../../engine/random.ts";
import { prepareChildData } from "../../../nas/data/resident.ts";
import { ConfigError, getPreset, mergeConfig } from "../../../nas/config/mod.ts";
import { type Dataset, syntheticDataset } from "../../../nas/data/mod.ts";

const cpu = new CpuBackend();
const DATASET = syntheticDataset({ train: 200, test: 30 });
const CONFIG = mergeConfig(getPreset("quick").config, {
  dataset: { name: "synthetic", images: 160, imageSize: 8, validationShare: 0.25 },
  child: { layers: 4, filters: 4, batchSize: 16 },
  evaluator: { batchSize: 16 },
  search: { scoreImages: 20 },
  finalTraining: { filters: 4, batchSize: 16 },
});

const prepare = (dataset: Dataset, config = CONFIG, seed = 1) =>
  prepareChildData(cpu, dataset, config, new Random(seed));

/** `dataset` with the pixels of the training images in `indices` replaced. */
function repaint(dataset: Dataset, indices: Iterable<number>, grey: number): Dataset {
  const images = dataset.train.images.slice();
  for (const index of indices) images.fill(grey, index * 64, (index + 1) * 64);
  return { ...dataset, train: { ...dataset.train, images } };
}

Deno.test("prepareChildData() splits as configured, without overlap, by the seed alone", () => {
  const { split, pool, test, shape } = prepare(DATASET);
  assert.deepEqual([split.train.length, split.validation.length], [120, 40]);
  const all = [...split.train, ...split.validation];
  assert.equal(new Set(all).size, 160);
  assert.ok(all.every((index) => index >= 0 && index < 200));
  assert.deepEqual(prepare(DATASET).split, split);
  assert.notDeepEqual(prepare(DATASET, CONFIG, 2).split, split);
  // How far the stream was read does not matter.
  const random = new Random(1);
  random.uniform();
  assert.deepEqual(prepareChildData(cpu, DATASET, CONFIG, random).split, split);
  // The pool holds all images, and the numbers of the split are those of the data set.
  assert.deepEqual(pool.shape, [200, 8, 8, 1]);
  assert.deepEqual(pool.images, DATASET.train.images);
  assert.deepEqual(pool.labels, DATASET.train.labels);
  assert.deepEqual(test.images, DATASET.test.images);
  assert.deepEqual(shape, [8, 8, 1]);
});

Deno.test("prepareChildData() normalises by the moments of the training split alone", () => {
  const { split, pool, test } = prepare(DATASET);
  const bytes = [...split.train].flatMap((index) =>
    Array.from(DATASET.train.images.subarray(index * 64, (index + 1) * 64), (byte) => byte / 255)
  );
  const mean = bytes.reduce((a, b) => a + b) / bytes.length;
  const variance = bytes.reduce((sum, value) => sum + (value - mean) ** 2, 0) / bytes.length;
  assert.ok(Math.abs(pool.moments.mean[0] - mean) < 1e-9);
  assert.ok(Math.abs(pool.moments.std[0] - Math.sqrt(variance)) < 1e-9);
  assert.deepEqual(test.moments, pool.moments);
  // Neither validation images nor unused ones count; training images do.
  const used = new Set(split.train);
  const others = Array.from({ length: 200 }, (_, i) => i).filter((index) => !used.has(index));
  assert.deepEqual(prepare(repaint(DATASET, others, 0)).pool.moments, pool.moments);
  assert.notDeepEqual(prepare(repaint(DATASET, [split.train[0]], 0)).pool.moments, pool.moments);
  // A channel that never varies is left at zero.
  const grey = prepare(repaint(DATASET, split.train, 51));
  assert.ok(Math.abs(grey.pool.moments.mean[0] - 0.2) < 1e-9);
  assert.equal(grey.pool.moments.std[0], 1);
  const indices = cpu.fromArray(split.train.subarray(0, 2), [2], "u32");
  assert.ok(grey.pool.gather(indices, 0, 2).images.cpu.every((value) => Math.abs(value) < 1e-9));
});

Deno.test("prepareChildData() takes the last images for validation, whatever the seed", () => {
  const last = { dataset: { validationSplit: "last" } } as const;
  const micro = mergeConfig(getPreset("quick", "micro").config, {
    dataset: { ...CONFIG.dataset, ...last.dataset },
    child: { batchSize: 16 },
    evaluator: { batchSize: 16 },
    search: { scoreImages: 20 },
    finalTraining: { batchSize: 16 },
  });
  const range = (begin: number, end: number) =>
    Uint32Array.from({ length: end - begin }, (_, i) => begin + i);
  for (const config of [mergeConfig(CONFIG, last), micro]) {
    for (const seed of [1, 2]) {
      const { split, pool, moments } = prepareChildData(cpu, DATASET, config, new Random(seed));
      // 160 of 200 images are used: the first 120 train, and the last 40 in the files validate.
      assert.deepEqual(split, { train: range(0, 120), validation: range(160, 200) });
      const unused = repaint(DATASET, range(120, 200), 0);
      assert.deepEqual(prepareChildData(cpu, unused, config, new Random(seed)).moments, moments);
      assert.deepEqual(pool.moments, moments);
    }
  }
});

Deno.test("prepareChildData() resizes both splits", () => {
  const config = mergeConfig(CONFIG, { dataset: { imageSize: 4 } });
  const { shape, pool, test } = prepare(DATASET, config);
  assert.deepEqual(shape, [4, 4, 1]);
  assert.deepEqual([pool.shape, test.shape], [[200, 4, 4, 1], [30, 4, 4, 1]]);
});

Deno.test("prepareChildData() refuses a data set that is too small", () => {
  const few = syntheticDataset({ train: 150, test: 30 });
  assert.throws(() => prepare(few), ConfigError);
});

Deno.test("prepareChildData() refuses augmentation that can hide a whole image of its own size", () => {
  const own = mergeConfig(CONFIG, { dataset: { imageSize: 0 }, child: { cutout: 9 } });
  assert.throws(() => prepare(DATASET, own), {
    name: "ConfigError",
    message: "Expected child.cutout to be at most 8, for images of 8 pixels, but found 9",
  });
});

Deno.test("prepareChildData() takes the validation images that their owner chose, and those alone", () => {
  // Of 200 images the last 40 are those of val/; 160 are used, 32 of them to validate.
  const own = { ...DATASET, validation: 40 };
  const given = { dataset: { validationSplit: "given", validationShare: 0.2 } } as const;
  const { split } = prepare(own, mergeConfig(CONFIG, given));
  assert.deepEqual([split.train.length, split.validation.length], [128, 32]);
  assert.ok(split.validation.every((index) => index >= 160));
  assert.ok(split.train.every((index) => index < 160));
  for (const part of [split.train, split.validation]) {
    const counts = [0, 1, 2, 3].map((k) =>
      part.filter((index) => DATASET.train.labels[index] === k).length
    );
    assert.deepEqual(counts, Array(4).fill(part.length / 4));
  }
  const refused = (dataset: Dataset, share: number, message: RegExp) =>
    assert.throws(
      () =>
        prepare(
          dataset,
          mergeConfig(CONFIG, { dataset: { ...given.dataset, validationShare: share } }),
        ),
      (error) => error instanceof ConfigError && message.test(error.message),
    );
  refused(DATASET, 0.2, /validationSplit to be stratified for images without a folder val/);
  refused(own, 0.3, /at most the 40 images of val\/ and the 160 of train\/ .* makes 48 and 112/);
});

Deno.test("prepareChildData() splits class by class where that is asked for", () => {
  const labels = DATASET.train.labels.slice().sort();
  const sorted = { ...DATASET, train: { ...DATASET.train, labels } };
  const { split } = prepare(
    sorted,
    mergeConfig(CONFIG, { dataset: { validationSplit: "stratified" } }),
  );
  for (const [part, each] of [[split.train, 30], [split.validation, 10]] as const) {
    const counts = [0, 1, 2, 3].map((k) => part.filter((index) => labels[index] === k).length);
    assert.deepEqual(counts, Array(4).fill(each));
  }
});
