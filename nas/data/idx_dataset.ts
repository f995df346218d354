/**
 * Loading a data set that is published as four idx files with known hashes.
 *
 * @module
 */
import { join } from "node:path";
import type { Dataset, ImageSet } from "./dataset.ts";
import { type KnownFile, readVerified } from "./files.ts";
import { joinImageSet, parseIdx } from "./idx.ts";

/** The pair of files of one split. */
export interface IdxSplit {
  /** Images, u8 `[n,h,w]`. */
  readonly images: KnownFile;
  /** Labels, u8 `[n]`. */
  readonly labels: KnownFile;
  /** Number of images. */
  readonly count: number;
}

/** A data set as its authors publish it: names, files, hashes and counts. */
export interface IdxSource {
  /** Name in the registry. */
  readonly name: string;
  /** Name of each class. */
  readonly classNames: readonly string[];
  /** Training files. */
  readonly train: IdxSplit;
  /** Test files. */
  readonly test: IdxSplit;
}

/** The four files of `source`. */
export function idxFiles(source: IdxSource): KnownFile[] {
  return [source.train.images, source.train.labels, source.test.images, source.test.labels];
}

/**
 * Reads the four files of `source` in `folder`, each checked against its SHA-256 before parsing.
 *
 * @param todo Advice that ends the error messages.
 * @throws {DataError} When a file is missing, has another hash, or is no idx file of that shape.
 */
export async function loadIdxDataset(
  source: IdxSource,
  folder: string,
  todo: string,
): Promise<Dataset> {
  const readSplit = async (split: IdxSplit): Promise<ImageSet> => {
    const imagesFile = join(folder, split.images.file);
    const labelsFile = join(folder, split.labels.file);
    const images = parseIdx(await readVerified(folder, split.images, todo), imagesFile, 3, todo);
    const labels = parseIdx(await readVerified(folder, split.labels, todo), labelsFile, 1, todo);
    const classes = source.classNames.length;
    const { count } = split;
    return joinImageSet(images, labels, { imagesFile, labelsFile, classes, count, todo });
  };
  const train = await readSplit(source.train);
  const test = await readSplit(source.test);
  return { name: source.name, classNames: source.classNames, train, test };
}
