import assert from "node:assert/strict";
import { sha256 } from "../../../nas/files/digest.ts";
import { syntheticDataset } from "../../../nas/data/synthetic.ts";

Deno.test("syntheticDataset() makes the same bytes every time", () => {
  const { train, test } = syntheticDataset();
  assert.deepEqual([train.count, train.height, train.width, train.channels], [800, 8, 8, 1]);
  assert.equal(test.count, 200);
  assert.deepEqual(syntheticDataset(), syntheticDataset({ seed: 1 }));
  assert.notEqual(sha256(train.images), sha256(syntheticDataset({ seed: 2 }).train.images));
});

Deno.test("syntheticDataset() can be learned: the nearest class mean names most test images", () => {
  for (const classes of [2, 4, 10]) {
    const { train, test } = syntheticDataset({ classes, side: 8 });
    const means = Array.from({ length: classes }, () => new Float64Array(64));
    for (let n = 0; n < train.count; n++) {
      for (let i = 0; i < 64; i++) means[train.labels[n]][i] += train.images[n * 64 + i];
    }
    for (const mean of means) mean.forEach((sum, i) => mean[i] = sum * classes / train.count);
    let right = 0;
    for (let n = 0; n < test.count; n++) {
      const distances = means.map((mean) =>
        mean.reduce((sum, value, i) => sum + (test.images[n * 64 + i] - value) ** 2, 0)
      );
      if (distances.indexOf(Math.min(...distances)) === test.labels[n]) right++;
    }
    assert.ok(right / test.count > 0.9, `${classes} classes: ${right} of ${test.count}`);
  }
});

Deno.test("syntheticDataset() rejects a class count that labels cannot hold", () => {
  for (const classes of [1, 257, 2.5]) {
    assert.throws(() => syntheticDataset({ classes }), /RangeError.*2\.\.256/);
  }
});
