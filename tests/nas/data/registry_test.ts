import assert from "node:assert/strict";
import { datasetNames, DATASETS, fetchDataset, loadDataset } from "../../../nas/data/registry.ts";
import { failsWith } from "./make_idx.ts";

Deno.test("DATASETS describes every data set", () => {
  assert.deepEqual(datasetNames(), [
    "mnist",
    "fashion-mnist",
    "cifar10",
    "cifar100",
    "folder",
    "idx",
    "synthetic",
  ]);
  for (const { summary } of Object.values(DATASETS)) assert.ok(summary.length > 10);
});

Deno.test("loadDataset() and fetchDataset() reject unknown names, listing the known ones", async () => {
  for (const name of ["mnits", "constructor", ""]) {
    const check = failsWith(
      "DataError",
      `"${name}"`,
      "mnist, fashion-mnist, cifar10, cifar100, folder, idx, synthetic",
    );
    await assert.rejects(loadDataset(name), check);
    await assert.rejects(fetchDataset(name), check);
  }
});

Deno.test("loadDataset() loads by name", async () => {
  assert.equal((await loadDataset("synthetic")).name, "synthetic");
  assert.equal((await loadDataset("mnist")).train.count, 60_000);
});

Deno.test("fetchDataset() has nothing to fetch for computed data", async () => {
  assert.equal((await fetchDataset("synthetic")).folder, null);
});

Deno.test("loadDataset() resizes on request", async () => {
  const { train, test } = await loadDataset("synthetic", { imageSize: 5 });
  assert.deepEqual([train.height, train.width, test.height], [5, 5, 5]);
  assert.equal(train.images.length, train.count * 25);
  assert.equal((await loadDataset("synthetic", { imageSize: 0 })).train.height, 8);
  for (const imageSize of [-1, 2.5, 4000]) {
    await assert.rejects(
      loadDataset("synthetic", { imageSize }),
      failsWith("RangeError", "0..1024"),
    );
  }
});

Deno.test("the user's own data sets say that they need --from", async () => {
  for (const name of datasetNames().filter((name) => DATASETS[name].own)) {
    const check = failsWith("DataError", "--from DIR", `--dataset ${name}`);
    await assert.rejects(loadDataset(name), check);
    await assert.rejects(fetchDataset(name), check);
  }
  assert.deepEqual(datasetNames().filter((name) => DATASETS[name].own), ["folder", "idx"]);
});
