/**
 * The data sets by name. Adding one is one entry in {@link DATASETS} and a reader beside it.
 *
 * @module
 */
import type { DataOptions, Dataset, FetchResult } from "./dataset.ts";
import { DataError } from "./errors.ts";
import { fetchCifar, loadCifar } from "./cifar.ts";
import { cifar10Setup } from "./cifar10.ts";
import { cifar100Setup } from "./cifar100.ts";
import { fetchFashionMnist, loadFashionMnist } from "./fashion_mnist.ts";
import { fetchMnist, loadMnist } from "./mnist.ts";
import { syntheticDataset } from "./synthetic.ts";

/** How to describe, load and fetch one data set. */
export interface DatasetEntry {
  /** One line for `--help`: counts, size, content. */
  readonly summary: string;
  /** Reads it from this machine; never touches the network. */
  readonly load: (options: DataOptions) => Promise<Dataset>;
  /** Gets it onto this machine, verified. */
  readonly fetch: (options: DataOptions) => Promise<FetchResult>;
}

/** All data sets by the name that `--dataset` takes. */
export const DATASETS: Readonly<Record<string, DatasetEntry>> = {
  "mnist": {
    summary: "60,000 + 10,000 handwritten digits, 28x28 grey",
    load: loadMnist,
    fetch: fetchMnist,
  },
  "fashion-mnist": {
    summary: "60,000 + 10,000 photographs of clothes, 28x28 grey",
    load: (options) => loadFashionMnist(options),
    fetch: (options) => fetchFashionMnist(options),
  },
  "cifar10": {
    summary: "50,000 + 10,000 photographs of 10 classes, 32x32 colour",
    load: (options) => loadCifar(cifar10Setup(), options),
    fetch: (options) => fetchCifar(cifar10Setup(), options),
  },
  "cifar100": {
    summary: "50,000 + 10,000 photographs of 100 classes, 32x32 colour",
    load: (options) => loadCifar(cifar100Setup(), options),
    fetch: (options) => fetchCifar(cifar100Setup(), options),
  },
  "synthetic": {
    summary: "800 + 200 computed gratings, 8x8 grey, for tests only",
    load: () => Promise.resolve(syntheticDataset()),
    fetch: () => Promise.resolve({ name: "synthetic", folder: null, how: "computed", files: [] }),
  },
};

/** Names of all data sets, in the registry's order. */
export function datasetNames(): string[] {
  return Object.keys(DATASETS);
}

function entry(name: string): DatasetEntry {
  if (Object.hasOwn(DATASETS, name)) return DATASETS[name];
  throw new DataError({
    expected: "the name of a data set",
    found: `"${name}"`,
    todo: `choose one of ${datasetNames().join(", ")}`,
  });
}

/**
 * Loads the data set `name` from this machine.
 *
 * @throws {DataError} When there is no such data set, or its files are missing or damaged; the
 * message says how to get them.
 */
export async function loadDataset(name: string, options: DataOptions = {}): Promise<Dataset> {
  return await entry(name).load(options);
}

/**
 * Gets the data set `name` onto this machine (see `deno task data`), verified, and says where it lies.
 *
 * @throws {DataError} When there is no such data set or no way to get it.
 */
export async function fetchDataset(name: string, options: DataOptions = {}): Promise<FetchResult> {
  return await entry(name).fetch(options);
}
