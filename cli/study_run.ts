/**
 * The commands of studies that train.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { z } from "zod";
import { type AnyCommand, switchOption, textOption } from "./command.ts";
import { getPreset } from "../nas/config/mod.ts";
import { loadDataset } from "../nas/data/mod.ts";
import { close, openBackend } from "../nas/run/open_backend.ts";
import { type PredictedTrials, predictTrials } from "../nas/trials/predict.ts";
import { testImages } from "../study/kit/scales.ts";
import { runStudy, type StudyOutcome } from "../study/run.ts";
import type { Study, StudySettings } from "../study/study.ts";
import { counted } from "../nas/text/words.ts";
import { Failure } from "./errors.ts";
import { gpu } from "./gpu.ts";
import { Interrupt } from "./interrupt.ts";
import { needsData } from "./needs.ts";
import { OFFLINE } from "./run_options.ts";
import { addStudyFlags, commandOf, settingsOf, studyFlags } from "./study_flags.ts";
import { printStudy, printStudyJson, writeStudy } from "./study_output.ts";
import { StudyProgress } from "./study_progress.ts";
import { callerPath, duration, note, onStdout, print, printJson } from "./terminal.ts";

/** What the caller typed. */
const trainingFlags = z.object({
  ...studyFlags.shape,
  out: textOption,
  dryRun: switchOption,
  soFar: switchOption,
  retry: switchOption,
  report: z.boolean(),
  json: switchOption,
});
type Flags = z.infer<typeof trainingFlags>;

/** The command of one study; `exit` gets the exit code of one that was interrupted. */
export function trainingStudyCommand(study: Study, exit: (code: number) => void): AnyCommand {
  const command = new Command(study.name).summary(study.summary).description(
    `${study.summary[0].toUpperCase()}${study.summary.slice(1)}. The same command goes on with a ` +
      "study that was ended early; several processes share one that runs.",
  );
  addStudyFlags(command, study);
  command
    .optionsGroup("Run:")
    .option("--out <FOLDER>", `folder of the study (default: studies/${study.name}-SCALE)`)
    .option("--dry-run", "only say which trials it takes and how long they will take")
    .option("--so-far", "do no trial; only make the page from those that are done")
    .option("--retry", "try trials again that failed")
    .option("--no-report", "leave out report.html")
    .option("--json", "print the result as JSON on stdout")
    .option("--offline", OFFLINE)
    .action(async (options) => exit(await run(study, trainingFlags.parse(options))));
  needsData(
    command,
    trainingFlags,
    (flags) => flags.dryRun || flags.soFar ? [] : settingsOf(study, flags).datasets,
  );
  return command;
}

async function run(study: Study, flags: Flags): Promise<number> {
  const settings = settingsOf(study, flags);
  if (flags.dryRun) {
    await dryRun(study, settings, flags.json ?? false);
    return 0;
  }
  const path = callerPath(flags.out ?? `studies/${study.name}-${settings.scale}`);
  const progress = new StudyProgress(study.forecast(settings));
  using interrupt = new Interrupt(
    () => note("Ending; the trial at hand will be done anew. Ctrl-C again ends at once"),
    () => progress.stop(),
  );
  const device = new LazyDevice(settings);
  const outcome = await runStudy({
    ...{ study, settings, path, signal: interrupt.signal, load: loadDataset },
    command: commandOf(study, settings),
    soFar: flags.soFar ?? false,
    retry: flags.retry ?? false,
    open: () => device.open(),
    onEvent: (event) => progress.see(event),
    onProgress: (share) => progress.share(share),
  }).finally(() => {
    progress.stop();
    return device.close();
  });
  const page = await writeStudy(outcome.report, path, flags.report);
  if (flags.json) printStudyJson(outcome.report, page);
  else printStudy(outcome.report, page);
  return ending(outcome, interrupt.exitCode);
}

/** The device of a study, opened when it is needed. */
class LazyDevice {
  #opened: Awaited<ReturnType<typeof openBackend>> | null = null;

  constructor(readonly settings: StudySettings) {}

  async open() {
    return this.#opened ??= await openBackend(deviceOf(this.settings), { gpu, note });
  }

  async close(): Promise<void> {
    if (this.#opened !== null) await close(this.#opened.backend);
  }
}

/** Where children are computed: the setting `device` of the searches. */
function deviceOf({ overrides }: StudySettings): "gpu" | "cpu" {
  const device = overrides.device ?? getPreset("quick").config.device;
  return device === "cpu" ? "cpu" : "gpu";
}

/** Says how a study ended, and returns the exit code. */
function ending({ status, waiting, failed }: StudyOutcome, exitCode: number | null): number {
  if (status === "completed") return 0;
  if (status === "interrupted") {
    note(
      `${counted(waiting, "trial")} ${waiting === 1 ? "is" : "are"} left as far as is known; the ` +
        `same command goes on with ${waiting === 1 ? "it" : "them"}`,
    );
    return exitCode ?? 130;
  }
  const list = failed.map(({ trial, message }) => `${trial.id}: ${message}`).join("\n");
  throw new Failure(
    `Expected every trial to be done but ${failed.length} failed; the report leaves them out, ` +
      `--retry tries them again\n${list}`,
  );
}

/** What a study will take on this device. */
export interface StudyTime {
  readonly trials: readonly PredictedTrials[];
  readonly seconds: number;
  /** What the device says of itself. */
  readonly adapter: string;
}

/** Predicts the time of a study from measurements, for about half a minute. */
export async function predictStudy(study: Study, settings: StudySettings): Promise<StudyTime> {
  const { backend, adapter } = await openBackend(deviceOf(settings), { gpu, note });
  try {
    const trials = await predictTrials(study.forecast(settings), {
      backend,
      testImages: (available) => testImages(settings.scale, available),
      onProgress: note,
    });
    const seconds = trials.reduce((sum, trial) => sum + trial.count * trial.seconds, 0);
    return { trials, seconds, adapter: adapter.description };
  } finally {
    await close(backend);
  }
}

async function dryRun(study: Study, settings: StudySettings, json: boolean): Promise<void> {
  const { trials, seconds, adapter } = await predictStudy(study, settings);
  if (json) {
    printJson({ ...{ study: study.name, settings, adapter, trials }, minutes: seconds / 60 });
    return;
  }
  print(onStdout("bold", `study ${study.name}, scale ${settings.scale}`));
  for (const { label, count, seconds: each } of trials) {
    print(`${String(count).padStart(7)}  ${label}, ${duration(each)} each`);
  }
  const total = trials.reduce((sum, { count }) => sum + count, 0);
  print(`${String(total).padStart(7)}  trials, about ${duration(seconds)} on this device`);
  print(onStdout("gray", `device   ${adapter}`));
}
