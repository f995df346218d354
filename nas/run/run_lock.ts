/**
 * One process at a time on a run folder: a lock of the operating system on its file `lock`, which
 * ends with the process, however that ends. The file says who holds it.
 *
 * @module
 */
import { join } from "node:path";
import { z } from "zod";
import { writeAdvice, writeAll } from "../files/atomic.ts";
import { StoreError } from "./errors.ts";
import type { RunFolder } from "./run_folder.ts";

/** Who works on a run folder. */
export interface LockHolder {
  /** Process number. */
  readonly pid: number;
  /** Name of the machine. */
  readonly host: string;
  /** ISO 8601, UTC. */
  readonly since: string;
}

const holderSchema: z.ZodType<LockHolder> = z.object({
  pid: z.int(),
  host: z.string(),
  since: z.iso.datetime(),
});

/** A run folder that this process alone works on, until {@link release}. */
export class RunLock implements Disposable {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  #released = false;
  /** Who held the folder before and ended without giving it back; null where nobody did. */
  readonly before: LockHolder | null;

  private constructor(path: string, file: Deno.FsFile, before: LockHolder | null) {
    this.#path = path;
    this.#file = file;
    this.before = before;
  }

  /**
   * Takes the folder.
   *
   * @throws {StoreError} Where another process, or this one, works on it already; the message says
   * who. Also where the file cannot be written.
   */
  static take(folder: RunFolder): RunLock {
    const path = join(folder.path, "lock");
    for (;;) {
      const file = openLock(path);
      try {
        if (!file.tryLockSync(true)) throw heldBy(readHolder(path), folder);
        // Whoever held it may have deleted the file between opening and locking: then it is not the
        // file that the next process opens.
        if (!isSameFile(file, path)) {
          file.close();
          continue;
        }
        const before = readHolder(path);
        const own: LockHolder = {
          pid: Deno.pid,
          host: Deno.hostname(),
          since: new Date().toISOString(),
        };
        file.truncateSync(0);
        try {
          writeAll(file, new TextEncoder().encode(`${JSON.stringify(own)}\n`));
        } catch (cause) {
          // Nobody can be told who works here, so nobody does.
          if (before === null) Deno.removeSync(path);
          throw new StoreError(
            `Expected to lock ${path} but found ${(cause as Error).message}; ${writeAdvice(cause)}`,
            path,
            { cause },
          );
        }
        return new RunLock(path, file, before);
      } catch (error) {
        file.close();
        throw error;
      }
    }
  }

  /** Whether a process works on the folder now. */
  static isHeld(folder: RunFolder): boolean {
    let file: Deno.FsFile;
    try {
      file = Deno.openSync(join(folder.path, "lock"), { read: true });
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
    try {
      return !file.tryLockSync(false);
    } finally {
      file.close();
    }
  }

  /** Gives the folder back; the second time it does nothing. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    try {
      // Still locked, so that nobody holds what is deleted here.
      Deno.removeSync(this.#path);
    } catch (error) {
      // The folder was deleted, or made read-only, while the run went on.
      const gone = error instanceof Deno.errors.NotFound;
      if (!gone && !(error instanceof Deno.errors.PermissionDenied)) throw error;
    } finally {
      this.#file.close();
    }
  }

  /** Same as {@link release}. */
  [Symbol.dispose](): void {
    this.release();
  }
}

function openLock(path: string): Deno.FsFile {
  try {
    return Deno.openSync(path, { read: true, write: true, create: true });
  } catch (cause) {
    throw new StoreError(
      `Expected to lock ${path} but found ${(cause as Error).message}; ` +
        "choose a folder that can be written to",
      path,
      { cause },
    );
  }
}

function isSameFile(file: Deno.FsFile, path: string): boolean {
  try {
    const [open, named] = [file.statSync(), Deno.statSync(path)];
    return open.ino === named.ino && open.dev === named.dev;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Who wrote the file; null where nobody did, or not to the end. */
function readHolder(path: string): LockHolder | null {
  try {
    return holderSchema.parse(JSON.parse(Deno.readTextFileSync(path)));
  } catch {
    return null;
  }
}

function heldBy(holder: LockHolder | null, { path }: RunFolder): StoreError {
  const who = holder === null
    ? "another process"
    : `process ${holder.pid} on ${holder.host}, since ${holder.since}`;
  return new StoreError(
    `Expected to work on ${path} alone but found it in use by ${who}; wait for it to end, or end it`,
    path,
  );
}
