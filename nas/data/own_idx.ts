/**
 * The user's own idx files, named as those of MNIST. No hashes are known; sizes, channels and the
 * number of classes come from the files.
 *
 * @module
 */
import { basename, join } from "node:path";
import type { DataOptions, Dataset, DatasetSource, FetchResult, ImageSet } from "./dataset.ts";
import { DataError } from "./errors.ts";
import { requireFrom } from "./folder.ts";
import { contentsOf } from "./contents.ts";
import { fingerprintOf } from "./folder_cache.ts";
import { type IdxArray, joinImageSet, readIdx } from "./idx.ts";
import { resizeImages } from "./resize.ts";

const ADVICE = "put the four files train-images-idx3-ubyte, train-labels-idx1-ubyte, " +
  "t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte there, each plain or as .gz; colour images " +
  "are called idx4 and have the shape [n,h,w,3]";

/** One split as read, before the labels are checked. */
interface RawSplit {
  readonly imagesFile: string;
  readonly images: IdxArray;
  readonly labelsFile: string;
  readonly labels: IdxArray;
}

/** Path of the first file of `folder` with one of these names, or of the same name and `.gz`. */
async function find(folder: string, names: readonly string[]): Promise<string> {
  for (const name of names.flatMap((plain) => [plain, `${plain}.gz`])) {
    const path = join(folder, name);
    const info = await Deno.stat(path).catch((error) => {
      if (error instanceof Deno.errors.NotCapable) throw error;
      return null;
    });
    if (info?.isFile) return path;
  }
  throw new DataError({ file: folder, expected: names.join(" or "), found: "none", todo: ADVICE });
}

async function readSplit(folder: string, prefix: "train" | "t10k"): Promise<RawSplit> {
  const [grey, colour] = [`${prefix}-images-idx3-ubyte`, `${prefix}-images-idx4-ubyte`];
  const imagesFile = await find(folder, [grey, colour]);
  const labelsFile = await find(folder, [`${prefix}-labels-idx1-ubyte`]);
  const rank = imagesFile.includes(colour) ? 4 : 3;
  return {
    imagesFile,
    images: await readIdx(imagesFile, rank),
    labelsFile,
    labels: await readIdx(labelsFile, 1),
  };
}

/** The largest label of a split, 0 when there is none. */
function largestLabel({ labels }: RawSplit): number {
  return labels.data.reduce((largest, label) => Math.max(largest, label), 0);
}

/** The data set and the names of its files. */
interface OwnIdx {
  readonly dataset: Dataset & { readonly source: DatasetSource };
  readonly files: readonly string[];
}

/** Reads the four files of the folder and resizes on request; class k is named `k`. */
async function read(options: DataOptions): Promise<OwnIdx> {
  const folder = requireFrom("idx", options);
  const raw = { train: await readSplit(folder, "train"), test: await readSplit(folder, "t10k") };
  // The test labels are held against the training labels: a class that never trains is an error.
  const classes = largestLabel(raw.train) + 1;
  if (classes < 2) {
    throw new DataError({
      file: raw.train.labelsFile,
      expected: "labels of at least two classes, 0 and 1,",
      found: "only label 0",
      todo: "give images of several classes",
    });
  }
  const joined = ({ images, labels, imagesFile, labelsFile }: RawSplit): ImageSet =>
    joinImageSet(images, labels, { imagesFile, labelsFile, classes });
  const joint = { train: joined(raw.train), test: joined(raw.test) };
  const shapeOf = ({ height, width, channels }: ImageSet) => `[${height},${width},${channels}]`;
  if (shapeOf(joint.train) !== shapeOf(joint.test)) {
    throw new DataError({
      file: raw.test.imagesFile,
      expected: `images of shape ${shapeOf(joint.train)}, as in ${raw.train.imagesFile},`,
      found: shapeOf(joint.test),
      todo: "give both files images of one size",
    });
  }
  const classNames = Array.from({ length: classes }, (_, k) => String(k));
  const side = options.imageSize ?? 0;
  const [train, test] = [joint.train, joint.test].map((set) =>
    side ? resizeImages(set, side) : set
  );
  const fingerprint = fingerprintOf({ classNames, train, test });
  const source = { path: folder, fingerprint };
  const files = [raw.train, raw.test].flatMap((split) => [split.imagesFile, split.labelsFile]);
  return {
    dataset: { name: "idx", classNames, train, test, source },
    files: files.map((path) => basename(path)),
  };
}

/**
 * Loads `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte` and
 * `t10k-labels-idx1-ubyte` of `options.from`, each plain or gzipped. Colour images are in files
 * called `idx4`, shape `[n,h,w,3]`. There are as many classes as the largest training label says.
 *
 * @throws {DataError} When `from` is not given, a file is missing or damaged, counts or sizes do not
 * fit together, or there is only one class.
 */
export async function loadOwnIdx(options: DataOptions): Promise<Dataset> {
  return (await read(options)).dataset;
}

/** Checks the four files of `options.from`, as {@link loadOwnIdx} does; they stay where they are. */
export async function fetchOwnIdx(options: DataOptions): Promise<FetchResult> {
  const { dataset, files } = await read(options);
  return {
    name: "idx",
    folder: dataset.source.path,
    how: "read",
    files,
    contents: contentsOf(dataset, "own"),
  };
}
