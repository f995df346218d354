import assert from "node:assert/strict";
import { join } from "node:path";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { ImageBytes } from "../../../engine/image_bytes.ts";
import { decodeImage } from "../../../nas/data/image_file.ts";
import { keepPredictions, readPredictions, summarisePredictions } from "../../../nas/run/mod.ts";
import { runFolder } from "../../../nas/run/mod.ts";

/** Four test images of 2x2 grey pixels, the last of which is the darkest. */
function data(side = 2) {
  const pixels = Uint8Array.from({ length: 4 * side * side }, (_, i) => 250 - (i % 250));
  const labels = Uint8Array.of(0, 1, 1, 0);
  const moments = { mean: [0], std: [1] };
  const test = new ImageBytes(new CpuBackend(), pixels, labels, [4, side, side, 1], moments);
  return { classNames: ["a", "b"], test, testNames: ["a/1", "b/1", "b/2", "a/2"] };
}

const ROWS = [[0.9, 0.1], [0.75, 0.25], [0.2, 0.8], [0.04, 0.96]].map((row) =>
  Float64Array.from(row)
);

Deno.test("predictions are kept with the worst mistakes as pictures", async () => {
  const { test } = data();
  const found = summarisePredictions(data(), "0", ROWS);
  assert.deepEqual(found.predicted, [0, 0, 1, 1]);
  assert.deepEqual(found.probability, [0.9, 0.75, 0.8, 0.96]);
  assert.deepEqual(found.mistakes.map(({ index, name, truth }) => [index, name, truth]), [
    [3, "a/2", 0.04],
    [1, "b/1", 0.25],
  ]);
  const { rgb, height, width } = await decodeImage(
    Uint8Array.fromBase64(found.mistakes[0].png),
    "x.png",
  );
  assert.deepEqual([height, width], [2, 2]);
  assert.deepEqual(rgb.filter((_, i) => i % 3 === 0), test.images.slice(12));
  // Large images are made small, and what is no number is no prediction.
  const large = summarisePredictions(data(100), "0", ROWS.map(() => Float64Array.of(NaN, NaN)));
  assert.deepEqual(large.probability, [0, 0, 0, 0]);
  const picture = await decodeImage(Uint8Array.fromBase64(large.mistakes[0].png), "x.png");
  assert.equal(picture.height, 64);
});

Deno.test("predictions are read as they were written, and go with the weights that made them", () => {
  const path = Deno.makeTempDirSync();
  try {
    const folder = runFolder(path);
    assert.equal(readPredictions(folder), null);
    keepPredictions(folder, data(), "0", ROWS);
    assert.deepEqual(readPredictions(folder), summarisePredictions(data(), "0", ROWS));
    const text = Deno.readTextFileSync(folder.predictions);
    for (const damaged of [text.slice(0, -9), text.replace('"labels":[0', '"labels":[7'), "[]"]) {
      Deno.writeTextFileSync(folder.predictions, damaged);
      assert.throws(() => readPredictions(folder), {
        name: "StoreError",
        message: new RegExp(`predictions of a run in ${join(path, "predictions.json")}`),
      });
    }
    keepPredictions(folder, data(), "0", null);
    assert.equal(readPredictions(folder), null);
  } finally {
    Deno.removeSync(path, { recursive: true });
  }
});
