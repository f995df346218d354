/**
 * The data sets by name. What is known of them without their files is in facts.ts.
 *
 * @module
 */
import { MAX_IMAGE_SIZE } from "../config/mod.ts";
import type { DataOptions, Dataset, FetchResult, ImageSet } from "./dataset.ts";
import { DataError } from "./errors.ts";
import { DATASET_FACTS, type DatasetFacts, type DatasetName } from "./facts.ts";
import { fetchCifar, loadCifar } from "./cifar.ts";
import { cifar10Setup } from "./cifar10.ts";
import { cifar100Setup } from "./cifar100.ts";
import { fetchFashionMnist, hasFashionMnist, loadFashionMnist } from "./fashion_mnist.ts";
import { hasPublished } from "./fetch.ts";
import { fetchFolder, loadFolder } from "./folder.ts";
import { fetchMnist, loadMnist } from "./mnist.ts";
import { fetchOwnIdx, loadOwnIdx } from "./own_idx.ts";
import { resizeImages } from "./resize.ts";
import { syntheticDataset } from "./synthetic.ts";

/** Who reads and fetches a data set. */
interface DatasetReader {
  /** Whether its files lie where {@link DatasetEntry.load} finds them without being told; says nothing of their bytes. */
  readonly here: () => boolean;
  /** Reads it from this machine; never touches the network. May leave the resizing to the caller. */
  readonly load: (options: DataOptions) => Promise<Dataset>;
  /** Gets it onto this machine, verified. */
  readonly fetch: (options: DataOptions) => Promise<FetchResult>;
}

const READERS: Readonly<Record<DatasetName, DatasetReader>> = {
  "mnist": {
    here: () => true,
    load: loadMnist,
    fetch: fetchMnist,
  },
  "fashion-mnist": {
    here: () => hasFashionMnist(),
    load: (options) => loadFashionMnist(options),
    fetch: (options) => fetchFashionMnist(options),
  },
  "cifar10": {
    here: () => hasPublished(cifar10Setup().plan),
    load: (options) => loadCifar(cifar10Setup(), options),
    fetch: (options) => fetchCifar(cifar10Setup(), options),
  },
  "cifar100": {
    here: () => hasPublished(cifar100Setup().plan),
    load: (options) => loadCifar(cifar100Setup(), options),
    fetch: (options) => fetchCifar(cifar100Setup(), options),
  },
  "folder": {
    here: () => false,
    load: (options) => loadFolder(options),
    fetch: (options) => fetchFolder(options),
  },
  "idx": {
    here: () => false,
    load: loadOwnIdx,
    fetch: fetchOwnIdx,
  },
  "synthetic": {
    here: () => true,
    load: () => Promise.resolve(syntheticDataset()),
    fetch: () => Promise.resolve({ name: "synthetic", folder: null, how: "computed", files: [] }),
  },
};

/** All that is known of one data set, and who reads it. */
export interface DatasetEntry extends DatasetFacts, DatasetReader {
  /** Whether it is the user's own data, which lie where `--from` says. */
  readonly own: boolean;
}

/** All data sets by the name that `--dataset` takes. */
export const DATASETS: Readonly<Record<string, DatasetEntry>> = Object.fromEntries(
  Object.entries(DATASET_FACTS).map(([name, facts]) => [
    name,
    { ...facts, own: facts.size === null, ...READERS[name as DatasetName] },
  ]),
);

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
 * Loads the data set `name` from this machine, its images resized to `options.imageSize` if given.
 *
 * @throws {DataError} When there is no such data set, or its files are missing or damaged; the
 * message says how to get them.
 * @throws {RangeError} When `options.imageSize` is no integer from 0 to 1024.
 */
export async function loadDataset(name: string, options: DataOptions = {}): Promise<Dataset> {
  const { imageSize = 0 } = options;
  if (!Number.isInteger(imageSize) || imageSize < 0 || imageSize > MAX_IMAGE_SIZE) {
    throw new RangeError(
      `loadDataset() expects an imageSize of 0..${MAX_IMAGE_SIZE} but found ${imageSize}`,
    );
  }
  const dataset = await entry(name).load(options);
  if (imageSize === 0) return dataset;
  // The user's own images have that size already and come back as they are.
  const resized = (set: ImageSet) => resizeImages(set, imageSize);
  return { ...dataset, train: resized(dataset.train), test: resized(dataset.test) };
}

/**
 * Gets the data set `name` onto this machine (see the command `data`), verified, and says where it lies.
 *
 * @throws {DataError} When there is no such data set, no way to get it, or it is the user's own and
 * `options.from` is missing.
 */
export async function fetchDataset(name: string, options: DataOptions = {}): Promise<FetchResult> {
  return await entry(name).fetch(options);
}
