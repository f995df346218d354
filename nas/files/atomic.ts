/**
 * Files that appear whole or not at all, also when the program dies while writing.
 *
 * @module
 */

/** Whether an operation of the file system failed for want of space. */
export function isDiskFull(cause: unknown): boolean {
  return (cause as { code?: unknown } | null)?.code === "ENOSPC";
}

/** What to do about a write that failed: space can be made on a full disk, another place elsewhere. */
export function writeAdvice(cause: unknown): string {
  return isDiskFull(cause)
    ? "free some space, and go on with a run that has begun by --resume"
    : "choose a folder that can be written to";
}

/** Throws where `path` is a device, a pipe or a folder, which a rename would put a file in place of. */
function refuseSpecial(path: string): void {
  let found: Deno.FileInfo;
  try {
    found = Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  if (!found.isFile) throw new Error("something there that is no file");
}

/**
 * Writes `data` to a temporary name beside `path`, flushes it to the disk and renames it to `path`,
 * replacing what was there.
 *
 * @param path File to write; its folder must exist.
 * @param data Bytes, or text to encode as UTF-8.
 * @throws The Deno.errors of the file system, and an Error where something else than a file lies at
 * `path`; no temporary file is left behind.
 */
export function writeFileAtomic(path: string, data: Uint8Array | string): void {
  refuseSpecial(path);
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
