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

/** An unpacked archive may be this large, in bytes; the largest known one has 185 MB. */
const MAX_BYTES = 2 ** 30;

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
  let first = new Uint8Array(0);
  // A chunk may be as short as one byte, which tells no format.
  while (first.length < XZ_MAGIC.length) {
    const { done, value } = await reader.read();
    if (done) break;
    first = first.length === 0 ? value : new Uint8Array(Buffer.concat([first, value]));
  }
  if (first.length === 0) throw new Error("it is empty");
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
  limit: number,
): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  const start: number[] = [];
  let total = 0;
  let failure: Error | undefined;
  const fail = (error: Error) => failure ??= error;
  const parser = new Parser({
    strict: true,
    // What is packed twice would grow where nobody counts.
    brotli: false,
    zstd: false,
    onReadEntry(entry: ReadEntry) {
      const name = basename(entry.path);
      if (entry.type !== "File" || !wanted.has(name)) return entry.resume();
      if (found.has(name)) fail(new Error(`${name} is there twice`));
      // Collected as it comes: a header alone takes no memory, whatever size it claims.
      const chunks: Uint8Array[] = [];
      entry.on("data", (chunk) => chunks.push(chunk));
      entry.on("end", () => found.set(name, new Uint8Array(Buffer.concat(chunks))));
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
    if (start.length < 2) start.push(...chunk.subarray(0, 2 - start.length));
    if (start[0] === 0x1f && start[1] === 0x8b) throw new Error("it is packed twice");
    if ((total += chunk.length) > limit) throw new Error(`it holds more than ${limit} bytes`);
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
 * @param limit Most bytes of the unpacked archive; a larger one is not unpacked to its end.
 * @returns The bytes of every wanted file, by name; not verified.
 * @throws {DataError} When the archive is damaged or too large, or it lacks a wanted file.
 */
export async function readArchive(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  wanted: readonly string[],
  place: string,
  todo: string,
  limit: number = MAX_BYTES,
): Promise<Contents> {
  let found: Map<string, Uint8Array>;
  try {
    found = await collect(await decompress(stream), new Set(wanted), limit);
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
