/**
 * `--resume`: going on with a run that ended early.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import type { ResumableRun } from "../nas/run/resume.ts";
import { askedFor, UsageError } from "./errors.ts";
import { findRun, shortPath } from "./report.ts";
import { note } from "./terminal.ts";

/** Options, by the names that commander gives them, that leave the results of a run as they are. */
const ALLOWED = ["resume", "from", "memory", "profile", "report", "json", "checkpoint"];

/**
 * Reads the run that `--resume` names.
 *
 * @param given Its value: a path, or a name in `runs`.
 * @param read What reads it.
 * @throws {UsageError} Where the command line also asks for other settings, or the run cannot go on.
 */
export async function resumed<Run extends Pick<ResumableRun, "resume">>(
  given: string,
  command: Command,
  read: (path: string) => Run,
): Promise<Run> {
  const other = command.options.find((option) => {
    const name = option.attributeName();
    return command.getOptionValueSource(name) === "cli" && !ALLOWED.includes(name);
  });
  if (other !== undefined) {
    throw new UsageError(
      `Expected no ${other.long} with --resume, which goes on with the settings of the run, but ` +
        `found one; leave ${other.long} out, or begin a new run without --resume`,
    );
  }
  return await askedFor(() => read(findRun(given)));
}

/** Says how to go on with a run that was interrupted. */
export function noteInterrupted(command: "search" | "train", path: string): void {
  const run = shortPath(path);
  note(
    `Interrupted; \`deno task ${command} --resume ${run}\` goes on with it, and ` +
      `\`deno task report ${run}\` shows what there is`,
  );
}
