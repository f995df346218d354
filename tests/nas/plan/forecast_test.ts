import assert from "node:assert/strict";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { parseArc } from "../../../nas/space/mod.ts";
import { getPreset, mergeConfig } from "../../../nas/config/mod.ts";
import { cifar100Setup } from "../../../nas/data/cifar100.ts";
import { cifar10Setup } from "../../../nas/data/cifar10.ts";
import { fashionMnistSetup } from "../../../nas/data/fashion_mnist.ts";
import { holdsFiles } from "../../../nas/data/files.ts";
import { idxFiles } from "../../../nas/data/idx_dataset.ts";
import { type Dataset, DATASETS, loadDataset } from "../../../nas/data/mod.ts";
import { forecastMemory } from "../../../nas/plan/forecast.ts";
import { DATASET_SIZES, type DatasetSize } from "../../../nas/data/facts.ts";
import { Search } from "../../../nas/search/search.ts";

const config = mergeConfig(getPreset("quick").config, {
  dataset: { name: "synthetic", images: 200, imageSize: 8, validationShare: 0.25 },
  child: { layers: 4, filters: 8, restartPeriod: 1, stepsPerEpoch: 12 },
  evaluator: { batchSize: 50 },
  search: { updatesPerEpoch: 1, arcsPerUpdate: 4, epochs: 2, scoredArcs: 1, scoreImages: 50 },
  finalTraining: { epochs: 1, stepsPerEpoch: 12, filters: 8, restartPeriod: 1 },
});

const micro = mergeConfig(getPreset("quick", "micro").config, {
  dataset: { name: "synthetic", images: 200, imageSize: 8, validationShare: 0.25 },
  child: { layers: 2, nodes: 2, filters: 4, restartPeriod: 1, stepsPerEpoch: 12 },
  evaluator: { batchSize: 50 },
  search: { updatesPerEpoch: 1, arcsPerUpdate: 4, epochs: 2, scoredArcs: 1, scoreImages: 50 },
  finalTraining: { epochs: 1, stepsPerEpoch: 12, layers: 2, filters: 4, restartPeriod: 1 },
});

for (const searched of [config, micro]) {
  Deno.test(`forecastMemory() agrees with the pool's peak in a ${searched.space} search`, async () => {
    const gpu = await GpuBackend.open();
    const dataset = await loadDataset("synthetic");
    const search = new Search({ backend: gpu, dataset, config: searched });
    const before = gpu.memory.use().liveBytes;
    for await (const _ of search.run());
    const { peakBytes } = gpu.memory.use();
    search.dispose();
    await gpu.close();

    const forecast = await forecastMemory(searched, DATASET_SIZES.synthetic, gpu.target);
    const constant = forecast.data + forecast.weights;
    assert.ok(Math.abs(before / constant - 1) < 0.05, `${before} bytes, forecast ${constant}`);
    const factor = forecast.peak / peakBytes;
    assert.ok(factor > 0.95 && factor < 1.5, `forecast ${forecast.peak}, peak ${peakBytes} bytes`);
  });
}

/** What {@link DATASET_SIZES} says of a data set. */
function sizeOf({ train, test, classNames }: Dataset): DatasetSize {
  return {
    train: train.count,
    test: test.count,
    side: train.height,
    channels: train.channels,
    classes: classNames.length,
  };
}

Deno.test("DATASET_SIZES agrees with the data sets", async () => {
  for (const name of ["synthetic", "mnist"]) {
    assert.deepEqual(DATASET_SIZES[name], sizeOf(await loadDataset(name)));
  }
  // Every published data set has a size.
  const published = Object.entries(DATASETS).filter(([, { own }]) => !own);
  assert.deepEqual(Object.keys(DATASET_SIZES).sort(), published.map(([name]) => name).sort());
});

const fashion = fashionMnistSetup();
const [cifar10, cifar100] = [cifar10Setup(), cifar100Setup()];
// Where the files of these are not on this machine the test is reported as ignored.
for (
  const [name, folders, files] of [
    ["cifar10", cifar10.plan.cacheFolders, cifar10.plan.files],
    ["cifar100", cifar100.plan.cacheFolders, cifar100.plan.files],
    [
      "fashion-mnist",
      [...fashion.cacheFolders, fashion.debianFolder],
      idxFiles(fashion.source),
    ],
  ] as const
) {
  Deno.test({
    name: `DATASET_SIZES agrees with ${name}`,
    ignore: !folders.some((folder) => holdsFiles(folder, files)),
    async fn() {
      assert.deepEqual(DATASET_SIZES[name], sizeOf(await loadDataset(name)));
    },
  });
}

const STORAGE = { tileSet: "direct", loadPath: "storage" } as const;

Deno.test("forecastMemory() of an arc is that of its training alone", async () => {
  const size = DATASET_SIZES.synthetic;
  const [whole, wide] = [
    await forecastMemory(config, size, STORAGE),
    mergeConfig(config, { child: { filters: 64 } }),
  ];
  const arc = parseArc("4 4 0 4 0 0 4 0 0 0", "macro");
  const alone = await forecastMemory(config, size, STORAGE, arc);
  assert.deepEqual([alone.weights, alone.step], [0, 0]);
  assert.equal(alone.peak, alone.data + alone.finalTraining);
  assert.equal(alone.data, whole.data);
  assert.ok(alone.finalTraining < whole.finalTraining);
  // The shared graph plays no part in it.
  assert.deepEqual(await forecastMemory(wide, size, STORAGE, arc), alone);
  // Its depth does.
  const deeper = parseArc("4 4 0 4 0 0 4 0 0 0 4 0 0 0 0", "macro");
  const more = await forecastMemory(config, size, STORAGE, deeper);
  assert.ok(more.finalTraining > alone.finalTraining);
});

Deno.test("forecastMemory() names the largest buffer, and counts images cut to the largest binding", async () => {
  const size = { ...DATASET_SIZES.synthetic, train: 100_000 };
  const whole = await forecastMemory(config, size, STORAGE);
  assert.equal(whole.largestBuffer, 100_000 * 64);
  const cut = await forecastMemory(config, size, { ...STORAGE, largestBinding: 2 ** 20 });
  assert.ok(cut.largestBuffer <= 2 ** 20);
  // A byte a pixel and a label, and what the pool adds when it rounds up.
  const bytes = (100_000 + size.test) * (64 + 1);
  for (const { data } of [whole, cut]) {
    assert.ok(data >= bytes && data < 1.25 * bytes, `${data} instead of ${bytes} bytes`);
  }
});

Deno.test("forecastMemory() follows graph, head and drop-path of the last training", async () => {
  const size = DATASET_SIZES.synthetic;
  const final = async (finalTraining: Parameters<typeof mergeConfig<typeof micro>>[1]) =>
    (await forecastMemory(mergeConfig(micro, finalTraining), size, STORAGE)).finalTraining;
  const usual = await final({});
  assert.ok(await final({ finalTraining: { auxiliaryHead: true } }) > usual);
  assert.ok(await final({ finalTraining: { dropPathKeep: 0.6 } }) >= usual);
  assert.notEqual(await final({ finalTraining: { graph: "official" } }), usual);
  // Arcs that the graph refuses are not rehearsed; odd widths are allowed where channels double.
  for (const poolOps of ["pre-activation", "refuse"] as const) {
    const official = { graph: "official", poolOps, filters: 5 } as const;
    const { finalTraining } = await forecastMemory(
      mergeConfig(config, { finalTraining: official }),
      size,
      STORAGE,
    );
    assert.ok(finalTraining > 0);
  }
  const odd = mergeConfig(micro, { child: { filters: 3 }, finalTraining: { filters: 5 } });
  assert.ok((await forecastMemory(odd, size, STORAGE)).peak > 0);
});

Deno.test("forecastMemory() counts textures, which take the place of most buffers", async () => {
  const texture = { tileSet: "direct", loadPath: "texture" } as const;
  const [plain, mirrored] = [
    await forecastMemory(config, DATASET_SIZES.synthetic, STORAGE),
    await forecastMemory(config, DATASET_SIZES.synthetic, texture),
  ];
  const factor = mirrored.step / plain.step;
  assert.ok(factor > 1 && factor < 1.5, `${mirrored.step} and ${plain.step} bytes`);
  assert.equal(mirrored.data, plain.data);
});

Deno.test("forecastMemory() grows with batch and filters", async () => {
  const peak = async (child: { batchSize?: number; filters?: number }) =>
    (await forecastMemory(mergeConfig(config, { child }), DATASET_SIZES.synthetic, STORAGE)).step;
  const usual = await peak({});
  assert.ok(await peak({ batchSize: 128 }) > 1.8 * usual);
  assert.ok(await peak({ filters: 32 }) > 1.8 * usual);
});
