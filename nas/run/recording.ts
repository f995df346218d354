/**
 * What every recorded run has in common: a folder that is made before any work, a device that is
 * closed, a log that says how the run ended.
 *
 * @module
 */
import type { Backend } from "../../engine/backend.ts";
import type { SharedGpu } from "../../engine/webgpu/shared_gpu.ts";
import type { ChildData } from "../data/resident.ts";
import { configValue, parseSearchConfig, type SearchConfig } from "../config/mod.ts";
import { type Dataset, loadDataset } from "../data/mod.ts";
import { ArcError } from "../space/mod.ts";
import { CheckpointWriter } from "./checkpoint_writer.ts";
import { close, openBackend } from "./open_backend.ts";
import { changedSettings, checkState, isSame, settingsBefore } from "./resume.ts";
import { begin, goOn } from "./opening.ts";
import { type Checkpoints, Snapshot } from "./snapshot.ts";
import { summariseProfile, traceText } from "./device_profile.ts";
import { StoreError } from "./errors.ts";
import type { RunConfig, RunEvent } from "./events.ts";
import {
  createRunFolder,
  discardRunFolder,
  hasConfig,
  openRun,
  type RunFolder,
  runFolder,
} from "./run_folder.ts";
import { removeRequest, type RunRequest, writeRequest } from "./request.ts";
import { RunLock } from "./run_lock.ts";
import { readState, removeEarlierStates, type StoredState } from "./state_checkpoint.ts";
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
  /**
   * The GPU to compute on where the settings want one; it remains the caller's. Runs that share it
   * compile each kernel once. Default: one of the run's own.
   */
  readonly gpu?: SharedGpu;
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

/** A run that is to be given more epochs. */
export interface ShorterRun {
  /** Its newest checkpoint. */
  readonly state: StoredState;
  /** Its whole log. */
  readonly log: readonly RunEvent[];
  /** The settings that it had; but for the epochs they are the present ones. */
  readonly config: SearchConfig;
}

/** What {@link recordRun} is to do. */
export interface RunPlan<Run extends PreparedRun> {
  readonly command: RunConfig["command"];
  /** What stands for the sampler in an automatic name. */
  readonly label: string;
  /** What the run was asked for beside settings and images, to begin anew with. */
  readonly asked: Pick<RunRequest, "arc" | "controllerFrom">;
  /** Beside the configuration, what the run was given. */
  readonly given: () => Pick<RunConfig, "arc" | "controllerFrom">;
  /** Makes the run on an open device; `resume` is where it goes on, null for its beginning. */
  readonly prepare: (
    backend: Backend,
    dataset: Dataset,
    checkpoints: Checkpoints,
    resume: Snapshot | null,
  ) => Run;
  /**
   * The checkpoint of a run of fewer epochs as one of a run with the present settings. Throws
   * `ConfigError` where a run of more epochs would have gone another way.
   */
  readonly extend: (shorter: ShorterRun) => Pick<StoredState, "events" | "values" | "tensors">;
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
  using lock = take(folder, resume === undefined);
  if (lock.before !== null) {
    const { pid, since } = lock.before;
    note(
      `Process ${pid}, which worked on this run since ${since}, is gone; its lock is taken over`,
    );
  }
  const discard = () => {
    removeRequest(folder);
    lock.release();
    discardRunFolder(folder);
  };
  let opened: Opened<Run>;
  try {
    if (resume === undefined) writeRequest(folder, requestOf(options, plan));
    const state = resume === undefined ? null : stateOf(options, plan, folder);
    opened = await open(options, plan, folder, state);
  } catch (error) {
    if (resume === undefined) discard();
    throw error;
  }
  try {
    return await record(options, plan, folder, time, opened);
  } catch (error) {
    if (resume === undefined && !hasConfig(folder)) discard();
    throw error;
  } finally {
    opened.run.dispose();
    await close(opened.backend);
  }
}

/** Locks a folder; one that was made for a run goes again where that fails. */
function take(folder: RunFolder, isNew: boolean): RunLock {
  try {
    return RunLock.take(folder);
  } catch (error) {
    if (isNew) discardRunFolder(folder);
    throw error;
  }
}

function requestOf<Run extends PreparedRun>(
  { config, preset, dataFrom }: RecordOptions,
  { command, asked }: RunPlan<Run>,
): RunRequest {
  return {
    command,
    preset,
    hyperparameters: config,
    ...(dataFrom === undefined ? {} : { dataFrom }),
    ...asked,
  };
}

/**
 * The newest checkpoint of a run, as one of a run with the present settings; null where there is none.
 *
 * @throws {StoreError} Where the settings are others, and the run cannot go on with them.
 */
function stateOf<Run extends PreparedRun>(
  { config, onNote: note = () => {} }: RecordOptions,
  plan: RunPlan<Run>,
  folder: RunFolder,
): StoredState | null {
  if (!hasConfig(folder)) {
    note(`The run in ${folder.path} ended before its first step; it begins anew`);
    return null;
  }
  const state = readState(folder, note);
  const { config: stored, events: log } = openRun(folder.path, { begun: false });
  const last = log.at(-1);
  if (state === null) {
    if (last?.type !== "run_finished" || last.status !== "completed") return null;
    throw new StoreError(
      `Expected a checkpoint in ${folder.checkpoints} to give a completed run more epochs but found ` +
        "none; begin a new run with more epochs",
      folder.path,
    );
  }
  const arc = plan.command === "train" ? plan.given().arc : undefined;
  const before = settingsBefore(state, { config, arc }, folder, note);
  if (before === null) {
    if (state.bound !== undefined || isSame(parseSearchConfig(stored.hyperparameters), config)) {
      return state;
    }
    throw new StoreError(
      `Expected a checkpoint that says with which settings it was written in ${folder.checkpoints}, ` +
        "to give the run more epochs, but found one of an earlier enaslab; go on without more epochs",
      folder.path,
    );
  }
  const extended = { ...state, ...plan.extend({ state, log, config: before }) };
  for (const { path, value, presetValue } of changedSettings(before, config).all) {
    const period = path.replace("search.", "child.").replace("epochs", "restartPeriod");
    note(
      `The run goes on to ${value} epochs (${path}) instead of ${presetValue}; the learning rate's ` +
        `cycles stay as they were, as in a run that began with ${path}=${value} and ` +
        `${period}=${configValue(config, period)}`,
    );
  }
  return extended;
}

/** A run with what it stands on. */
interface Opened<Run> {
  readonly dataset: Dataset;
  readonly backend: Backend;
  readonly adapter: RunConfig["adapter"];
  /** Names of kernels by class of shapes, as the device is tuned; undefined on the CPU. */
  readonly tuning: Readonly<Record<string, string>> | undefined;
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
  const { config, dataFrom, gpu, memoryBudget, profile, onNote, checkpointEvery } = options;
  const dataset = await loadDataset(config.dataset.name, {
    ...(dataFrom === undefined ? {} : { from: dataFrom }),
    imageSize: config.dataset.imageSize,
  });
  const tuned = state?.bound?.tuning;
  const { backend, adapter, tuning } = await openBackend(config.device, {
    ...{ gpu, memoryBudget, profile, note: onNote },
    ...(state === null || tuned === undefined
      ? {}
      : { before: { adapter: state.adapter, tuning: tuned } }),
  });
  try {
    if (state !== null) {
      const now = { dataset, adapter, versions: runtimeVersions() };
      checkState(state, now, folder.path, onNote ?? (() => {}));
    }
    const checkpoints = new CheckpointWriter(checkpointEvery);
    const resume = state && new Snapshot(state.values, state.tensors);
    const make = () => prepare(backend, dataset, checkpoints, resume);
    const run = state === null ? make() : fitting(state, folder, make);
    return { dataset, backend, adapter, tuning, checkpoints, run, state };
  } catch (error) {
    await close(backend);
    throw error;
  }
}

/**
 * Makes a run from its checkpoint. One that does not hold its settings may belong to others than those
 * in `config.json`, which shows only here: a tensor has another shape, or is missing.
 */
function fitting<Run>({ bound }: StoredState, folder: RunFolder, make: () => Run): Run {
  try {
    return make();
  } catch (cause) {
    if (bound !== undefined || !(cause instanceof TypeError || cause instanceof ArcError)) {
      throw cause;
    }
    throw new StoreError(
      `Expected a checkpoint of the settings in ${folder.config} but found one of others ` +
        `(${cause.message}); restore the file as it was when the run began, or begin a new run`,
      folder.config,
      { cause },
    );
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
  const { dataset, adapter, tuning, checkpoints, run } = opened;
  const { runConfig, log: opening } = hasConfig(folder)
    ? goOn(options, plan, folder, opened)
    : begin(options, plan, folder, time, opened);
  removeRequest(folder);
  using log = opening;
  const { hyperparameters, arc } = runConfig;
  const bound = {
    hyperparameters,
    ...(arc === undefined ? {} : { arc }),
    ...(tuning === undefined ? {} : { tuning }),
  };
  checkpoints.begin({ folder, log, run, dataset, adapter, bound });
  try {
    plan.onStart(run, folder, runConfig);
    for await (const event of run.run()) {
      log.append(event);
      plan.onEvent(event, folder);
      onEvent?.(event);
    }
    if (!run.complete) await checkpoints.save();
    else await saveLast(checkpoints, folder, options.onNote);
    await run.save(folder);
    await saveProfile(opened, folder);
    plan.onEnd?.(run);
    const status = run.complete ? "completed" : "interrupted";
    const { seconds } = run;
    log.append({ type: "run_finished", status, seconds });
    log.flush();
    return { folder, status, seconds };
  } catch (error) {
    // What was learned until then is kept, where the device still answers.
    await run.save(folder).catch(() => {});
    await saveProfile(opened, folder).catch(() => {});
    const message = error instanceof Error ? error.message : String(error);
    log.append({ type: "run_finished", status: "failed", message, seconds: run.seconds });
    throw error;
  }
}

/** Stores a complete run, which can be given more epochs then; where it cannot, nothing is lost. */
async function saveLast(
  checkpoints: CheckpointWriter,
  folder: RunFolder,
  note: (sentence: string) => void = () => {},
): Promise<void> {
  try {
    await checkpoints.save();
    removeEarlierStates(folder);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    note(`${error.message}; the run is complete, but cannot be given more epochs`);
  }
}

/** Writes what was measured, where it was. */
async function saveProfile(
  { backend, adapter }: Pick<Opened<PreparedRun>, "backend" | "adapter">,
  folder: RunFolder,
): Promise<void> {
  const measured = await backend.profile();
  if (measured === null) return;
  writeProfile(folder, summariseProfile(measured, adapter.description), traceText(measured));
}
