/**
 * The command `train`.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { runTrain, type TrainStart } from "../nas/run_train.ts";
import { findArc } from "./arc_argument.ts";
import { TRAIN_FLAGS } from "./flags.ts";
import { noteTrainStart, printTrained } from "./outcome.ts";
import { printPlan } from "./planned.ts";
import { noteProfile } from "./profile.ts";
import { TrainProgress } from "./progress.ts";
import { shortPath, writeReport } from "./report.ts";
import {
  addRunOptions,
  addSettingOptions,
  attemptRun,
  configOf,
  recordOptionsOf,
  type RunFlags,
} from "./run_options.ts";
import { note } from "./terminal.ts";

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
  const named = findArc(flags.arc, flags.space);
  const { arc } = named;
  const built = await configOf(flags, TRAIN_FLAGS, named);
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
  noteProfile(outcome.folder);
  const began = outcome.trained !== null || progress.epochs > 0;
  const report = flags.report && began ? await writeReport([outcome.folder.path]) : null;
  printTrained({ outcome, arc, report, json: flags.json ?? false });
  if (outcome.status !== "interrupted") return 0;
  const path = shortPath(outcome.folder.path);
  note(`Interrupted; the run lies in ${path}, and \`deno task report ${path}\` shows it`);
  return exitCode ?? 130;
}
