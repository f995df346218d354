/**
 * Reading files of unknown origin: a link may lead to a device that never ends, and a size may be
 * meant to fill the memory.
 *
 * @module
 */

/**
 * Reads a whole file.
 *
 * @param limit Most bytes; a larger file is not read.
 * @throws The Deno.errors of the file system, or an Error whose message says what was found instead
 * of a regular file of that size.
 */
export function readBounded(path: string, limit: number): Uint8Array<ArrayBuffer> {
  const { isFile, size } = stat(path);
  if (!isFile) throw new Error("what is no regular file");
  if (size > limit) throw new Error(`${size} bytes, more than the ${limit} that are read`);
  return Deno.readFileSync(path);
}

/** As Deno.statSync, whose own words for a file that is missing repeat its path behind a number. */
function stat(path: string): Deno.FileInfo {
  try {
    return Deno.statSync(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) {
      throw new Deno.errors.NotFound("no such file", { cause });
    }
    throw cause;
  }
}

/** Reads a text as {@link readBounded} does; bytes that are no UTF-8 are refused, not replaced. */
export function readBoundedText(path: string, limit: number): string {
  const bytes = readBounded(path, limit);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error("bytes that are no UTF-8 text");
  }
}
