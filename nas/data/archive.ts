/**
 * Reading files out of a tar archive, plain or compressed with gzip or xz. Nothing is unpacked onto
 * the disk: the wanted files are collected in memory and everything else is skipped.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { basename } from "node:path";
import { Parser, type ReadEntry } from "tar";
import * as xz from "xz-decompress";
import { DataError } from "./errors.ts";
import type { Contents } from "./files.ts";

/** A wanted file may be this large, in bytes; the largest one of a known data set has 154 MB. */
const MAX_FILE_BYTES = 2 ** 30;

/** The package is CommonJS; its types speak of named exports, which Deno puts under `default`. */
const { XzReadableStream } = (xz as unknown as { default: typeof xz }).default;

const XZ_MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];

/** The stream that remains when `first` has been read from `reader` already. */
function putBack(
  first: Uint8Array<ArrayBuffer>,
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start: (controller) => controller.enqueue(first),
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

/** Undoes gzip or xz, told apart by their first bytes; other streams come back as they are. */
async function decompress(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<ReadableStream<Uint8Array>> {
  const reader = stream.getReader();
  const { done, value: first } = await reader.read();
  if (done) throw new Error("it is empty");
  const rest = putBack(first, reader);
  if (first[0] === 0x1f && first[1] === 0x8b) {
    return rest.pipeThrough(new DecompressionStream("gzip"));
  }
  return XZ_MAGIC.every((byte, i) => first[i] === byte) ? new XzReadableStream(rest) : rest;
}

/** Feeds a whole tar stream to a parser; throws an Error on the first thing that is no tar. */
async function collect(
  stream: ReadableStream<Uint8Array>,
  wanted: ReadonlySet<string>,
): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  let failure: Error | undefined;
  const fail = (error: Error) => failure ??= error;
  const parser = new Parser({
    strict: true,
    onReadEntry(entry: ReadEntry) {
      const name = basename(entry.path);
      if (entry.type !== "File" || !wanted.has(name)) return entry.resume();
      if (entry.size > MAX_FILE_BYTES) {
        fail(new Error(`${name} claims ${entry.size} bytes`));
        return entry.resume();
      }
      const bytes = new Uint8Array(entry.size);
      let filled = 0;
      entry.on("data", (chunk) => {
        bytes.set(chunk, filled);
        filled += chunk.length;
      });
      entry.on("end", () => found.set(name, bytes));
    },
  });
  const ended = new Promise<void>((resolve) => {
    parser.on("end", resolve);
    parser.on("error", (error: Error) => {
      fail(error);
      resolve();
    });
  });
  for await (const chunk of stream) {
    parser.write(Buffer.from(chunk));
    if (failure) throw failure;
  }
  parser.end();
  await ended;
  if (failure) throw failure;
  return found;
}

/**
 * Reads files out of a tar archive (`.tar`, `.tar.gz`, `.tar.xz`; recognised by its bytes).
 *
 * @param stream The archive; read to its end, or cancelled where it is damaged.
 * @param wanted Names of the files, without folders; the folder in the archive does not matter.
 * @param place Path or address of the archive, for error messages.
 * @param todo Advice that ends the error messages.
 * @returns The bytes of every wanted file, by name; not verified.
 * @throws {DataError} When the archive is damaged or lacks a wanted file.
 */
export async function readArchive(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  wanted: readonly string[],
  place: string,
  todo: string,
): Promise<Contents> {
  let found: Map<string, Uint8Array>;
  try {
    found = await collect(await decompress(stream), new Set(wanted));
  } catch (cause) {
    throw new DataError({
      file: place,
      expected: "an intact tar archive, plain, .gz or .xz,",
      found: `a damaged one (${(cause as Error).message})`,
      todo,
    }, { cause });
  }
  const missing = wanted.filter((name) => !found.has(name));
  if (missing.length > 0) {
    const expected = `the files ${wanted.join(", ")}`;
    throw new DataError({ file: place, expected, found: `no ${missing.join(", ")}`, todo });
  }
  return found;
}
