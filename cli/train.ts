/**
 * The command `train`.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import type { AnyCommand } from "./command.ts";
import { type Arc, formatArc } from "../nas/space/mod.ts";
import { resumableTraining } from "../nas/run/resume.ts";
import { runTrain, type RunTrainOptions } from "../nas/search/run_train.ts";
import { findArc } from "./arc_argument.ts";
import { UsageError } from "./errors.ts";
import { TRAIN_FLAGS } from "./flags.ts";
import { needsData } from "./needs.ts";
import { noteTrainStart, printTrained } from "./outcome.ts";
import { printPlan } from "./planned.ts";
import { TrainProgress } from "./progress.ts";
import { addRecordedOptions, type Asked, record, restOf } from "./recorded.ts";
import { resumed } from "./resume.ts";
import {
  configOf,
  datasetsOf,
  followingRun,
  noteFollowed,
  recordOptionsOf,
  type RunFlags,
  runOptionValues,
} from "./run_options.ts";
import { runSeeds } from "./seeds.ts";

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
  addRecordedOptions(command, TRAIN_FLAGS);
  command
    .action(async (options, self) => exit(await train(runOptionValues.parse(options), self)));
  needsData(
    command,
    runOptionValues,
    (flags) => datasetsOf(flags, TRAIN_FLAGS, () => findArc(flags.arc ?? "", flags.space)),
  );
  return command;
}

/** A training that is to run. */
interface AskedTraining extends Asked<RunTrainOptions> {
  readonly arc: Arc;
}

/** The new training that the flags ask for; null where they only asked to see something. */
async function newTraining(given: RunFlags): Promise<AskedTraining | null> {
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

/** The rest of a training that was read for it. */
function restOfTraining(
  run: ReturnType<typeof resumableTraining>,
  flags: RunFlags,
): AskedTraining {
  return { ...restOf(run, flags), arc: run.arc };
}

async function train(flags: RunFlags, command: AnyCommand): Promise<number> {
  if (flags.seeds !== undefined) {
    return await runSeeds<AskedTraining>(flags, flags.seeds, {
      command: "train",
      begin: newTraining,
      givenTo: ({ arc }) => ({ arc: formatArc(arc) }),
      goOn: (path, ofSeed) => restOfTraining(resumableTraining(path), ofSeed),
      perform,
    });
  }
  const epochs = { epochs: "final" } as const;
  const asked = flags.resume === undefined
    ? await newTraining(flags)
    : restOfTraining(await resumed(flags.resume, command, epochs, resumableTraining), flags);
  return asked === null ? 0 : await perform(asked, flags);
}

/** Trains to the end; returns the exit code. */
async function perform(asked: AskedTraining, flags: RunFlags): Promise<number> {
  const { arc, config, toUsage, options } = asked;
  const progress = new TrainProgress(config, flags.quiet ?? false);
  return await record({
    ...{ command: "train", flags, toUsage, progress },
    start: (signal, begun) =>
      runTrain({
        ...options(signal),
        onStart(start) {
          begun();
          if (!flags.quiet) noteTrainStart(start, arc, config);
          progress.start(start);
        },
        onEvent: (event) => progress.event(event),
        onStep: () => progress.step(),
      }),
    reports: ({ trained }) => trained !== null || progress.epochs > 0,
    print: (outcome, report) => printTrained({ outcome, arc, report, json: flags.json ?? false }),
  });
}
