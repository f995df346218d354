/**
 * Fashion-MNIST: 60,000 + 10,000 photographs of clothes, 28x28 grey, as four gzipped idx files.
 *
 * Xiao, Rasul, Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning
 * algorithms", 2017; https://github.com/zalandoresearch/fashion-mnist.
 *
 * @module
 */
import { join } from "node:path";
import type { DataOptions, Dataset, FetchResult } from "./dataset.ts";
import {
  debianWays,
  downloadWay,
  fetchFiles,
  type FetchPlan,
  hasPublished,
  readPublished,
} from "./fetch.ts";
import { cacheFolders } from "./files.ts";
import { idxFiles, type IdxSource, parseIdxDataset } from "./idx_dataset.ts";
import { hostSurroundings, type Surroundings } from "./surroundings.ts";

/** Files, hashes and counts of Fashion-MNIST. */
export const FASHION_MNIST: IdxSource = {
  name: "fashion-mnist",
  classNames: [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
  ],
  train: {
    images: {
      file: "train-images-idx3-ubyte.gz",
      sha256: "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7",
    },
    labels: {
      file: "train-labels-idx1-ubyte.gz",
      sha256: "0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056",
    },
    count: 60_000,
  },
  test: {
    images: {
      file: "t10k-images-idx3-ubyte.gz",
      sha256: "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa",
    },
    labels: {
      file: "t10k-labels-idx1-ubyte.gz",
      sha256: "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05",
    },
    count: 10_000,
  },
};

/** Folder of the files in Debian's package `dataset-fashion-mnist`. */
export const DEBIAN_FOLDER = "/usr/share/datasets/fashion-mnist";

/** The authors' own copies. */
const DOWNLOAD = "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion";

/** How to get the files, for error messages. */
export const GET_FASHION_MNIST =
  "run `enaslab data fashion-mnist`, or `apt-get install dataset-fashion-mnist` on Debian and " +
  "Ubuntu, or give `--from DIR` with a folder or tar archive that holds the four files";

/** What tests replace: the files and hashes, where to look, and what the machine offers. */
export interface FashionMnistSetup {
  /** Files, hashes and counts. */
  readonly source: IdxSource;
  /** Cache folders of this data set, the one to write to first. */
  readonly cacheFolders: readonly string[];
  /** Folder of the Debian package. */
  readonly debianFolder: string;
  /** Installing and downloading. */
  readonly surroundings: Surroundings;
}

/** The real files, folders and machine. */
export function fashionMnistSetup(): FashionMnistSetup {
  return {
    source: FASHION_MNIST,
    cacheFolders: cacheFolders().map((folder) => join(folder, FASHION_MNIST.name)),
    debianFolder: DEBIAN_FOLDER,
    surroundings: hostSurroundings(),
  };
}

function plan({ source, cacheFolders, debianFolder, surroundings }: FashionMnistSetup): FetchPlan {
  const files = idxFiles(source);
  return {
    name: source.name,
    files,
    cacheFolders,
    ways: [
      ...debianWays("dataset-fashion-mnist", debianFolder, files, surroundings),
      downloadWay(DOWNLOAD, files, surroundings),
    ],
    advice: GET_FASHION_MNIST,
  };
}

/** Whether {@link loadFashionMnist} finds files without being told where. */
export function hasFashionMnist(setup: FashionMnistSetup = fashionMnistSetup()): boolean {
  return hasPublished(plan(setup), [setup.debianFolder]);
}

/**
 * Loads Fashion-MNIST from `options.from` or else from the first of $ENASLAB_DATA/fashion-mnist,
 * the user's cache folder and the Debian package's folder that holds all four files; every file is
 * checked against its SHA-256.
 *
 * @throws {DataError} When no folder holds them (the message says how to get them) or one is damaged.
 */
export async function loadFashionMnist(
  options: DataOptions = {},
  setup: FashionMnistSetup = fashionMnistSetup(),
): Promise<Dataset> {
  const contents = await readPublished(plan(setup), options, [setup.debianFolder]);
  return parseIdxDataset(setup.source, contents, GET_FASHION_MNIST);
}

/**
 * Puts verified files into the cache folder, from the nearest place that has them: the cache itself,
 * `options.from`, the Debian package, its installation (Linux, root, apt-get), the authors' server.
 *
 * @throws {DataError} When every way fails; the message lists what was tried.
 */
export function fetchFashionMnist(
  options: DataOptions = {},
  setup: FashionMnistSetup = fashionMnistSetup(),
): Promise<FetchResult> {
  return fetchFiles(plan(setup), options);
}
