/**
 * Writing and reading `events.jsonl` in a file.
 *
 * @module
 */
import { writeAll } from "../files/atomic.ts";
import { readBounded } from "../files/bounded.ts";
import { StoreError } from "./errors.ts";
import { type ParsedEvents, parseEvents } from "./event_schema.ts";
import { type RunEvent, runEventSchema } from "./events.ts";
import { describeIssue } from "./schema_check.ts";

export { type ParsedEvents, parseEventLine } from "./event_schema.ts";

const LINE_FEED = 0x0a;

/** A log may be this large, in bytes: some millions of events. */
const MAX_LOG_BYTES = 2 ** 29;

function readBytes(path: string): Uint8Array {
  try {
    return readBounded(path, MAX_LOG_BYTES);
  } catch (cause) {
    throw new StoreError(
      `Expected an event log at ${path} but found ${(cause as Error).message}; ` +
        "give the folder of a run",
      path,
      { cause },
    );
  }
}

/**
 * The text of a log. A last line that was cut off within a character is no text, so it stands as a
 * single mark that is no JSON; anything else that is no UTF-8 is refused.
 */
function decodeLog(bytes: Uint8Array, path: string): string {
  const end = bytes.lastIndexOf(LINE_FEED) + 1;
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let lines: string;
  try {
    lines = decoder.decode(bytes.subarray(0, end));
  } catch (cause) {
    throw new StoreError(
      `Expected UTF-8 text in ${path} but found other bytes; restore the file from a copy`,
      path,
      { cause },
    );
  }
  try {
    return lines + decoder.decode(bytes.subarray(end));
  } catch {
    return `${lines}\ufffd`;
  }
}

/**
 * Reads and checks a whole event log; see {@link parseEvents}.
 *
 * @returns The events, and `truncated: true` when a crash cut off the last line (it is left out).
 * @throws {StoreError} When the file is missing, a line is damaged (named by number), or the log was
 * written by a later version.
 */
export function readEvents(path: string): ParsedEvents {
  return parseEvents(decodeLog(readBytes(path), path), path);
}

function cannotAppend(path: string, cause: unknown): StoreError {
  return new StoreError(
    `Expected to append to ${path} but found ${(cause as Error).message}; make the file writable`,
    path,
    { cause },
  );
}

/** Bytes of the first `lines` lines of `bytes`, line feeds included. */
function bytesOfLines(bytes: Uint8Array, lines: number): number {
  let end = 0;
  for (let line = 0; line < lines; line++) {
    const next = bytes.indexOf(LINE_FEED, end);
    if (next < 0) return bytes.length;
    end = next + 1;
  }
  return end;
}

/**
 * Appends events to a log, one line each, at once: after {@link append} returns, the event outlives
 * a crash of the program; {@link flush} makes it outlive a crash of the machine.
 */
export class EventLogWriter implements Disposable {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  #size: number;
  #count: number;

  private constructor(path: string, file: Deno.FsFile, size: number, count: number) {
    this.#path = path;
    this.#file = file;
    this.#size = size;
    this.#count = count;
  }

  /**
   * Begins a new log; the first event to append is `run_started`.
   *
   * @throws {StoreError} When the file exists or cannot be made.
   */
  static create(path: string): EventLogWriter {
    try {
      const file = Deno.openSync(path, { write: true, createNew: true });
      return new EventLogWriter(path, file, 0, 0);
    } catch (cause) {
      const exists = cause instanceof Deno.errors.AlreadyExists;
      throw new StoreError(
        exists
          ? `Expected no event log at ${path} but found one; resume that run or begin another one`
          : `Expected to make ${path} but found ${(cause as Error).message}; ` +
            "choose a folder that can be written to",
        path,
        { cause },
      );
    }
  }

  /**
   * Begins a log anew, in place of one that may be there: that of a run that is started again.
   *
   * @throws {StoreError} When it cannot be written.
   */
  static restart(path: string): EventLogWriter {
    try {
      const file = Deno.openSync(path, { write: true, create: true, truncate: true });
      return new EventLogWriter(path, file, 0, 0);
    } catch (cause) {
      throw cannotAppend(path, cause);
    }
  }

  /**
   * Goes on with a log. A line that a crash cut off is removed.
   *
   * @param keep Events to keep, as {@link count} said when the checkpoint was written; later ones
   * are removed, because the resumed run makes them again. All are kept when left out.
   * @throws {StoreError} When the log is missing, damaged, or has fewer than `keep` events.
   */
  static resume(path: string, keep?: number): EventLogWriter {
    const bytes = readBytes(path);
    const { events } = parseEvents(decodeLog(bytes, path), path);
    const count = keep ?? events.length;
    if (!Number.isInteger(count) || count < 0 || count > events.length) {
      throw new StoreError(
        `Expected at least ${count} events in ${path} but found ${events.length}; ` +
          "resume from a checkpoint of the same run",
        path,
      );
    }
    const size = bytesOfLines(bytes, count);
    try {
      const file = Deno.openSync(path, { write: true });
      file.truncateSync(size);
      file.seekSync(size, Deno.SeekMode.Start);
      const writer = new EventLogWriter(path, file, size, count);
      if (size > 0 && bytes[size - 1] !== LINE_FEED) writer.#write("\n");
      return writer;
    } catch (cause) {
      throw cannotAppend(path, cause);
    }
  }

  /** Number of events in the log. */
  get count(): number {
    return this.#count;
  }

  /**
   * Appends one event.
   *
   * @throws {StoreError} When the event does not fit the schema (JSON has no NaN and no Infinity:
   * a run that diverged must say so in `run_finished`), the first event is no `run_started`, or
   * the disk is full; the log is then as before.
   */
  append(event: RunEvent): void {
    const checked = runEventSchema.safeParse(event);
    if (!checked.success) {
      throw new StoreError(
        `Expected a valid ${event.type} event for ${this.#path} but found ` +
          `${describeIssue(checked.error)}; the numbers of a run must be finite`,
        this.#path,
        { cause: checked.error },
      );
    }
    if (this.#count === 0 && event.type !== "run_started") {
      throw new StoreError(
        `Expected run_started as the first event of ${this.#path} but found ${event.type}; ` +
          "append run_started first",
        this.#path,
      );
    }
    this.#write(`${JSON.stringify(event)}\n`);
    this.#count++;
  }

  /** Has the operating system write everything to the disk. */
  flush(): void {
    this.#file.syncDataSync();
  }

  /** Flushes and closes the file; the writer is of no use afterwards. */
  close(): void {
    this.flush();
    this.#file.close();
  }

  /** Same as {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #write(text: string): void {
    const bytes = new TextEncoder().encode(text);
    try {
      writeAll(this.#file, bytes);
      this.#size += bytes.length;
    } catch (cause) {
      // Half a line would spoil the next one.
      this.#file.truncateSync(this.#size);
      this.#file.seekSync(this.#size, Deno.SeekMode.Start);
      throw new StoreError(
        `Expected to append to ${this.#path} but found ${(cause as Error).message}; ` +
          "free some space and resume the run",
        this.#path,
        { cause },
      );
    }
  }
}
