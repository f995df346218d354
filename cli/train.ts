/**
 * The command `train`.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { type Arc, ArcError, parseArc } from "../nas/arc/mod.ts";
import { runTrain, type TrainStart } from "../nas/run_train.ts";
import { UsageError } from "./errors.ts";
import { TRAIN_FLAGS } from "./flags.ts";
import { openNamedRun } from "./named_run.ts";
import { noteTrainStart, printTrained } from "./outcome.ts";
import { printPlan } from "./planned.ts";
import { TrainProgress } from "./progress.ts";
import { findRun, shortPath, writeReport } from "./report.ts";
import {
  addRunOptions,
  addSettingOptions,
  attemptRun,
  configOf,
  recordOptionsOf,
  type RunFlags,
} from "./run_options.ts";
import { callerPath, note } from "./terminal.ts";

/** What the flags of `train` come to, beside those of the configuration. */
interface TrainFlags extends RunFlags {
  readonly arc: string;
  readonly dryRun?: true;
}

/** The command `train`; `exit` gets the exit code of a run that was interrupted. */
export function trainCommand(exit: (code: number) => void): Command {
  const command = new Command("train")
    .summary("train one architecture from scratch, write a report")
    .description(
      "Trains one architecture from new weights, keeps its accuracy on the validation images after " +
        "the last and after the best epoch, and reads the test images once, at the end.",
    )
    .requiredOption(
      "--arc <FILE|TEXT|RUN>",
      "the architecture: a file with one, its text, or a run whose best one it is",
    ) as unknown as Command;
  addSettingOptions(command, TRAIN_FLAGS);
  addRunOptions(command);
  command
    .option("--dry-run", "only say what the run would take, as `plan` does")
    .addHelpText(
      "after",
      "\nCtrl-C ends the run after the present step and keeps what was done; twice, at once.",
    )
    .action(async (options) => exit(await train(options as unknown as TrainFlags)));
  return command;
}

async function train(flags: TrainFlags): Promise<number> {
  const arc = findArc(flags.arc, flags.space);
  const built = await configOf(flags, TRAIN_FLAGS, arc);
  if (built === null) return 0;
  if (flags.dryRun) {
    await printPlan(flags, built, arc);
    return 0;
  }
  const { config } = built;
  const progress = new TrainProgress(config);
  let begun: TrainStart | null = null;
  const { outcome, exitCode } = await attemptRun({
    flags,
    built,
    start: (signal) =>
      runTrain({
        ...recordOptionsOf(flags, config, signal),
        arc,
        onStart(start) {
          begun = start;
          noteTrainStart(start, arc, config);
          progress.start(start);
        },
        onEvent: (event) => progress.event(event),
        onStep: () => progress.step(),
      }),
    begun: () => begun !== null,
    stopping: () => progress.stopping(),
    stop: () => progress.stop(),
  });
  const began = outcome.trained !== null || progress.epochs > 0;
  const report = flags.report && began ? await writeReport([outcome.folder.path]) : null;
  printTrained({ outcome, arc, report, json: flags.json ?? false });
  if (outcome.status !== "interrupted") return 0;
  const path = shortPath(outcome.folder.path);
  note(`Interrupted; the run lies in ${path}, and \`deno task report ${path}\` shows it`);
  return exitCode ?? 130;
}

/** The architecture that `--arc` names: in a file, in a run, or written out. */
export function findArc(given: string, space: string | undefined): Arc {
  const kind = space === "macro" || space === "micro" ? space : undefined;
  if (given.trim() === "") return parsed(given, kind, "");
  const path = callerPath(given);
  if (isFile(path)) return parsed(Deno.readTextFileSync(path), kind, ` in ${given}`);
  if (isFolder(findRun(given))) return bestArcOf(given);
  if (/^[\w./\\~-]*[a-zA-Z_/\\][\w./\\~-]*$/.test(given)) {
    throw new UsageError(
      `Expected --arc to be a file, a run or an architecture but found ${JSON.stringify(given)}, ` +
        "which is none; check the path",
    );
  }
  return parsed(given, kind, "");
}

function parsed(text: string, space: "macro" | "micro" | undefined, place: string): Arc {
  try {
    return parseArc(text, space);
  } catch (error) {
    if (!(error instanceof ArcError)) throw error;
    throw new UsageError(`${error.message} (--arc${place})`, { cause: error });
  }
}

function bestArcOf(run: string): Arc {
  const { events, config } = openNamedRun("--arc", run);
  const chosen = events.findLast((event) => event.type === "best_arc" || event.type === "trained");
  if (chosen === undefined || !("arc" in chosen)) {
    throw new UsageError(
      `Expected --arc to name a run that chose an architecture but found ${config.run}, which ended ` +
        "before; take an architecture of its arcs.csv",
    );
  }
  // A number of integers may fit both spaces; the settings of any version name theirs.
  const { space } = config.hyperparameters;
  return parseArc(chosen.arc, space === "macro" || space === "micro" ? space : undefined);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
