/**
 * The commands of studies that train.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import type { Backend } from "../engine/backend.ts";
import { Random } from "../engine/random.ts";
import { getPreset } from "../nas/config/mod.ts";
import { type Dataset, loadDataset } from "../nas/data/mod.ts";
import { close, openBackend } from "../nas/run/open_backend.ts";
import { STUDY_REPORT_VERSION, type StudyReport } from "../nas/stats/study_report.ts";
import { ENASLAB_VERSION } from "../nas/run/versions.ts";
import { TrialWorker } from "../nas/trials/execute.ts";
import { MarkStore } from "../nas/trials/artifacts.ts";
import { type PredictedTrials, predictTrials } from "../study/predict.ts";
import { Results } from "../nas/trials/results.ts";
import { runStudy, type StudyStatus } from "../nas/trials/worker.ts";
import { scaledDataset } from "../study/kit/scales.ts";
import type { Study, StudySettings } from "../study/study.ts";
import { type Commitment, StudyFolder } from "../study/study_store.ts";
import { Workers } from "../nas/trials/workers.ts";
import { TrialStore } from "../nas/trials/sqlite.ts";
import type { Trial, TrialQueue } from "../nas/trials/queue.ts";
import { counted } from "../nas/text/words.ts";
import { ruleText } from "../study/kit/rule.ts";
import { Failure } from "./errors.ts";
import { Interrupt } from "./interrupt.ts";
import { addStudyFlags, commandOf, settingsOf, type StudyFlags } from "./study_flags.ts";
import { printStudy, printStudyJson, writeStudy } from "./study_output.ts";
import { StudyProgress } from "./study_progress.ts";
import { callerPath, duration, note, onStdout, print, printJson } from "./terminal.ts";

/** What the flags of a study come to, beside those of its settings. */
interface Flags extends StudyFlags {
  readonly out?: string;
  readonly dryRun?: true;
  readonly soFar?: true;
  readonly retry?: true;
  readonly report: boolean;
  readonly json?: true;
}

/** The command of one study; `exit` gets the exit code of one that was interrupted. */
export function trainingStudyCommand(study: Study, exit: (code: number) => void): Command {
  const command = new Command(study.name).summary(study.summary).description(
    `${study.summary[0].toUpperCase()}${study.summary.slice(1)}. The same command goes on with a ` +
      "study that was ended early; several processes share one that runs.",
  ) as unknown as Command;
  addStudyFlags(command, study);
  command
    .optionsGroup("Run:")
    .option("--out <FOLDER>", `folder of the study (default: studies/${study.name}-SCALE)`)
    .option("--dry-run", "only say which trials it takes and how long they will take")
    .option("--so-far", "do no trial; only make the page from those that are done")
    .option("--retry", "try trials again that failed")
    .option("--no-report", "leave out report.html")
    .option("--json", "print the result as JSON on stdout")
    .action(async (options) => exit(await run(study, options as unknown as Flags)));
  return command;
}

async function run(study: Study, flags: Flags): Promise<number> {
  const settings = settingsOf(study, flags);
  if (flags.dryRun) {
    await dryRun(study, settings, flags.json ?? false);
    return 0;
  }
  // What cannot be, is refused before anything is written.
  study.trials(settings, new Results([]));
  const path = callerPath(flags.out ?? `studies/${study.name}-${settings.scale}`);
  const folder = new StudyFolder(path);
  if (flags.soFar) folder.read();
  const datasets = flags.soFar ? new Map() : await loadAll(settings);
  const protocol = folder.begin(
    { study: study.name, settings, rule: ruleText() },
    new Date(),
  );
  using workers = new Workers(path);
  const queue = new TrialStore(folder.trials, { alive: (name) => workers.alive(name) });
  try {
    if (flags.retry) await queue.retry();
    const { status, exitCode } = flags.soFar
      ? { status: "completed" as const, exitCode: null }
      : await work({ study, settings, datasets, folder, queue, worker: workers.own });
    const finished = await queue.finished();
    folder.writeLog(finished);
    const results = new Results(finished);
    const report = reportOf(study, settings, results, protocol);
    const page = await writeStudy(report, path, flags.report);
    if (flags.json) printStudyJson(report, page);
    else printStudy(report, page);
    return await ending(status, queue, exitCode);
  } finally {
    await queue.close();
  }
}

/** What a study came to, stamped. */
function reportOf(
  study: Study,
  settings: StudySettings,
  results: Results,
  protocol: Commitment,
): StudyReport {
  const random = new Random(1);
  return {
    version: STUDY_REPORT_VERSION,
    study: study.name,
    ...study.analyse(settings, results, () => random.uniform()),
    command: commandOf(study, settings),
    settings: Object.entries(settings).map(([name, value]) => ({
      name,
      value: typeof value === "object" ? JSON.stringify(value) : String(value),
    })),
    protocol,
    cost: {
      seconds: results.seconds,
      trials: results.count,
      adapter: results.adapters.join("; ") || "none",
    },
    created: new Date().toISOString(),
    enaslab: ENASLAB_VERSION,
  };
}

/** All data sets of a study, so that one that is missing costs no trial. */
async function loadAll(
  { datasets: names, scale }: StudySettings,
): Promise<Map<string, Dataset>> {
  const datasets = new Map<string, Dataset>();
  for (const name of names) datasets.set(name, scaledDataset(await loadDataset(name), scale));
  return datasets;
}

/** What {@link work} works with. */
interface Work {
  readonly study: Study;
  readonly settings: StudySettings;
  readonly datasets: ReadonlyMap<string, Dataset>;
  readonly folder: StudyFolder;
  readonly queue: TrialQueue;
  /** Name of this process. */
  readonly worker: string;
}

/** Does the trials that are left, on a device that is opened with the first one. */
async function work(
  { study, settings, datasets, folder, queue, worker }: Work,
): Promise<{ status: StudyStatus; exitCode: number | null }> {
  const progress = new StudyProgress(study.forecast(settings));
  using interrupt = new Interrupt(
    () => note("Ending; the trial at hand will be done anew. Ctrl-C again ends at once"),
    () => progress.stop(),
  );
  let device: { readonly backend: Backend; readonly doer: TrialWorker } | null = null;
  const open = async () => {
    const { backend, adapter } = await openBackend(deviceOf(settings), undefined, note);
    const marks = new MarkStore(folder.path);
    const doer = new TrialWorker({
      ...{ backend, marks, datasets },
      adapter: adapter.description,
    });
    return { backend, doer };
  };
  try {
    const status = await runStudy({
      ...{ study, settings, queue, signal: interrupt.signal },
      worker,
      execute: async (trial: Trial, signal) => {
        device ??= await open();
        return await device.doer.run(trial, signal, (share) => progress.share(share));
      },
      onEvent: (event) => progress.see(event),
    });
    return { status, exitCode: interrupt.exitCode };
  } finally {
    progress.stop();
    if (device !== null) {
      const { doer, backend } = device as { backend: Backend; doer: TrialWorker };
      doer.dispose();
      await close(backend);
    }
  }
}

/** Where children are computed: the setting `device` of the searches. */
function deviceOf({ overrides }: StudySettings): "gpu" | "cpu" {
  const device = overrides.device ?? getPreset("quick").config.device;
  return device === "cpu" ? "cpu" : "gpu";
}

/** Says how a study ended, and returns the exit code. */
async function ending(
  status: StudyStatus,
  queue: TrialQueue,
  exitCode: number | null,
): Promise<number> {
  if (status === "completed") return 0;
  if (status === "interrupted") {
    const { waiting } = await queue.counts();
    note(
      `${counted(waiting, "trial")} ${waiting === 1 ? "is" : "are"} left as far as is known; the ` +
        `same command goes on with ${waiting === 1 ? "it" : "them"}`,
    );
    return exitCode ?? 130;
  }
  const failed = await queue.failed();
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
  const { backend, adapter } = await openBackend(deviceOf(settings), undefined, note);
  try {
    const { scale } = settings;
    const how = { backend, scale, onProgress: note };
    const trials = await predictTrials(study.forecast(settings), how);
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
