/**
 * How `search` and `train` go, whichever they record: a new run or the rest of one, Ctrl-C, the report,
 * the result, and the exit code.
 *
 * @module
 */
import { ConfigError, type SearchConfig } from "../nas/config/mod.ts";
import { isDiskFull } from "../nas/files/atomic.ts";
import { type RunFolder, StoreError } from "../nas/run/mod.ts";
import type { AnyCommand } from "./command.ts";
import { UsageError } from "./errors.ts";
import { Interrupt } from "./interrupt.ts";
import { noteProfile } from "./profile.ts";
import { tryReport } from "./report.ts";
import { noteInterrupted } from "./resume.ts";
import { addRunOptions, addSettingOptions, hooksOf, type RunFlags } from "./run_options.ts";
import type { SettingFlag } from "./flags.ts";
import type { BuiltConfig } from "./settings.ts";
import { note } from "./terminal.ts";

/** Adds the options and the help that commands with recorded runs have in common. */
export function addRecordedOptions(command: AnyCommand, flags: readonly SettingFlag[]): void {
  addSettingOptions(command, flags);
  addRunOptions(command);
  command
    .option("--dry-run", "only say what the run would take, as `plan` does")
    .addHelpText(
      "after",
      "\nCtrl-C ends the run after the present step, --resume goes on with it; twice, at once.",
    );
}

/** A run that is to be recorded: a new one, or the rest of one. */
export interface Asked<Options> {
  readonly config: SearchConfig;
  /** What the caller got wrong in the settings, in the words of the command line. */
  readonly toUsage: BuiltConfig["toUsage"];
  /** What the run needs, beside its callbacks. */
  readonly options: (signal: AbortSignal) => Options;
}

/** The rest of a run that was read for it. */
export function restOf<Run extends { readonly config: SearchConfig }>(
  run: Run,
  flags: RunFlags,
): Asked<Run & ReturnType<typeof hooksOf>> {
  const { config } = run;
  const options = (signal: AbortSignal) => ({ ...run, ...hooksOf(flags, config, signal) });
  return { config, toUsage: (error) => error, options };
}

/** What ends with a folder, orderly or interrupted. */
interface Ended {
  readonly folder: RunFolder;
  readonly status: string;
}

/** What {@link record} does. */
export interface Recorded<Outcome extends Ended> {
  readonly command: "search" | "train";
  readonly flags: RunFlags;
  readonly toUsage: BuiltConfig["toUsage"];
  /** Shows how the run goes. */
  readonly progress: {
    /** Called when Ctrl-C was pressed. */
    stopping(): void;
    /** Called when the run has ended, in whatever way, and before the program ends at once. */
    stop(): void;
  };
  /** Starts the run; it calls `begun` when it has begun. */
  readonly start: (signal: AbortSignal, begun: () => void) => Promise<Outcome>;
  /** Whether there is anything to report. */
  readonly reports: (outcome: Outcome) => boolean;
  /** Prints the result; `report` is the path of the report. */
  readonly print: (outcome: Outcome, report: string | null) => void;
}

/** Runs, writes the report, prints the result and returns the exit code. */
export async function record<Outcome extends Ended>(run: Recorded<Outcome>): Promise<number> {
  const { command, flags, reports, print } = run;
  const { outcome, exitCode } = await attempt(run);
  const { folder, status } = outcome;
  noteProfile(folder);
  const { report, failure } = await tryReport(
    flags.report && reports(outcome) ? folder.path : null,
  );
  // Of several seeds, only what all of them came to is a result.
  if (flags.seeds === undefined) print(outcome, report);
  if (status === "interrupted") noteInterrupted(command, folder.path);
  if (failure !== null) throw failure;
  return status === "interrupted" ? exitCode ?? 130 : 0;
}

/** Runs with Ctrl-C, and turns errors into words. */
async function attempt<Outcome extends Ended>(
  { flags, toUsage, progress, start }: Recorded<Outcome>,
): Promise<{ outcome: Outcome; exitCode: number | null }> {
  let begun = false;
  using interrupt = new Interrupt(
    () => {
      progress.stopping();
      note("Ending after the present step; Ctrl-C again ends at once");
    },
    () => progress.stop(),
  );
  try {
    const outcome = await start(interrupt.signal, () => begun = true);
    return { outcome, exitCode: interrupt.exitCode };
  } catch (error) {
    if (error instanceof ConfigError) throw toUsage(error);
    // Before a run has begun, only --out and --name, or --resume, can be wrong.
    if (error instanceof StoreError && !begun && !isDiskFull(error.cause)) {
      const name = flags.name === undefined ? "" : ` --name ${flags.name}`;
      const named = flags.resume === undefined ? `--out ${flags.out}${name}` : "--resume";
      throw new UsageError(`${error.message} (${named})`, { cause: error });
    }
    throw error;
  } finally {
    progress.stop();
  }
}
