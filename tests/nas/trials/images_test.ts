import assert from "node:assert/strict";
import { syntheticDataset } from "../../../nas/data/mod.ts";
import {
  firstTestImages,
  imagesOf,
  sameTrial,
  trialImages,
  withImages,
} from "../../../nas/trials/images.ts";
import { trial } from "../../../nas/trials/kinds/mod.ts";
import type { Json, Trial } from "../../../nas/trials/queue.ts";
import { SMALL_MACRO } from "../search/small_runs.ts";

const DATASET = syntheticDataset({ train: 20, test: 10 });
const IMAGES = trialImages(DATASET, 10);

const train = (seed: number) =>
  trial("train", "t", { config: { ...SMALL_MACRO, seed }, arc: "0 1 0" });

Deno.test("one pixel, label or class name more or less is another data set", () => {
  const fingerprint = (dataset: typeof DATASET) => trialImages(dataset, 10).fingerprint;
  assert.match(IMAGES.fingerprint, /^[0-9a-f]{64}$/);
  const images = DATASET.test.images.slice();
  images[7] ^= 1;
  const labels = DATASET.train.labels.slice();
  labels[3] ^= 1;
  const others = [
    { ...DATASET, test: { ...DATASET.test, images } },
    { ...DATASET, train: { ...DATASET.train, labels } },
    { ...DATASET, classNames: DATASET.classNames.toReversed() },
  ];
  assert.equal(new Set([DATASET, ...others].map(fingerprint)).size, 4);
});

Deno.test("a cut data set has the first test images and all training images", () => {
  const { train, test } = firstTestImages(DATASET, 4);
  const { height, width, channels } = test;
  assert.deepEqual(train, DATASET.train);
  assert.deepEqual(test.images, DATASET.test.images.slice(0, 4 * height * width * channels));
  assert.deepEqual([test.count, test.labels.length], [4, 4]);
});

Deno.test("a trial is the same by what its input means, and by its images where it names them", () => {
  const named = withImages(train(1), IMAGES);
  assert.deepEqual(imagesOf(named), IMAGES);
  // As a file holds it, with the keys in another order.
  const reversed = (value: Json): Json =>
    typeof value !== "object" || value === null || Array.isArray(value)
      ? value
      : Object.fromEntries(Object.entries(value).toReversed().map(([k, v]) => [k, reversed(v)]));
  const stored: Trial = { ...named, input: reversed(JSON.parse(JSON.stringify(named.input))) };
  assert.ok(sameTrial(stored, named));
  // A version that named no images.
  assert.ok(sameTrial(train(1), named));
  assert.ok(!sameTrial(train(2), named));
  assert.ok(!sameTrial(withImages(train(1), { ...IMAGES, test: 5 }), named));
  assert.ok(!sameTrial(withImages(train(1), { ...IMAGES, fingerprint: "f00" }), named));
  assert.ok(!sameTrial({ ...named, kind: "score" }, named));
  assert.ok(!sameTrial({ ...named, input: { config: 5 } }, named));
});
