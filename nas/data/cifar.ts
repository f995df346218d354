/**
 * Reader of the binary CIFAR files. A record is its label bytes, then 1024 red, 1024 green and 1024
 * blue bytes, each row by row; a file is a row of records.
 * Source: https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version".
 *
 * @module
 */
import type { DataOptions, Dataset, FetchResult, ImageSet } from "./dataset.ts";
import { DataError } from "./errors.ts";
import { fetchFiles, type FetchPlan, readPublished } from "./fetch.ts";
import type { Contents, KnownFile } from "./files.ts";

/** Rows and columns of an image. */
export const CIFAR_SIDE = 32;

/** Pixels of an image, and bytes of one colour plane. */
export const CIFAR_PLANE = CIFAR_SIDE * CIFAR_SIDE;

/** A CIFAR data set as its authors publish it. */
export interface CifarSource {
  /** Name in the registry. */
  readonly name: string;
  /** Folder in the authors' archive. */
  readonly subfolder: string;
  /** Name of each class. */
  readonly classNames: readonly string[];
  /** Number of values of each label byte of a record; the last byte is the class. */
  readonly labels: readonly number[];
  /** Files of the training images, in their order. */
  readonly train: readonly KnownFile[];
  /** File of the test images. */
  readonly test: KnownFile;
}

/** The files of `source`, training first. */
export function cifarFiles(source: CifarSource): KnownFile[] {
  return [...source.train, source.test];
}

/** One file to parse. */
export interface CifarFile {
  /** Name for error messages. */
  readonly file: string;
  /** The whole file. */
  readonly bytes: Uint8Array;
}

/**
 * Puts the records of one or more files into one set: planes become NHWC, 32x32x3; the class is the
 * last label byte.
 *
 * @param labels Number of values of each label byte: `[10]` of CIFAR-10, `[20, 100]` of CIFAR-100.
 * @param todo Advice that ends the error messages.
 * @throws {DataError} When a file is empty, is no whole number of records, or holds a label that is
 * out of range.
 */
export function parseCifar(
  files: readonly CifarFile[],
  labels: readonly number[],
  todo: string,
): ImageSet {
  const header = labels.length;
  const record = header + 3 * CIFAR_PLANE;
  for (const { file, bytes } of files) {
    if (bytes.length > 0 && bytes.length % record === 0) continue;
    throw new DataError({
      file,
      expected: `a whole number of records of ${record} bytes`,
      found: `${bytes.length} bytes: the file is truncated or another one`,
      todo,
    });
  }
  const count = files.reduce((sum, { bytes }) => sum + bytes.length / record, 0);
  const images = new Uint8Array(count * 3 * CIFAR_PLANE);
  const classes = new Uint8Array(count);
  let n = 0;
  let to = 0;
  for (const { file, bytes } of files) {
    for (let from = 0; from < bytes.length; from += record, n++) {
      labels.forEach((values, i) => {
        const label = bytes[from + i];
        if (label < values) return;
        throw new DataError({
          file,
          expected: `labels 0..${values - 1}`,
          found: `${label} at image ${from / record}`,
          todo,
        });
      });
      classes[n] = bytes[from + header - 1];
      const red = from + header;
      for (let p = red; p < red + CIFAR_PLANE; p++, to += 3) {
        images[to] = bytes[p];
        images[to + 1] = bytes[p + CIFAR_PLANE];
        images[to + 2] = bytes[p + 2 * CIFAR_PLANE];
      }
    }
  }
  return { images, labels: classes, count, height: CIFAR_SIDE, width: CIFAR_SIDE, channels: 3 };
}

/** What is read and how to get it; tests put small files and folders here. */
export interface CifarSetup {
  /** Files, hashes and classes. */
  readonly source: CifarSource;
  /** Where its files may come from. */
  readonly plan: FetchPlan;
}

/**
 * Loads a CIFAR set from `options.from` or the cache folders; every file is checked against its
 * SHA-256 and parsed.
 *
 * @throws {DataError} When the files are nowhere (the message says how to get them) or damaged.
 */
export async function loadCifar(
  { source, plan }: CifarSetup,
  options: DataOptions,
): Promise<Dataset> {
  const contents: Contents = await readPublished(plan, options);
  const parse = (files: readonly KnownFile[]) =>
    parseCifar(
      files.map(({ file }) => ({ file, bytes: contents.get(file)! })),
      source.labels,
      plan.advice,
    );
  return {
    name: source.name,
    classNames: source.classNames,
    train: parse(source.train),
    test: parse([source.test]),
  };
}

/**
 * Puts the verified files of a CIFAR set into the cache folder; see {@link fetchFiles}.
 *
 * @throws {DataError} When every way fails; the message lists what was tried.
 */
export function fetchCifar({ plan }: CifarSetup, options: DataOptions): Promise<FetchResult> {
  return fetchFiles(plan, options);
}
