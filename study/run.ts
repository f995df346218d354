/**
 * Runs a study in its folder: settings and rule first, then the trials that are missing, then what they
 * came to.
 *
 * @module
 */
import { Random } from "../engine/random.ts";
import type { SearchConfig } from "../nas/config/mod.ts";
import type { Dataset } from "../nas/data/dataset.ts";
import { ENASLAB_VERSION } from "../nas/run/versions.ts";
import { STUDY_REPORT_VERSION, type StudyReport } from "../nas/stats/study_report.ts";
import { FolderArtifacts } from "../nas/trials/artifacts.ts";
import { type Commitment, StudyFolder } from "../nas/trials/folder.ts";
import { sameTrial, type TrialImages, trialImages, withImages } from "../nas/trials/images.ts";
import type { FailedTrial, Trial } from "../nas/trials/queue.ts";
import { Results } from "../nas/trials/results.ts";
import { type OpenDevice, TrialRunner } from "../nas/trials/runner.ts";
import { TrialStore } from "../nas/trials/sqlite.ts";
import { type StudyEvent, type StudyStatus, workThrough } from "../nas/trials/worker.ts";
import { Workers } from "../nas/trials/workers.ts";
import { ruleText } from "./kit/rule.ts";
import { testImages } from "./kit/scales.ts";
import type { Study, StudySettings } from "./study.ts";

/** How to run a study. */
export interface StudyRunOptions {
  readonly study: Study;
  readonly settings: StudySettings;
  /** Folder of the study; one that was begun goes on. */
  readonly path: string;
  /** The command line that makes the study again, for its page. */
  readonly command: string;
  /** Do no trial; only say what those that are done come to. */
  readonly soFar?: boolean;
  /** Try trials again that failed. */
  readonly retry?: boolean;
  /** Reads a data set of the study. */
  readonly load: (name: string) => Promise<Dataset>;
  /** Opens the device, which remains the caller's; called with the first trial. */
  readonly open: () => Promise<OpenDevice>;
  /** Ends the run; the trial at hand waits again. */
  readonly signal: AbortSignal;
  readonly onEvent?: (event: StudyEvent) => void;
  /** Called with the share of the present trial that is done. */
  readonly onProgress?: (share: number) => void;
}

/** What a run of a study came to. */
export interface StudyOutcome {
  readonly status: StudyStatus;
  /** What the finished trials say, also where the study is not finished. */
  readonly report: StudyReport;
  /** Trials that are known and not done yet. */
  readonly waiting: number;
  readonly failed: readonly FailedTrial[];
}

/**
 * Does the trials that are missing. What cannot be, or is not there, is refused before anything is
 * written.
 *
 * @throws {StudyError} Where the settings cannot be, or the folder holds another study.
 * @throws {StoreError} Where the folder cannot be read or written.
 */
export async function runStudy(options: StudyRunOptions): Promise<StudyOutcome> {
  const { study, settings, path, signal, onProgress, onEvent } = options;
  study.trials(settings, new Results([]));
  const folder = new StudyFolder(path);
  if (options.soFar) folder.read();
  const datasets = new Map<string, Dataset>();
  for (const name of options.soFar ? [] : settings.datasets) {
    datasets.set(name, await options.load(name));
  }
  const protocol = folder.begin({ study: study.name, settings, rule: ruleText() }, new Date());
  using workers = new Workers(path);
  const queue = new TrialStore(folder.trials, {
    alive: (name) => workers.alive(name),
    same: sameTrial,
  });
  try {
    if (options.retry) await queue.retry();
    using runner = new TrialRunner({
      ...{ open: options.open, datasets },
      artifacts: new FolderArtifacts(path),
    });
    const status = options.soFar ? "completed" : await workThrough({
      ...{ queue, signal, worker: workers.own },
      plan: planner(study, settings, datasets),
      execute: (trial, signal) => runner.run(trial, signal, onProgress),
      ...(onEvent ? { onEvent } : {}),
    });
    const finished = await queue.finished();
    folder.writeLog(finished);
    return {
      status,
      report: reportOf(options, new Results(finished), protocol),
      waiting: (await queue.counts()).waiting,
      failed: await queue.failed(),
    };
  } finally {
    await queue.close();
  }
}

/** The trials of a study with the images that they are done with. */
function planner(
  study: Study,
  settings: StudySettings,
  datasets: ReadonlyMap<string, Dataset>,
): (results: Results) => Trial[] {
  const images = new Map<string, TrialImages>();
  for (const [name, dataset] of datasets) {
    images.set(name, trialImages(dataset, testImages(settings.scale, dataset.test.count)));
  }
  return (results) =>
    study.trials(settings, results).map((trial) => {
      const { config } = trial.input as unknown as { config: SearchConfig };
      return withImages(trial, images.get(config.dataset.name)!);
    });
}

/** What a study came to, stamped. */
function reportOf(
  { study, settings, command }: StudyRunOptions,
  results: Results,
  protocol: Commitment,
): StudyReport {
  const random = new Random(1);
  return {
    version: STUDY_REPORT_VERSION,
    study: study.name,
    ...study.analyse(settings, results, () => random.uniform()),
    command,
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
