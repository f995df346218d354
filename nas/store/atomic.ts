/**
 * Files that appear whole or not at all, also when the program dies while writing.
 *
 * @module
 */

/**
 * Writes `data` to a temporary name beside `path`, flushes it to the disk and renames it to `path`,
 * replacing what was there.
 *
 * @param path File to write; its folder must exist.
 * @param data Bytes, or text to encode as UTF-8.
 * @throws The Deno.errors of the file system; no temporary file is left behind.
 */
export function writeFileAtomic(path: string, data: Uint8Array | string): void {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  const temporary = `${path}.${Deno.pid}-${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    const file = Deno.openSync(temporary, { write: true, createNew: true });
    try {
      writeAll(file, bytes);
      file.syncSync();
    } finally {
      file.close();
    }
    Deno.renameSync(temporary, path);
  } catch (error) {
    try {
      Deno.removeSync(temporary);
    } catch {
      // It was never made; the first error is the one to report.
    }
    throw error;
  }
}

/** Writes all of `bytes` at the file's position; a single `writeSync` may write fewer. */
export function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) {
    written += file.writeSync(bytes.subarray(written));
  }
}
