/**
 * Checks and parses event logs. Uses no file system, so that reports can parse a log wherever it came
 * from.
 *
 * @module
 */
import { StoreError } from "./errors.ts";
import { type RunEvent, runEventSchema } from "./events.ts";
import { describeIssue, refuseLaterVersion } from "./schema_check.ts";

/**
 * Parses one line of an event log.
 *
 * @param line The line without its line feed.
 * @param file Name of the log, for messages.
 * @param number 1-based line number, for messages.
 * @throws {StoreError} When the line is no JSON, no known event, or of a later schema version.
 */
export function parseEventLine(line: string, file: string, number: number): RunEvent {
  const fail = (found: string, cause: unknown): never => {
    throw new StoreError(
      `Expected an event in line ${number} of ${file} but found ${found}; ` +
        "restore the file from a copy, or delete the line to go on without it",
      file,
      { cause },
    );
  };
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    return fail(line.trim() === "" ? "an empty line" : "no valid JSON", cause);
  }
  refuseLaterVersion(value, file);
  const result = runEventSchema.safeParse(value);
  return result.success ? result.data : fail(describeIssue(result.error), result.error);
}

/** The contents of an event log. */
export interface ParsedEvents {
  /** All whole events, in order. */
  readonly events: RunEvent[];
  /** True when the last line was cut off by a crash; it is not among `events`. */
  readonly truncated: boolean;
}

/**
 * Parses a whole event log. A last line without a line feed that is no JSON was cut off by a crash:
 * it is left out and reported as `truncated`. An empty text is an empty log.
 *
 * @throws {StoreError} When any other line is damaged, or the first is no `run_started`.
 */
export function parseEvents(text: string, file: string): ParsedEvents {
  const lines = text.split("\n");
  const last = lines.pop()!;
  const events = lines.map((line, index) => parseEventLine(line, file, index + 1));
  // A proper beginning of a JSON object is never JSON: what parses here lacks only its line feed.
  const complete = last !== "" && isJson(last);
  if (complete) events.push(parseEventLine(last, file, lines.length + 1));
  if (events.length > 0 && events[0].type !== "run_started") {
    throw new StoreError(
      `Expected run_started in line 1 of ${file} but found ${events[0].type}; ` +
        "restore the beginning of the file from a copy",
      file,
    );
  }
  return { events, truncated: last !== "" && !complete };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
