/**
 * The command `train`.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import type { AnyCommand } from "./command.ts";
import type { Arc } from "../nas/space/mod.ts";
import type { SearchConfig } from "../nas/config/mod.ts";
import { resumableTraining } from "../nas/run/resume.ts";
import { runTrain, type RunTrainOptions, type TrainStart } from "../nas/search/run_train.ts";
import { findArc } from "./arc_argument.ts";
import { UsageError } from "./errors.ts";
import { TRAIN_FLAGS } from "./flags.ts";
import { needsData } from "./needs.ts";
import { noteTrainStart, printTrained } from "./outcome.ts";
import { printPlan } from "./planned.ts";
import { noteProfile } from "./profile.ts";
import { TrainProgress } from "./progress.ts";
import { tryReport } from "./report.ts";
import { noteInterrupted, resumed } from "./resume.ts";
import {
  addRunOptions,
  addSettingOptions,
  attemptRun,
  configOf,
  datasetsOf,
  followingRun,
  hooksOf,
  noteFollowed,
  recordOptionsOf,
  type RunFlags,
  runOptionValues,
} from "./run_options.ts";
import type { BuiltConfig } from "./settings.ts";

const ARC_FLAG = "--arc <FILE|TEXT|RUN>";

/** The command `train`; `exit` gets the exit code of a run that was interrupted. */
export function trainCommand(exit: (code: number) => void): AnyCommand {
  const command = new Command("train")
    .description(
      "Trains one architecture from new weights, keeps its accuracy on the validation images after " +
        "the last and after the best epoch, and reads the test images once, at the end.",
    )
    .option(
      ARC_FLAG,
      "the architecture: a file with one, its text, or a run whose best one it is, and whose data set, " +
        "sizes and training are taken where flags do not say otherwise",
    );
  addSettingOptions(command, TRAIN_FLAGS);
  addRunOptions(command);
  command
    .option("--dry-run", "only say what the run would take, as `plan` does")
    .addHelpText(
      "after",
      "\nCtrl-C ends the run after the present step, --resume goes on with it; twice, at once.",
    )
    .action(async (options, self) => exit(await train(runOptionValues.parse(options), self)));
  needsData(
    command,
    runOptionValues,
    (flags) => datasetsOf(flags, TRAIN_FLAGS, () => findArc(flags.arc ?? "", flags.space)),
  );
  return command;
}

/** A training that is to run: a new one, or the rest of one. */
interface Asked {
  readonly arc: Arc;
  readonly config: SearchConfig;
  readonly toUsage: BuiltConfig["toUsage"];
  /** What `runTrain` needs, beside its callbacks. */
  readonly options: (signal: AbortSignal) => RunTrainOptions;
}

/** The new training that the flags ask for; null where they only asked to see something. */
async function newTraining(given: RunFlags): Promise<Asked | null> {
  if (given.arc === undefined) {
    throw new UsageError(
      `Expected the flag ${ARC_FLAG} but found nothing; --help says what it is`,
    );
  }
  const named = findArc(given.arc, given.space);
  const { arc } = named;
  if (named.run !== undefined) noteFollowed(given, given.arc, named.run);
  const flags = followingRun(given, named);
  const built = await configOf(flags, TRAIN_FLAGS, named);
  if (built === null) return null;
  if (flags.dryRun) {
    await printPlan(flags, built, arc);
    return null;
  }
  const { config, toUsage } = built;
  const options = (signal: AbortSignal) => ({ ...recordOptionsOf(flags, config, signal), arc });
  return { arc, config, toUsage, options };
}

/** The rest of the training that `--resume` names. */
async function restOf(given: string, flags: RunFlags, command: AnyCommand): Promise<Asked> {
  const run = await resumed(given, command, { epochs: "final" }, resumableTraining);
  const { arc, config } = run;
  const options = (signal: AbortSignal) => ({ ...run, ...hooksOf(flags, config, signal) });
  return { arc, config, toUsage: (error) => error, options };
}

async function train(flags: RunFlags, command: AnyCommand): Promise<number> {
  const asked = flags.resume === undefined
    ? await newTraining(flags)
    : await restOf(flags.resume, flags, command);
  if (asked === null) return 0;
  const { arc, config, toUsage, options } = asked;
  const progress = new TrainProgress(config, flags.quiet ?? false);
  let begun: TrainStart | null = null;
  const { outcome, exitCode } = await attemptRun({
    flags,
    toUsage,
    start: (signal) =>
      runTrain({
        ...options(signal),
        onStart(start) {
          begun = start;
          if (!flags.quiet) noteTrainStart(start, arc, config);
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
  const { report, failure } = await tryReport(
    flags.report && began ? outcome.folder.path : null,
  );
  printTrained({ outcome, arc, report, json: flags.json ?? false });
  if (outcome.status === "interrupted") noteInterrupted("train", outcome.folder.path);
  if (failure !== null) throw failure;
  return outcome.status === "interrupted" ? exitCode ?? 130 : 0;
}
