import assert from "node:assert/strict";
import { GpuBackend } from "../../engine/gpu_backend.ts";
import { getPreset, mergeConfig } from "../../nas/config/mod.ts";
import { loadDataset } from "../../nas/data/mod.ts";
import { DATASET_SIZES, forecastMemory } from "../../nas/forecast.ts";
import { Search } from "../../nas/search.ts";

const config = mergeConfig(getPreset("quick").config, {
  dataset: { name: "synthetic", images: 200, imageSize: 8, validationShare: 0.25 },
  child: { layers: 4, filters: 8, restartPeriod: 1 },
  controller: { updatesPerEpoch: 1, arcsPerUpdate: 4, batchSize: 50 },
  search: { epochs: 2, scoredArcs: 1, scoreImages: 50 },
  finalTraining: { epochs: 1, filters: 8, restartPeriod: 1 },
});

Deno.test("forecastMemory() agrees with the pool's peak in a search", async () => {
  const gpu = await GpuBackend.open();
  const dataset = await loadDataset("synthetic");
  const search = new Search({ backend: gpu, dataset, config });
  const before = gpu.memory.use().liveBytes;
  for await (const _ of search.run());
  const { peakBytes } = gpu.memory.use();
  search.dispose();
  await gpu.close();

  const forecast = await forecastMemory(config, DATASET_SIZES.synthetic, gpu);
  const constant = forecast.data + forecast.weights;
  assert.ok(Math.abs(before / constant - 1) < 0.05, `${before} bytes, forecast ${constant}`);
  const factor = forecast.peak / peakBytes;
  assert.ok(factor > 0.95 && factor < 1.5, `forecast ${forecast.peak}, peak ${peakBytes} bytes`);
});

Deno.test("DATASET_SIZES agrees with the data sets", async () => {
  for (const name of ["synthetic", "mnist"]) {
    const { train, test, classNames } = await loadDataset(name);
    assert.deepEqual(DATASET_SIZES[name], {
      train: train.count,
      test: test.count,
      side: train.height,
      channels: train.channels,
      classes: classNames.length,
    });
  }
});

const STORAGE = { tileSet: "direct", loadPath: "storage" } as const;

Deno.test("forecastMemory() counts the textures of what kernels stream from", async () => {
  const texture = { tileSet: "direct", loadPath: "texture" } as const;
  const [plain, mirrored] = [
    await forecastMemory(config, DATASET_SIZES.synthetic, STORAGE),
    await forecastMemory(config, DATASET_SIZES.synthetic, texture),
  ];
  assert.ok(mirrored.step > 1.5 * plain.step, `${mirrored.step} and ${plain.step} bytes`);
  assert.equal(mirrored.data, plain.data);
});

Deno.test("forecastMemory() grows with batch and filters", async () => {
  const peak = async (child: { batchSize?: number; filters?: number }) =>
    (await forecastMemory(mergeConfig(config, { child }), DATASET_SIZES.synthetic, STORAGE)).step;
  const usual = await peak({});
  assert.ok(await peak({ batchSize: 128 }) > 1.8 * usual);
  assert.ok(await peak({ filters: 32 }) > 1.8 * usual);
});
