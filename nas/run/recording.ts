/**
 * What every recorded run has in common: a folder that is made before any work, a device that is
 * closed, a log that says how the run ended.
 *
 * @module
 */
import type { Backend } from "../../engine/backend.ts";
import type { GpuBackend } from "../../engine/webgpu/gpu_backend.ts";
import type { ChildData } from "../data/resident.ts";
import type { SearchConfig } from "../config/mod.ts";
import { type Dataset, loadDataset } from "../data/mod.ts";
import { CheckpointWriter } from "./checkpoint_writer.ts";
import { close, openBackend } from "./open_backend.ts";
import { checkState } from "./resume.ts";
import { begin, goOn } from "./opening.ts";
import { type Checkpoints, Snapshot } from "./snapshot.ts";
import { summariseProfile, traceText } from "./device_profile.ts";
import type { RunConfig, RunEvent } from "./events.ts";
import {
  createRunFolder,
  discardRunFolder,
  hasConfig,
  type RunFolder,
  runFolder,
} from "./run_folder.ts";
import { RunLock } from "./run_lock.ts";
import { readState, removeStates, type StoredState } from "./state_checkpoint.ts";
import { writeProfile } from "./profile.ts";
import { runtimeVersions } from "./versions.ts";

/** What {@link recordRun} needs whatever the run does. */
export interface RecordOptions {
  /** Complete and valid. */
  readonly config: SearchConfig;
  /** Name of the preset that `config` started from. */
  readonly preset: string;
  /** Folder that holds runs; made when missing. */
  readonly root: string;
  /**
   * Folder of a run to go on with, as `resumableSearch` or `resumableTraining` read it together with
   * `config`, `preset` and `root`; left out, a new run begins.
   */
  readonly resume?: string;
  /**
   * Least seconds between two checkpoints, which are farther apart where they would cost more than
   * 2 % of the time. 0 writes one after every step, whatever it costs. Default 60.
   */
  readonly checkpointEvery?: number;
  /** Name of the run's folder; default: time, data set, space, what it does, seed. */
  readonly name?: string;
  /** Folder with a copy of the data set's files, or with the user's own images. */
  readonly dataFrom?: string;
  /** Most bytes of device memory. */
  readonly memoryBudget?: number;
  /** Measures every kernel and writes `profile.json` and `trace.json`; the device must be a GPU. */
  readonly profile?: boolean;
  /** Ends the run cleanly after the present step. */
  readonly signal?: AbortSignal;
  /** Called with every event, after it was logged. */
  readonly onEvent?: (event: RunEvent) => void;
  /** Gets sentences about what is odd but does not matter to the results. */
  readonly onNote?: (sentence: string) => void;
}

/** A run that can begin. */
export interface PreparedRun {
  readonly data: ChildData;
  /** Whether nothing is left to do. */
  readonly complete: boolean;
  /** Everything that it takes to go on, while no work is in flight. */
  snapshot(): Promise<Snapshot>;
  /** Seconds since the run began. */
  readonly seconds: number;
  /** Yields every event but the first and the last. */
  run(): AsyncGenerator<RunEvent>;
  /** Writes what the run came to, after the last event. */
  save(folder: RunFolder): Promise<void>;
  /** Gives the device's memory back. */
  dispose(): void;
}

/** How a recorded run ended. */
export interface RecordedRun {
  readonly folder: RunFolder;
  readonly status: "completed" | "interrupted";
  readonly seconds: number;
}

/** What {@link recordRun} is to do. */
export interface RunPlan<Run extends PreparedRun> {
  readonly command: RunConfig["command"];
  /** What stands for the sampler in an automatic name. */
  readonly label: string;
  /** Beside the configuration, what the run was given. */
  readonly given: () => Pick<RunConfig, "arc" | "controllerFrom">;
  /** Makes the run on an open device; `resume` is where it goes on, null for its beginning. */
  readonly prepare: (
    backend: Backend,
    dataset: Dataset,
    checkpoints: Checkpoints,
    resume: Snapshot | null,
  ) => Run;
  /** Called with the events that a resumed run has logged already. */
  readonly onResume?: (events: readonly RunEvent[], folder: RunFolder) => void;
  /** Called once, when the folder exists and before the first step. */
  readonly onStart: (run: Run, folder: RunFolder, config: RunConfig) => void;
  /** Called with every event before the caller's own `onEvent`. */
  readonly onEvent: (event: RunEvent, folder: RunFolder) => void;
  /** Called when the run has ended and before its memory is given back. */
  readonly onEnd?: (run: Run) => void;
}

/**
 * Makes a run, or goes on with one, and records it. Bad input (`ConfigError`, `DataError`,
 * `StoreError`, `DeviceError`) is found before the first step and leaves no new folder. A run that
 * fails later keeps what it wrote, says so in its last event, and throws. One that was interrupted
 * leaves a checkpoint.
 */
export async function recordRun<Run extends PreparedRun>(
  options: RecordOptions,
  plan: RunPlan<Run>,
): Promise<RecordedRun> {
  const { config, root, resume, onNote: note = () => {} } = options;
  const time = new Date();
  // First of all, so that a taken name or a root that cannot be written to costs no work.
  const folder = resume === undefined
    ? createRunFolder(
      root,
      options.name ?? {
        dataset: config.dataset.name,
        space: config.space,
        sampler: plan.label,
        seed: config.seed,
        time,
      },
    )
    : runFolder(resume);
  using lock = RunLock.take(folder);
  if (lock.before !== null) {
    const { pid, since } = lock.before;
    note(
      `Process ${pid}, which worked on this run since ${since}, is gone; its lock is taken over`,
    );
  }
  let opened: Opened<Run>;
  try {
    const state = resume === undefined ? null : readState(folder, note);
    opened = await open(options, plan, folder, state);
  } catch (error) {
    if (resume === undefined) {
      lock.release();
      discardRunFolder(folder);
    }
    throw error;
  }
  try {
    return await record(options, plan, folder, time, opened);
  } catch (error) {
    if (resume === undefined && !hasConfig(folder)) {
      lock.release();
      discardRunFolder(folder);
    }
    throw error;
  } finally {
    opened.run.dispose();
    await close(opened.backend);
  }
}

/** A run with what it stands on. */
interface Opened<Run> {
  readonly dataset: Dataset;
  readonly backend: Backend;
  readonly adapter: RunConfig["adapter"];
  readonly checkpoints: CheckpointWriter;
  readonly run: Run;
  /** Where it goes on; null for its beginning. */
  readonly state: StoredState | null;
}

/** Loads the data, opens the device and makes the run; leaves no device open where it throws. */
async function open<Run extends PreparedRun>(
  options: RecordOptions,
  { prepare }: RunPlan<Run>,
  folder: RunFolder,
  state: StoredState | null,
): Promise<Opened<Run>> {
  const { config, dataFrom, memoryBudget, profile, onNote, checkpointEvery } = options;
  const dataset = await loadDataset(config.dataset.name, {
    ...(dataFrom === undefined ? {} : { from: dataFrom }),
    imageSize: config.dataset.imageSize,
  });
  const { backend, adapter } = await openBackend(config.device, memoryBudget, onNote, profile);
  try {
    if (state !== null) {
      const now = { dataset, adapter, versions: runtimeVersions() };
      checkState(state, now, folder.path, onNote ?? (() => {}));
    }
    const checkpoints = new CheckpointWriter(checkpointEvery);
    const resume = state && new Snapshot(state.values, state.tensors);
    const run = prepare(backend, dataset, checkpoints, resume);
    return { dataset, backend, adapter, checkpoints, run, state };
  } catch (error) {
    await close(backend);
    throw error;
  }
}

/** Follows the run and writes everything about it into `folder`. */
async function record<Run extends PreparedRun>(
  options: RecordOptions,
  plan: RunPlan<Run>,
  folder: RunFolder,
  time: Date,
  opened: Opened<Run>,
): Promise<RecordedRun> {
  const { onEvent } = options;
  const { dataset, backend, adapter, checkpoints, run } = opened;
  const { runConfig, log: opening } = options.resume === undefined
    ? begin(options, plan, folder, time, opened)
    : goOn(options, plan, folder, opened);
  using log = opening;
  checkpoints.begin({ folder, log, run, dataset, adapter });
  try {
    plan.onStart(run, folder, runConfig);
    for await (const event of run.run()) {
      log.append(event);
      plan.onEvent(event, folder);
      onEvent?.(event);
    }
    if (!run.complete) await checkpoints.save();
    await run.save(folder);
    await saveProfile(backend, folder);
    plan.onEnd?.(run);
    const status = run.complete ? "completed" : "interrupted";
    const { seconds } = run;
    log.append({ type: "run_finished", status, seconds });
    log.flush();
    if (run.complete) removeStates(folder);
    return { folder, status, seconds };
  } catch (error) {
    // What was learned until then is kept, where the device still answers.
    await run.save(folder).catch(() => {});
    await saveProfile(backend, folder).catch(() => {});
    const message = error instanceof Error ? error.message : String(error);
    log.append({ type: "run_finished", status: "failed", message, seconds: run.seconds });
    throw error;
  }
}

/** Writes what was measured, where it was. */
async function saveProfile(backend: Backend, folder: RunFolder): Promise<void> {
  if (backend.kind !== "gpu") return;
  const gpu = backend as GpuBackend;
  const measured = await gpu.profile();
  if (measured === null) return;
  const { description } = gpu.adapter;
  writeProfile(folder, summariseProfile(measured, description), traceText(measured));
}
