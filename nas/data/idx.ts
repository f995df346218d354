/**
 * Reader of the idx format of MNIST and Fashion-MNIST: a big-endian header (two zero bytes, the
 * element type, the number of dimensions, then one 32-bit extent a dimension) and the bytes.
 * Source: http://yann.lecun.com/exdb/mnist/, section "FILE FORMATS FOR THE MNIST DATABASE".
 *
 * @module
 */
import { gunzipSync } from "node:zlib";
import { Buffer } from "node:buffer";
import { DataError } from "./errors.ts";
import type { ImageSet } from "./dataset.ts";

/** An array of unsigned bytes as an idx file holds it. */
export interface IdxArray {
  /** Extents, outermost first: `[n,h,w]` or `[n,h,w,c]` of images, `[n]` of labels. */
  readonly shape: readonly number[];
  /** Elements, last dimension fastest. */
  readonly data: Uint8Array;
}

/** Advice for a damaged file whose origin the reader does not know. */
const REPLACE = "replace the file by an intact copy";

/** Most bytes that a gzip stream may hold; the largest file of a known data set has 47 MB. */
const MAX_PLAIN_BYTES = 2 ** 30;

/** Element type "unsigned byte" of an idx header. */
const UNSIGNED_BYTE = 0x08;

function hex(word: number): string {
  return `0x${word.toString(16).padStart(8, "0")}`;
}

/**
 * Undoes gzip where `bytes` begins with its magic number; other bytes come back as they are.
 *
 * @param limit Most bytes that may come out; a stream with more is not unpacked to its end.
 * @throws {DataError} When the stream is damaged or holds more.
 */
export function gunzipIfNeeded(
  bytes: Uint8Array,
  file: string,
  todo = REPLACE,
  limit = MAX_PLAIN_BYTES,
): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const packed = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  try {
    return new Uint8Array(gunzipSync(packed, { maxOutputLength: limit }));
  } catch (cause) {
    if (cause instanceof RangeError) {
      const expected = `a gzip stream of at most ${limit} bytes`;
      throw new DataError({ file, expected, found: "more", todo }, { cause });
    }
    const found = `a damaged one (${(cause as Error).message})`;
    throw new DataError({ file, expected: "a gzip stream", found, todo }, { cause });
  }
}

/**
 * Parses an idx array of unsigned bytes with `rank` dimensions, gzipped or not.
 *
 * @param bytes The whole file; the result may share its memory.
 * @param file Name for error messages.
 * @param rank Number of dimensions: 3 for grey images, 4 for colour images, 1 for labels.
 * @param todo Advice that ends the error messages.
 * @throws {DataError} On a damaged gzip stream, another magic number, or a length that does not
 * match the header.
 */
export function parseIdx(bytes: Uint8Array, file: string, rank: number, todo = REPLACE): IdxArray {
  const plain = gunzipIfNeeded(bytes, file, todo);
  const headerBytes = 4 + 4 * rank;
  if (plain.length < headerBytes) {
    const expected = `an idx header of ${headerBytes} bytes`;
    throw new DataError({ file, expected, found: `only ${plain.length} bytes`, todo });
  }
  const view = new DataView(plain.buffer, plain.byteOffset, plain.length);
  const magic = view.getUint32(0);
  const wanted = (UNSIGNED_BYTE << 8) | rank;
  if (magic !== wanted) {
    const expected = `magic number ${hex(wanted)} (unsigned bytes, dimensions: ${rank})`;
    throw new DataError({ file, expected, found: hex(magic), todo });
  }
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const elements = shape.reduce((product, extent) => product * extent, 1);
  const found = plain.length - headerBytes;
  if (found !== elements) {
    throw new DataError({
      file,
      expected: `${elements} data bytes (shape [${shape.join(",")}])`,
      found: found < elements ? `only ${found}: the file is truncated` : `${found}: it is too long`,
      todo,
    });
  }
  return { shape, data: plain.subarray(headerBytes) };
}

/** Reads and parses one idx file; see {@link parseIdx}. A missing file is a {@link DataError} too. */
export async function readIdx(path: string, rank: number, todo = REPLACE): Promise<IdxArray> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (cause) {
    const found = (cause as Error).message;
    throw new DataError({ file: path, expected: "a readable idx file", found, todo }, { cause });
  }
  return parseIdx(bytes, path, rank, todo);
}

/** What {@link joinImageSet} checks its two arrays against. */
export interface IdxExpectations {
  /** Name of the images file, for messages. */
  readonly imagesFile: string;
  /** Name of the labels file, for messages. */
  readonly labelsFile: string;
  /** Number of classes: labels are 0..classes-1. */
  readonly classes: number;
  /** Number of images, where it is known. */
  readonly count?: number;
  /** Advice that ends the error messages. */
  readonly todo?: string;
}

/**
 * Puts images `[n,h,w]` or `[n,h,w,c]` and labels `[n]` together into one {@link ImageSet}.
 *
 * @throws {DataError} When there are no images, they have other than 1 or 3 channels, the counts differ from each other or from
 * `expect.count`, or a label is no class.
 */
export function joinImageSet(
  images: IdxArray,
  labels: IdxArray,
  expect: IdxExpectations,
): ImageSet {
  const { imagesFile, labelsFile, classes, todo = REPLACE } = expect;
  const [count, height, width, channels = 1] = images.shape;
  if (images.data.length === 0) {
    const found = `shape [${images.shape.join(",")}]`;
    throw new DataError({ file: imagesFile, expected: "at least one pixel", found, todo });
  }
  if (channels !== 1 && channels !== 3) {
    const expected = "1 or 3 channels";
    throw new DataError({ file: imagesFile, expected, found: `${channels}`, todo });
  }
  if (expect.count !== undefined && count !== expect.count) {
    const expected = `${expect.count} images`;
    throw new DataError({ file: imagesFile, expected, found: `${count}`, todo });
  }
  if (labels.shape[0] !== count) {
    const expected = `${count} labels, one for each image of ${imagesFile},`;
    throw new DataError({ file: labelsFile, expected, found: `${labels.shape[0]}`, todo });
  }
  const wrong = labels.data.findIndex((label) => label >= classes);
  if (wrong >= 0) {
    const expected = `labels 0..${classes - 1}`;
    const found = `${labels.data[wrong]} at image ${wrong}`;
    throw new DataError({ file: labelsFile, expected, found, todo });
  }
  return { images: images.data, labels: labels.data, count, height, width, channels };
}
