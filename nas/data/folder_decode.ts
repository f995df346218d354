/**
 * Decoding the images of a scanned folder, one after another, into sets of one size.
 *
 * @module
 */
import type { ImageSet } from "./dataset.ts";
import type { Extent } from "./folder_cache.ts";
import { DataError } from "./errors.ts";
import type { FolderScan, ImageFile } from "./folder_scan.ts";
import { decodeImage } from "./image_file.ts";
import { resizeImages } from "./resize.ts";

/** Most bytes of pixels of one split; a larger one is refused before memory runs out. */
const MAX_SPLIT_BYTES = 2 ** 31;

/** One image at its final size, three channels. */
interface SizedImage {
  readonly height: number;
  readonly width: number;
  readonly rgb: Uint8Array;
  readonly grey: boolean;
  /** Of the file, before it was resized: `[height, width]`. */
  readonly own: readonly [number, number];
}

/** Reads and decodes one file, and resizes it unless `side` is 0. */
async function readImage({ path }: ImageFile, side: number): Promise<SizedImage> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (cause) {
    const found = (cause as Error).message;
    const todo = "make it readable or remove it";
    throw new DataError({ file: path, expected: "a readable image", found, todo }, { cause });
  }
  const { height, width, rgb, grey } = await decodeImage(bytes, path);
  const own = [height, width] as const;
  if (side === 0) return { height, width, rgb, grey, own };
  const labels = Uint8Array.of(0);
  const single: ImageSet = { images: rgb, labels, count: 1, height, width, channels: 3 };
  return { height: side, width: side, rgb: resizeImages(single, side).images, grey, own };
}

/** Keeps the first of each three bytes. */
function firstChannel(set: ImageSet): ImageSet {
  const images = new Uint8Array(set.images.length / 3);
  for (let i = 0; i < images.length; i++) images[i] = set.images[3 * i];
  return { ...set, images, channels: 1 };
}

/** The splits of a folder. */
export interface DecodedFolder {
  /** Training images, then those for validation. */
  readonly train: ImageSet;
  /** Test images. */
  readonly test: ImageSet;
  /** Sizes of the files themselves. */
  readonly extent: Extent;
}

/**
 * Decodes all images of `scan`, holding one file at a time beside the result. The result has one
 * channel when every image is grey, else three.
 *
 * @param side Rows and columns to which each whole image is resized by area averaging, whatever its
 * proportions; 0 leaves the images as they are, and then all must have one size.
 * @param onProgress Called with a sentence now and then.
 * @throws {DataError} When a file cannot be read or decoded, sizes differ though `side` is 0, or the
 * pixels would take more than 2 GiB.
 */
export async function decodeFolder(
  scan: FolderScan,
  side: number,
  onProgress: (sentence: string) => void,
): Promise<DecodedFolder> {
  const pool = [...scan.train, ...scan.validation];
  const total = pool.length + scan.test.length;
  const least: [number, number] = [Infinity, Infinity];
  const most: [number, number] = [0, 0];
  let first: { readonly path: string; readonly height: number; readonly width: number } | undefined;
  let allGrey = true;
  let done = 0;
  const decodeSplit = async (files: readonly ImageFile[]): Promise<ImageSet> => {
    let images = new Uint8Array();
    for (const [n, file] of files.entries()) {
      const { height, width, rgb, grey, own } = await readImage(file, side);
      own.forEach((length, axis) => {
        least[axis] = Math.min(least[axis], length);
        most[axis] = Math.max(most[axis], length);
      });
      first ??= { path: file.path, height, width };
      if (height !== first.height || width !== first.width) {
        throw new DataError({
          file: file.path,
          expected: `${first.width}x${first.height} pixels, the size of ${first.path},`,
          found: `${width}x${height}`,
          todo: "resize all images with --image-size N",
        });
      }
      if (n === 0) {
        const bytes = files.length * rgb.length;
        if (bytes > MAX_SPLIT_BYTES) {
          throw new DataError({
            expected: `at most ${MAX_SPLIT_BYTES} bytes of pixels`,
            found: `${bytes} (${files.length} images of ${width}x${height})`,
            todo: "make the images smaller with --image-size N",
          });
        }
        images = new Uint8Array(bytes);
      }
      images.set(rgb, n * rgb.length);
      allGrey &&= grey;
      if (++done % 5000 === 0) onProgress(`Decoded ${done} of ${total} images`);
    }
    const { height, width } = first!;
    const labels = Uint8Array.from(files, ({ label }) => label);
    return { images, labels, count: files.length, height, width, channels: 3 };
  };
  const train = await decodeSplit(pool);
  const test = await decodeSplit(scan.test);
  const extent = { least, most };
  return allGrey
    ? { train: firstChannel(train), test: firstChannel(test), extent }
    : { train, test, extent };
}
