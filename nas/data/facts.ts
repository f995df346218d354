/**
 * What is known of each data set without its files: its names, and its size. Pure values, which
 * reports and forecasts read too; registry.ts adds who reads the files. A new data set is one entry
 * here, and its reader there, without which it does not compile.
 *
 * @module
 */

/** Size of a data set, as far as memory goes. */
export interface DatasetSize {
  /** Images of the training pool, all of which lie on the device. */
  readonly train: number;
  readonly test: number;
  /** Side in pixels, before resizing. */
  readonly side: number;
  readonly channels: number;
  readonly classes: number;
}

/** What is known of a data set without its files. */
export interface DatasetFacts {
  /** Its name as people write it. */
  readonly label: string;
  /** What stands before "images": its label, or a word. */
  readonly kind: string;
  /** One line for `--help`: counts, size, content. */
  readonly summary: string;
  /** Null for the user's own data, which lie where `--from` says and whose size only they know. */
  readonly size: DatasetSize | null;
}

/** A published data set of so many training and test images. */
function published(label: string, summary: string, size: DatasetSize): DatasetFacts {
  return { label, kind: label, summary, size };
}

const FACTS = {
  "mnist": published(
    "MNIST",
    "60,000 + 10,000 handwritten digits, 28x28 grey",
    { train: 60_000, test: 10_000, side: 28, channels: 1, classes: 10 },
  ),
  "fashion-mnist": published(
    "Fashion-MNIST",
    "60,000 + 10,000 photographs of clothes, 28x28 grey",
    { train: 60_000, test: 10_000, side: 28, channels: 1, classes: 10 },
  ),
  "cifar10": published(
    "CIFAR-10",
    "50,000 + 10,000 photographs of 10 classes, 32x32 colour",
    { train: 50_000, test: 10_000, side: 32, channels: 3, classes: 10 },
  ),
  "cifar100": published(
    "CIFAR-100",
    "50,000 + 10,000 photographs of 100 classes, 32x32 colour",
    { train: 50_000, test: 10_000, side: 32, channels: 3, classes: 100 },
  ),
  "folder": {
    label: "own images (folder)",
    kind: "own",
    summary: "your PNG, JPEG, WebP or BMP files, one subfolder a class, 2 to 256; needs --from",
    size: null,
  },
  "idx": {
    label: "own images (idx files)",
    kind: "own",
    summary: "your idx files, named as those of MNIST; needs --from",
    size: null,
  },
  "synthetic": {
    label: "synthetic images",
    kind: "synthetic",
    summary: "800 + 200 computed gratings, 8x8 grey, for tests only",
    size: { train: 800, test: 200, side: 8, channels: 1, classes: 4 },
  },
};

/** Name of a data set, as `--dataset` takes it. */
export type DatasetName = keyof typeof FACTS;

/** The data sets by name. */
export const DATASET_FACTS: Readonly<Record<DatasetName, DatasetFacts>> = FACTS;

/**
 * What is known of a data set.
 *
 * @param name A name of unknown origin.
 * @returns Undefined where there is no such data set.
 */
export function datasetFacts(name: string): DatasetFacts | undefined {
  return new Map<string, DatasetFacts>(Object.entries(DATASET_FACTS)).get(name);
}

/** Sizes of the data sets whose files are not the user's own, by name. */
export const DATASET_SIZES: Readonly<Record<string, DatasetSize>> = Object.fromEntries(
  Object.entries(DATASET_FACTS).flatMap(([name, { size }]) => size === null ? [] : [[name, size]]),
);
