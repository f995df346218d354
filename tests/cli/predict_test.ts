import assert from "node:assert/strict";
import { join } from "node:path";
import { syntheticDataset } from "../../nas/data/mod.ts";
import { encodePng } from "../../nas/files/png.ts";
import { openRun, readPredictions, runFolder } from "../../nas/run/mod.ts";
import { assertRefused, cli, scratch, smallTrain } from "./helpers.ts";

const { test, classNames } = syntheticDataset();
const folder = runFolder(join(scratch, "runs", "predicted"));
const trained = cli(smallTrain("[2] [0 1] [5 0 1]", "runs", "--name", "predicted", "--no-report"));

/** Test image `n` of the synthetic data as a PNG file. */
function fileOf(n: number): string {
  const path = join(scratch, `${n}.png`);
  Deno.writeFileSync(path, encodePng(test.images.subarray(64 * n, 64 * (n + 1)), 8, 8, 1));
  return path;
}

Deno.test("a training keeps its predictions: as many are right as the test accuracy says", async () => {
  const { code, stderr } = await trained;
  assert.equal(code, 0, stderr);
  const predictions = readPredictions(folder)!;
  assert.deepEqual(predictions.classNames, classNames);
  assert.deepEqual(predictions.labels, Array.from(test.labels));
  const hits = predictions.predicted.filter((found, i) => found === test.labels[i]).length;
  const last = openRun(folder.path).events.find((event) => event.type === "trained")!;
  assert.equal(hits / test.count, last.testAccuracy);
});

Deno.test("predict says of an image file what the run said of the same test image", async () => {
  await trained;
  const { predicted, probability } = readPredictions(folder)!;
  const numbers = [0, 7, 42];
  const args = ["predict", "predicted", ...numbers.map(fileOf)];
  const { code, stdout, stderr } = await cli([...args, "--json"]);
  assert.equal(code, 0, stderr);
  const { run, classes, images, failed } = JSON.parse(stdout);
  assert.deepEqual([run, classes, failed], [folder.path, classNames, []]);
  numbers.forEach((n, i) => {
    assert.equal(images[i].class, classNames[predicted[n]]);
    assert.ok(Math.abs(images[i].probability - probability[n]) < 1e-4, `image ${n}`);
    const sum = images[i].probabilities.reduce((a: number, b: number) => a + b);
    assert.ok(Math.abs(sum - 1) < 1e-9);
  });
  // The reference on the CPU agrees.
  const slow = JSON.parse((await cli([...args, "--device", "cpu", "--json"])).stdout);
  images.forEach((image: { probability: number }, i: number) =>
    assert.ok(Math.abs(image.probability - slow.images[i].probability) < 1e-3)
  );
});

Deno.test("predict resizes, names images that are none, and still says the others", async () => {
  await trained;
  const large = join(scratch, "large.png");
  // Each pixel four times: the area mean is the image itself.
  const pixels = new Uint8Array(16 * 16);
  for (let y = 0; y < 16; y++) {
    for (let x = 0; x < 16; x++) pixels[16 * y + x] = test.images[64 * 7 + 8 * (y >> 1) + (x >> 1)];
  }
  Deno.writeFileSync(large, encodePng(pixels, 16, 16, 1));
  const broken = join(scratch, "broken.png");
  Deno.writeFileSync(broken, Deno.readFileSync(large).subarray(0, 50));
  const { code, stdout, stderr } = await cli(["predict", "predicted", broken, large, fileOf(7)]);
  assert.equal(code, 2);
  assert.match(
    stderr,
    /an intact PNG, JPEG, WebP or BMP image in .*broken.png but found a truncated/,
  );
  const [first, second] = stdout.trim().split("\n").map((line) => line.replace(/^\S+ +/, ""));
  assert.match(first, /^\d+ deg +\d+\.\d %/);
  assert.equal(first, second);
});

Deno.test("predict needs a run that was trained", async () => {
  await trained;
  assertRefused(
    await cli(["predict", "predicted", fileOf(0), "--device", "tpu"]),
    2,
    /Expected --device to be gpu or cpu but found "tpu"/,
  );
  Deno.removeSync(join(folder.checkpoints, "child.safetensors"));
  assertRefused(
    await cli(["predict", "predicted", fileOf(0)]),
    2,
    /Expected a network that was trained from scratch in .* but found none; let the run go on/,
  );
});
