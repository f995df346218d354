import assert from "node:assert/strict";
import { join } from "node:path";
import { fetchMnist, loadMnist, MNIST, mnistFolder } from "../../../nas/data/mnist.ts";
import { idxFiles } from "../../../nas/data/idx_dataset.ts";
import { channelMoments } from "../../../nas/data/split.ts";
import { resizeImages } from "../../../nas/data/resize.ts";
import { failsWith, inTempDir } from "./make_idx.ts";

Deno.test("fetchMnist() verifies the hashes of the package's files", async () => {
  const result = await fetchMnist();
  assert.equal(result.how, "verified");
  assert.equal(result.folder, mnistFolder());
  assert.equal(result.files.length, 4);
});

Deno.test("loadMnist() reads the real images", async () => {
  const { train, test, classNames } = await loadMnist();
  assert.equal(classNames.length, 10);
  assert.deepEqual([train.count, train.height, train.width, train.channels], [60000, 28, 28, 1]);
  assert.equal(test.count, 10000);
  assert.deepEqual(Array.from(train.labels.subarray(0, 5)), [5, 0, 4, 1, 9]);

  // The mean and deviation that every MNIST tutorial normalises with.
  const all = Uint32Array.from({ length: train.count }, (_, i) => i);
  const { mean, std } = channelMoments(train, all);
  assert.ok(Math.abs(mean[0] - 0.1307) < 5e-5, `mean ${mean[0]}`);
  assert.ok(Math.abs(std[0] - 0.3081) < 5e-5, `std ${std[0]}`);

  // Area averaging keeps the mean, up to the rounding to whole grey levels.
  const small = resizeImages(train, 16);
  assert.deepEqual([small.count, small.height, small.width], [60000, 16, 16]);
  assert.ok(Math.abs(channelMoments(small, all).mean[0] - mean[0]) < 1e-3);
});

Deno.test("loadMnist() rejects a file whose bytes differ from the published ones", () =>
  inTempDir(async (folder) => {
    for (const { file } of idxFiles(MNIST)) {
      await Deno.writeFile(join(folder, file), new Uint8Array(16));
    }
    const { images } = MNIST.train;
    await assert.rejects(
      loadMnist({ from: folder }),
      failsWith("DataError", join(folder, images.file), images.sha256, "--from"),
    );
  }));
