/**
 * Reading published files from the place that the user names with `--from`.
 *
 * @module
 */
import { basename, join } from "node:path";
import { readArchive } from "./archive.ts";
import { DataError } from "./errors.ts";
import {
  type Contents,
  holdsFiles,
  type KnownFile,
  readAllVerified,
  verifyBytes,
} from "./files.ts";

/** The files of one data set, and the folder in which their authors pack them. */
export interface PublishedFiles {
  /** Name of the data set. */
  readonly name: string;
  /** The files, with hashes. */
  readonly files: readonly KnownFile[];
  /** Folder in the authors' archive, e.g. `cifar-10-batches-bin`; absent where there is none. */
  readonly subfolder?: string;
}

/**
 * Reads and verifies all files of `published` from a folder that holds them, from a folder that
 * holds their subfolder, or from a tar archive (plain, gzip or xz).
 *
 * @param from Path of the folder or archive.
 * @throws {DataError} When `from` does not exist, lacks a file, or a file has other bytes.
 */
export async function readFrom(from: string, published: PublishedFiles): Promise<Contents> {
  const { name, files, subfolder } = published;
  const names = files.map(({ file }) => file);
  const todo = `give --from a folder or tar archive with intact copies of ${names.join(", ")}`;
  let info: Deno.FileInfo;
  try {
    info = await Deno.stat(from);
  } catch (cause) {
    const found = cause instanceof Deno.errors.NotFound ? "none" : (cause as Error).message;
    throw new DataError({
      file: from,
      expected: `the files of ${name}: a folder or tar archive`,
      found,
      todo,
    }, { cause });
  }
  if (info.isDirectory) {
    const inside = subfolder === undefined ? from : join(from, subfolder);
    const folder = holdsFiles(inside, files) ? inside : from;
    return await readAllVerified(folder, files, todo);
  }
  const archive = await Deno.open(from);
  const contents = await readArchive(archive.readable, names, from, todo);
  for (const known of files) {
    const place = `${known.file} of ${basename(from)}`;
    verifyBytes(contents.get(known.file)!, known, place, todo);
  }
  return contents;
}
