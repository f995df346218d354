/**
 * Where data files lie, and whether they are the right ones.
 *
 * @module
 */
import { join } from "node:path";
import { writeFileAtomic } from "../files/atomic.ts";
import { sha256 } from "../files/digest.ts";
import { DataError } from "./errors.ts";

/** Name and SHA-256 (lower-case hexadecimal) of one published file. */
export interface KnownFile {
  /** File name inside its folder. */
  readonly file: string;
  /** SHA-256 of its bytes as published. */
  readonly sha256: string;
  /** Its size in bytes, where a message about a truncated file should give it. */
  readonly bytes?: number;
}

/** Bytes of files by their name. */
export type Contents = ReadonlyMap<string, Uint8Array>;

/**
 * The user's cache folder of enaslab: XDG on Linux, Library/Caches on macOS, LOCALAPPDATA on Windows; null
 * where the environment names no home either, as under some services.
 */
export function userCacheFolder(): string | null {
  const home = Deno.env.get("HOME") || Deno.env.get("USERPROFILE");
  const [chosen, usual] = {
    windows: [Deno.env.get("LOCALAPPDATA"), ["AppData", "Local"]] as const,
    darwin: [undefined, ["Library", "Caches"]] as const,
  }[Deno.build.os as string] ?? [Deno.env.get("XDG_CACHE_HOME"), [".cache"]] as const;
  const folder = chosen || (home && join(home, ...usual));
  return folder ? join(folder, "enaslab") : null;
}

/** The folders that may hold cached data sets, the one to write to first: $ENASLAB_DATA, the user's cache. */
export function cacheFolders(): string[] {
  const chosen = Deno.env.get("ENASLAB_DATA");
  return [chosen || null, userCacheFolder()].filter((folder) => folder !== null);
}

/** Whether `folder` holds a regular file of every name in `files`. Says nothing about their bytes. */
export function holdsFiles(folder: string, files: readonly KnownFile[]): boolean {
  return files.every(({ file }) => {
    try {
      return Deno.statSync(join(folder, file)).isFile;
    } catch (error) {
      // A folder that may not be looked into is not an empty one.
      if (error instanceof Deno.errors.NotCapable) throw error;
      return false;
    }
  });
}

/**
 * Throws a {@link DataError} unless `bytes` have the size of `known`, where it gives one, and hash to
 * `known.sha256`; `place` names where they came from.
 */
export function verifyBytes(
  bytes: Uint8Array,
  known: KnownFile,
  place: string,
  todo: string,
): void {
  if (known.bytes !== undefined && bytes.length !== known.bytes) {
    const verdict = bytes.length < known.bytes ? "the file is truncated" : "it is too long";
    throw new DataError({
      file: place,
      expected: `${known.bytes} bytes`,
      found: `${bytes.length}: ${verdict}`,
      todo,
    });
  }
  const found = sha256(bytes);
  if (found !== known.sha256) {
    throw new DataError({ file: place, expected: `SHA-256 ${known.sha256}`, found, todo });
  }
}

/**
 * Reads `known.file` from `folder` and checks its SHA-256.
 *
 * @throws {DataError} When the file is missing, unreadable or has other bytes; ends with `todo`.
 */
export async function readVerified(
  folder: string,
  known: KnownFile,
  todo: string,
): Promise<Uint8Array> {
  const path = join(folder, known.file);
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (cause) {
    const found = cause instanceof Deno.errors.NotFound ? "none" : (cause as Error).message;
    const expected = `the file ${known.file}`;
    throw new DataError({ file: folder, expected, found, todo }, { cause });
  }
  verifyBytes(bytes, known, path, todo);
  return bytes;
}

/** Reads all `files` of `folder`, each as {@link readVerified} does. */
export async function readAllVerified(
  folder: string,
  files: readonly KnownFile[],
  todo: string,
): Promise<Contents> {
  const contents = new Map<string, Uint8Array>();
  for (const known of files) contents.set(known.file, await readVerified(folder, known, todo));
  return contents;
}

/**
 * Writes `bytes` to `folder/file`, making the folder; the file appears whole or not at all.
 *
 * @throws {DataError} When the folder cannot be written to.
 */
export function storeFile(folder: string, file: string, bytes: Uint8Array): void {
  try {
    Deno.mkdirSync(folder, { recursive: true });
    writeFileAtomic(join(folder, file), bytes);
  } catch (cause) {
    throw new DataError({
      file: folder,
      expected: `to write ${file}`,
      found: (cause as Error).message,
      todo: "make the folder writable or set ENASLAB_DATA to another one",
    }, { cause });
  }
}
