/**
 * Loading a data set that is published as four idx files with known hashes.
 *
 * @module
 */
import type { Dataset, ImageSet } from "./dataset.ts";
import type { Contents, KnownFile } from "./files.ts";
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
 * Parses the four files of `source`, whose hashes have been checked.
 *
 * @param contents Bytes of the four files by name.
 * @param todo Advice that ends the error messages.
 * @throws {DataError} When a file is no idx file of that shape.
 */
export function parseIdxDataset(source: IdxSource, contents: Contents, todo: string): Dataset {
  const classes = source.classNames.length;
  const parseSplit = ({ images, labels, count }: IdxSplit): ImageSet => {
    const imagesFile = images.file;
    const labelsFile = labels.file;
    return joinImageSet(
      parseIdx(contents.get(imagesFile)!, imagesFile, 3, todo),
      parseIdx(contents.get(labelsFile)!, labelsFile, 1, todo),
      { imagesFile, labelsFile, classes, count, todo },
    );
  };
  return {
    name: source.name,
    classNames: source.classNames,
    train: parseSplit(source.train),
    test: parseSplit(source.test),
  };
}
