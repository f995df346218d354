/**
 * The user's own images: a folder with one subfolder a class. They are decoded once and kept in the
 * cache folder until a file changes.
 *
 * @module
 */
import { join, resolve } from "node:path";
import type { DataOptions, Dataset, FetchResult } from "./dataset.ts";
import { DataError } from "./errors.ts";
import { sha256 } from "../files/digest.ts";
import { cacheFolders, storeFile } from "./files.ts";
import { counted } from "../text/words.ts";
import { contentsOf } from "./contents.ts";
import {
  type Extent,
  fingerprintOf,
  IMAGE_CACHE_VERSION,
  type Images,
  packImages,
  unpackImages,
} from "./folder_cache.ts";
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
  const { classNames, train, validation, test } = scan;
  const splits = [train, validation, test].map(describe);
  const content = [IMAGE_CACHE_VERSION, side, classNames, ...splits];
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
  readonly scan: FolderScan;
  readonly extent: Extent;
  /** Null where the images could not be cached. */
  readonly cache: { readonly folder: string; readonly file: string } | null;
}

/** A few of many, for a sentence. */
function some(names: readonly string[]): string {
  return `${names.slice(0, NAMED).join(", ")}${names.length > NAMED ? ", …" : ""}`;
}

/** Says what of a folder is not used, and what is used though it lies elsewhere. */
function sayOdd(path: string, { ignored, outside }: FolderScan, say: (text: string) => void): void {
  if (ignored.length > 0) {
    say(`Left out what is no image of a class, ${ignored.length} in ${path}: ${some(ignored)}`);
  }
  if (outside.length > 0) {
    const links = outside.map((link) => `${link.name} to ${link.path}`);
    say(`${counted(outside.length, "link")} out of ${path}, followed: ${some(links)}`);
  }
}

async function load(options: DataOptions, folders: readonly string[]): Promise<LoadedFolder> {
  const path = requireFrom("folder", options);
  const side = options.imageSize ?? 0;
  const say = options.onProgress ?? (() => {});
  const scan = await scanFolder(path);
  sayOdd(path, scan, say);
  const { prefix, file } = cacheNames(path, side, scan);
  const finish = (images: Images, fingerprint: string): Dataset => ({
    name: "folder",
    ...images,
    testNames: scan.test.map(({ name }) => name),
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
      const { fingerprint, images, extent } = unpackImages(bytes);
      return { dataset: finish(images, fingerprint), scan, extent, cache: { folder, file } };
    } catch (error) {
      say(`Decoding again, ${join(folder, file)} is of no use: ${(error as Error).message}`);
    }
  }
  const total = scan.train.length + scan.validation.length + scan.test.length;
  say(`Decoding ${counted(total, "image")} of ${path}`);
  const { extent, ...splits } = await decodeFolder(scan, side, say);
  const images = {
    classNames: scan.classNames,
    ...splits,
    ...(scan.validation.length === 0 ? {} : { validation: scan.validation.length }),
  };
  const fingerprint = fingerprintOf(images);
  const loaded = { dataset: finish(images, fingerprint), scan, extent };
  const folder = folders.at(0);
  if (folder === undefined) {
    say("The decoded images are not kept: neither HOME nor ENASLAB_DATA says where");
    return { ...loaded, cache: null };
  }
  try {
    storeFile(folder, file, packImages(images, fingerprint, extent));
    await removeOlder(folder, prefix, file);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    // The images are here; only the next run has to decode them again.
    say(`The decoded images are not kept: ${error.message}`);
    return { ...loaded, cache: null };
  }
  return { ...loaded, cache: { folder, file } };
}

/**
 * Loads the images of `options.from` (layouts: see {@link scanFolder}), each resized to
 * `options.imageSize` if that is given, from the cache where no file has changed since they were
 * decoded. What is left out is told to `options.onProgress`.
 *
 * @param folders Cache folders, the one to write to first.
 * @throws {DataError} When `from` is not given, the folder has another layout, a file is no intact
 * image, or sizes differ and no `imageSize` is given.
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
  const { dataset, scan, extent, cache } = await load(options, folders);
  return {
    name: "folder",
    folder: cache === null ? dataset.source!.path : cache.folder,
    how: "read",
    files: cache === null ? [] : [cache.file],
    contents: contentsOf(dataset, scan.testFolder ? "own" : "share", extent),
  };
}
