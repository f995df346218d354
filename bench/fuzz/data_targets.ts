/**
 * Readers of images and archives under damaged files.
 *
 * @module
 */
import fc from "fast-check";
import { readArchive } from "../../nas/data/archive.ts";
import { parseCifar } from "../../nas/data/cifar.ts";
import { DataError } from "../../nas/data/errors.ts";
import { fingerprintOf, packImages, unpackImages } from "../../nas/data/folder_cache.ts";
import { joinImageSet, parseIdx } from "../../nas/data/idx.ts";
import { decodeImage } from "../../nas/data/image_file.ts";
import {
  bytesOf,
  gzip,
  idxFile,
  picture,
  plainBmp,
  plainPng,
  regzip,
  repairPng,
  repairTar,
  tarFile,
  XZ_ARCHIVE,
} from "./files.ts";
import { type FuzzTarget, promise } from "./target.ts";

const ADVICE = "get another one";
const product = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

const idx = {
  property: "An idx file is refused, or holds as many bytes as its shape says",
  errors: [DataError],
  inputs: fc.uint8Array({ maxLength: 60 }).map((tail) => Uint8Array.of(0, 0, 8, 3, ...tail)),
  read(bytes: Uint8Array) {
    const { shape, data } = parseIdx(bytes, "x", 3);
    promise(shape.length === 3 && data.length === product(shape), "another size than the shape's");
    const labels = { shape: [shape[0]], data: new Uint8Array(data.length === 0 ? 0 : shape[0]) };
    const set = joinImageSet({ shape, data }, labels, {
      ...{ imagesFile: "x", labelsFile: "y", classes: 10 },
    });
    promise(set.images.length === set.count * set.height * set.width * set.channels, "a torn set");
  },
} satisfies Partial<FuzzTarget>;

const cifar: FuzzTarget = {
  name: "cifar",
  property: "A CIFAR file is refused, or every record has labels that exist and its own pixels",
  samples: [recordsOf([3, 9]), recordsOf([0])],
  errors: [DataError],
  read(bytes) {
    const set = parseCifar([{ file: "x", bytes }], [10], ADVICE);
    promise(set.count * 3073 === bytes.length, "another number of records");
    promise(set.labels.every((label, n) => label < 10 && label === bytes[3073 * n]), "labels");
    promise(set.images.length === set.count * 3072, "another number of pixels");
    const last = set.count - 1;
    promise(set.images[3072 * last + 1] === bytes[3073 * last + 1 + 1024], "moved pixels");
  },
};

function recordsOf(labels: readonly number[]): Uint8Array {
  const bytes = Uint8Array.from({ length: 3073 * labels.length }, (_, i) => (7 * i) % 251);
  labels.forEach((label, n) => bytes[3073 * n] = label);
  return bytes;
}

const image = {
  errors: [DataError],
  async read(bytes: Uint8Array) {
    const { width, height, rgb } = await decodeImage(bytes, "x.png");
    promise(rgb.length === 3 * width * height && rgb.length > 0, "another size");
  },
} satisfies Partial<FuzzTarget>;

const cacheImages = {
  classNames: ["a", "b"],
  train: { images: idxFile([4, 3, 1]).subarray(16), labels: Uint8Array.of(0, 1), count: 2 },
  test: { images: idxFile([2, 3, 1]).subarray(16), labels: Uint8Array.of(1), count: 1 },
};
const sized = { height: 2, width: 3, channels: 1 } as const;
const cached = {
  classNames: cacheImages.classNames,
  train: { ...cacheImages.train, ...sized },
  test: { ...cacheImages.test, ...sized },
};

async function readTar(bytes: Uint8Array): Promise<void> {
  const stream = new Response(new Uint8Array(bytes)).body!;
  const found = await readArchive(stream, ["a.bin"], "x.tar", ADVICE);
  const names = [...found.keys()];
  promise(names.length === 1 && names[0] === "a.bin", `the files ${JSON.stringify(names)}`);
}

const archive = tarFile({ "folder/a.bin": bytesOf("tiny contents\n"), "b.txt": bytesOf("more") });
const tar = {
  property: "An archive is refused, or gives the wanted files and no others",
  errors: [DataError],
  read: readTar,
} satisfies Partial<FuzzTarget>;

/** Targets of nas/data. */
export const DATA_TARGETS: readonly FuzzTarget[] = [
  { ...idx, name: "idx", samples: [idxFile([3, 4, 5]), idxFile([1, 1, 1])] },
  { ...idx, name: "idx.gz", samples: [gzip(idxFile([3, 4, 5]))], repair: regzip },
  cifar,
  {
    ...image,
    name: "png",
    property: "A PNG is refused, or gives all of its pixels; behind right checksums too",
    samples: [plainPng(7, 5), picture("image/png", 6, 4)],
    repair: repairPng,
  },
  {
    ...image,
    name: "jpeg",
    property: "A JPEG, which has no checksum, is refused, or gives pixels of one size",
    samples: [picture("image/jpeg", 16, 9)],
    weight: 0.5,
  },
  {
    ...image,
    name: "webp",
    property: "A WebP, which has no checksum, is refused, or gives pixels of one size",
    samples: [picture("image/webp", 16, 9)],
    weight: 0.5,
  },
  {
    ...image,
    name: "bmp",
    property: "A BMP is refused, or gives all of its pixels",
    samples: [plainBmp(7, 5)],
  },
  { ...tar, name: "tar", samples: [archive], repair: repairTar },
  { ...tar, name: "tar.gz", samples: [gzip(archive)], repair: regzip },
  { ...tar, name: "tar.xz", samples: [XZ_ARCHIVE], weight: 0.5 },
  {
    name: "image cache",
    property: "A cache of decoded images is refused, or is the one that was written",
    samples: [packImages(cached, fingerprintOf(cached), { least: [2, 3], most: [9, 9] })],
    errors: [Error],
    json: true,
    read(bytes) {
      const { fingerprint, images } = unpackImages(bytes);
      promise(fingerprint === fingerprintOf(images), "another fingerprint");
    },
  },
];
