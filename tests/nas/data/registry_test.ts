import assert from "node:assert/strict";
import { datasetNames, DATASETS, fetchDataset, loadDataset } from "../../../nas/data/registry.ts";
import { failsWith } from "./make_idx.ts";

Deno.test("DATASETS describes every data set", () => {
  assert.deepEqual(datasetNames(), ["mnist", "fashion-mnist", "cifar10", "cifar100", "synthetic"]);
  for (const { summary } of Object.values(DATASETS)) assert.ok(summary.length > 10);
});

Deno.test("loadDataset() and fetchDataset() reject unknown names, listing the known ones", async () => {
  for (const name of ["mnits", "constructor", ""]) {
    const check = failsWith(
      "DataError",
      `"${name}"`,
      "mnist, fashion-mnist, cifar10, cifar100, synthetic",
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
