/**
 * `--resume`: going on with a run that ended early.
 *
 * @module
 */
import type { AnyCommand } from "./command.ts";
import type { MoreEpochs, ResumableRun } from "../nas/run/resume.ts";
import { shellLine } from "../nas/text/shell_line.ts";
import { askedFor, UsageError, wholeNumber } from "./errors.ts";
import { findRun } from "./report.ts";
import { note } from "./terminal.ts";

/** Options, by the names that commander gives them, that leave the results of a run as they are. */
const ALLOWED = [
  "resume",
  "from",
  "memory",
  "profile",
  "report",
  "json",
  "quiet",
  "checkpoint",
  "offline",
];

/** The epochs that a flag of a command sets, by the names that commander gives to the flags. */
export type EpochFlags = Readonly<Record<string, keyof MoreEpochs>>;

/**
 * Reads the run that `--resume` names.
 *
 * @param given Its value: a path, or a name in `runs`.
 * @param epochFlags Flags with which a run may be given more epochs.
 * @param read What reads it.
 * @throws {UsageError} Where the command line also asks for other settings, or the run cannot go on.
 */
export async function resumed<Run extends Pick<ResumableRun, "resume">>(
  given: string,
  command: AnyCommand,
  epochFlags: EpochFlags,
  read: (path: string, more: MoreEpochs) => Run,
): Promise<Run> {
  const allowed = [...ALLOWED, ...Object.keys(epochFlags)];
  const other = command.options.find((option) => {
    const name = option.attributeName();
    return command.getOptionValueSource(name) === "cli" && !allowed.includes(name);
  });
  if (other !== undefined) {
    throw new UsageError(
      `Expected no ${other.long} with --resume, which goes on with the settings of the run and takes ` +
        `only more epochs, but found one; leave ${other.long} out, or begin a new run without --resume`,
    );
  }
  const more = Object.entries(epochFlags).flatMap(([name, part]) => {
    const { long } = command.options.find((option) => option.attributeName() === name)!;
    const text = command.getOptionValue(name) as string | undefined;
    return text === undefined ? [] : [[part, wholeNumber(long!, text, 1)]];
  });
  return await askedFor(() => read(findRun(given), Object.fromEntries(more)));
}

/** Says how to go on with a run that was interrupted; the path is good in any folder. */
export function noteInterrupted(command: "search" | "train", path: string): void {
  const run = shellLine([path]);
  note(
    `Interrupted; \`enaslab ${command} --resume ${run}\` goes on with it, and ` +
      `\`enaslab report ${run}\` shows what there is`,
  );
}
