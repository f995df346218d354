/**
 * The cache file of decoded images, and the fingerprint that verifies it.
 *
 * A file is one line of JSON (see {@link Header}) and then the bytes of training images, training
 * labels, test images, test labels.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { Dataset, ImageSet } from "./dataset.ts";

/** Version of the file format and of the decoding; raised when either changes. */
export const IMAGE_CACHE_VERSION = 2;

/** The sizes of a data set, in the order in which they are hashed. */
const sizesSchema = z.strictObject({
  classNames: z.array(z.string()),
  height: z.int().positive(),
  width: z.int().positive(),
  channels: z.union([z.literal(1), z.literal(3)]),
  train: z.int().positive(),
  test: z.int().positive(),
  // Left out where there are none, so that fingerprints stay those of earlier versions.
  validation: z.exactOptional(z.int().positive()),
});

const sideSchema = z.int().positive();
/** The sizes of the files themselves, before they are resized. */
const extentSchema = z.strictObject({
  least: z.tuple([sideSchema, sideSchema]),
  most: z.tuple([sideSchema, sideSchema]),
});

/** Smallest and largest height and width of the files of a folder, in pixels. */
export type Extent = z.infer<typeof extentSchema>;

const headerSchema = z.strictObject({
  format: z.literal("enaslab images"),
  version: z.literal(IMAGE_CACHE_VERSION),
  fingerprint: z.string(),
  sizes: sizesSchema,
  extent: extentSchema,
});

/** The line at the beginning of a cache file. */
export type Header = z.infer<typeof headerSchema>;

/** The header must end within this many bytes. */
const MAX_HEADER = 2 ** 20;

/** Class names and the splits; see {@link Dataset}. */
export type Images = Pick<Dataset, "classNames" | "train" | "test" | "validation">;

function sizesOf({ classNames, train, test, validation }: Images): Header["sizes"] {
  const { height, width, channels } = train;
  return sizesSchema.parse({
    classNames,
    height,
    width,
    channels,
    train: train.count,
    test: test.count,
    ...(validation === undefined ? {} : { validation }),
  });
}

/**
 * SHA-256, in lower-case hexadecimal, of class names, sizes, pixels and labels: what a training run
 * sees of a data set, wherever it lies.
 *
 * @param images Both splits must have one height, width and number of channels (1 or 3).
 */
export function fingerprintOf(images: Images): string {
  const hash = createHash("sha256").update(JSON.stringify(sizesOf(images)) + "\n");
  for (const { images: pixels, labels } of [images.train, images.test]) {
    hash.update(pixels).update(labels);
  }
  return hash.digest("hex");
}

/** The bytes of the cache file of `images`, whose fingerprint is given. */
export function packImages(images: Images, fingerprint: string, extent: Extent): Uint8Array {
  const header: Header = {
    format: "enaslab images",
    version: IMAGE_CACHE_VERSION,
    fingerprint,
    sizes: sizesOf(images),
    extent,
  };
  const { train, test } = images;
  const parts = [
    new TextEncoder().encode(JSON.stringify(header) + "\n"),
    train.images,
    train.labels,
    test.images,
    test.labels,
  ];
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/**
 * Reads a cache file; the result shares the memory of `bytes`.
 *
 * @returns The images, their fingerprint, which has been checked, and the sizes of their files.
 * @throws {Error} When the file has another version, is truncated or damaged; says which.
 */
export function unpackImages(
  bytes: Uint8Array,
): { readonly images: Images; readonly fingerprint: string; readonly extent: Extent } {
  const end = bytes.subarray(0, MAX_HEADER).indexOf(0x0a);
  if (end < 0) throw new Error("it has no header");
  const text = new TextDecoder().decode(bytes.subarray(0, end));
  let header: Header;
  try {
    header = headerSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error("its header is damaged or of another version", { cause });
  }
  const { fingerprint, extent, sizes: { classNames, height, width, channels, ...counts } } = header;
  const image = height * width * channels;
  const expected = end + 1 + (counts.train + counts.test) * (image + 1);
  if (bytes.length !== expected) {
    throw new Error(`it has ${bytes.length} bytes instead of ${expected}`);
  }
  let at = end + 1;
  const take = (length: number) => bytes.subarray(at, at += length);
  const split = (count: number): ImageSet => {
    const images = take(count * image);
    return { images, labels: take(count), count, height, width, channels };
  };
  const unpacked = {
    classNames,
    train: split(counts.train),
    test: split(counts.test),
    ...(counts.validation === undefined ? {} : { validation: counts.validation }),
  };
  if (fingerprintOf(unpacked) !== fingerprint) throw new Error("its bytes are damaged");
  const wrong = [unpacked.train, unpacked.test].some(({ labels }) =>
    labels.some((label) => label >= classNames.length)
  );
  if (wrong) throw new Error("it has labels without a class");
  return { images: unpacked, fingerprint, extent };
}
