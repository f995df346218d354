/**
 * The user's own images: a folder with one subfolder a class. They are decoded once and kept in the
 * cache folder until a file changes.
 *
 * @module
 */
import { join, resolve } from "node:path";
import type { DataOptions, Dataset, FetchResult } from "./dataset.ts";
import { DataError } from "./errors.ts";
import { cacheFolders, sha256, storeFile } from "./files.ts";
import { fingerprintOf, IMAGE_CACHE_VERSION, packImages, unpackImages } from "./folder_cache.ts";
import { decodeFolder } from "./folder_decode.ts";
import { type FolderScan, scanFolder } from "./folder_scan.ts";

/** Names listed in the sentence on what is left out. */
const NAMED = 5;

/** The folder given with --from; `name` is the data set that needs one. */
export function requireFrom(name: string, { from }: DataOptions): string {
  if (from !== undefined) return resolve(from);
  throw new DataError({
    expected: `--from DIR with --dataset ${name}`,
    found: "none",
    todo: `give the folder of your images, e.g. --dataset ${name} --from DIR`,
  });
}

/** The cache folders of decoded images, the one to write to first. */
function imageCacheFolders(): string[] {
  return cacheFolders().map((folder) => join(folder, "images"));
}

function hashOf(value: unknown): string {
  return sha256(new TextEncoder().encode(JSON.stringify(value)));
}

/** Where a scan at one image size is cached: the files of one folder and size share `prefix`. */
function cacheNames(
  path: string,
  side: number,
  scan: FolderScan,
): { prefix: string; file: string } {
  const describe = (files: FolderScan["train"]) =>
    files.map(({ name, label, size, changed }) => [name, label, size, changed]);
  const { classNames, train, test } = scan;
  const content = [IMAGE_CACHE_VERSION, side, classNames, describe(train), describe(test)];
  const prefix = `${hashOf(path).slice(0, 16)}-${side}-`;
  return { prefix, file: `${prefix}${hashOf(content).slice(0, 32)}.images` };
}

/** Removes the cache files of earlier states of the same folder. */
async function removeOlder(folder: string, prefix: string, file: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    if (name.startsWith(prefix) && name.endsWith(".images") && name !== file) {
      await Deno.remove(join(folder, name));
    }
  }
}

/** A loaded folder and the cache file that holds it. */
interface LoadedFolder {
  readonly dataset: Dataset;
  readonly folder: string;
  readonly file: string;
}

async function load(options: DataOptions, folders: readonly string[]): Promise<LoadedFolder> {
  const path = requireFrom("folder", options);
  const side = options.imageSize ?? 0;
  const say = options.onProgress ?? (() => {});
  const scan = await scanFolder(path);
  if (scan.ignored.length > 0) {
    const { length } = scan.ignored;
    const names = scan.ignored.slice(0, NAMED).join(", ");
    const more = length > NAMED ? ", …" : "";
    say(`Left out what is no image of a class, ${length} in ${path}: ${names}${more}`);
  }
  const { prefix, file } = cacheNames(path, side, scan);
  const finish = (images: Pick<Dataset, "classNames" | "train" | "test">, fingerprint: string) => ({
    name: "folder",
    classNames: images.classNames,
    train: images.train,
    test: images.test,
    source: { path, fingerprint },
  });
  for (const folder of folders) {
    let bytes: Uint8Array;
    try {
      bytes = await Deno.readFile(join(folder, file));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue;
      say(`Decoding again, ${join(folder, file)} cannot be read: ${(error as Error).message}`);
      continue;
    }
    try {
      const { fingerprint, ...images } = unpackImages(bytes);
      return { dataset: finish(images, fingerprint), folder, file };
    } catch (error) {
      say(`Decoding again, ${join(folder, file)} is of no use: ${(error as Error).message}`);
    }
  }
  say(`Decoding ${scan.train.length + scan.test.length} images of ${path}`);
  const images = {
    classNames: scan.classNames,
    ...await decodeFolder(scan, side, say),
  };
  const fingerprint = fingerprintOf(images);
  const [folder] = folders;
  storeFile(folder, file, packImages(images, fingerprint));
  await removeOlder(folder, prefix, file);
  return { dataset: finish(images, fingerprint), folder, file };
}

/**
 * Loads the images of `options.from` (layouts: see {@link scanFolder}), each resized to
 * `options.imageSize` if that is given, from the cache where no file has changed since they were
 * decoded. What is left out is told to `options.onProgress`.
 *
 * @param folders Cache folders, the one to write to first.
 * @throws {DataError} When `from` is not given, the folder has another layout, a file is no intact
 * image, sizes differ and no `imageSize` is given, or the cache cannot be written.
 */
export async function loadFolder(
  options: DataOptions,
  folders: readonly string[] = imageCacheFolders(),
): Promise<Dataset> {
  return (await load(options, folders)).dataset;
}

/** Decodes the images of `options.from` into the cache, as {@link loadFolder} does. */
export async function fetchFolder(
  options: DataOptions,
  folders: readonly string[] = imageCacheFolders(),
): Promise<FetchResult> {
  const { folder, file } = await load(options, folders);
  return { name: "folder", folder, how: "read", files: [file] };
}
