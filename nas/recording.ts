/**
 * What every recorded run has in common: a folder that is made before any work, a device that is
 * closed, a log that says how the run ended.
 *
 * @module
 */
import type { Backend } from "../engine/backend.ts";
import { CpuBackend } from "../engine/cpu_backend.ts";
import { GpuBackend } from "../engine/gpu_backend.ts";
import type { ChildData } from "./child/data.ts";
import type { SearchConfig } from "./config/mod.ts";
import { type Dataset, loadDataset } from "./data/mod.ts";
import { summariseProfile, traceText } from "./run_profile.ts";
import { EVENT_SCHEMA_VERSION, type RunConfig, type RunEvent } from "./store/events.ts";
import { EventLogWriter } from "./store/event_log.ts";
import {
  createRunFolder,
  discardRunFolder,
  type RunFolder,
  writeConfig,
} from "./store/run_folder.ts";
import { writeProfile } from "./store/profile.ts";
import { openTuning } from "./store/tuning_file.ts";
import { runtimeVersions } from "./store/versions.ts";

/** What {@link recordRun} needs whatever the run does. */
export interface RecordOptions {
  /** Complete and valid. */
  readonly config: SearchConfig;
  /** Name of the preset that `config` started from. */
  readonly preset: string;
  /** Folder that holds runs; made when missing. */
  readonly root: string;
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
  readonly given: Pick<RunConfig, "arc" | "controllerFrom">;
  /** Makes the run on an open device. */
  readonly prepare: (backend: Backend, dataset: Dataset) => Run;
  /** Called once, when the folder exists and before the first step. */
  readonly onStart: (run: Run, folder: RunFolder, config: RunConfig) => void;
  /** Called with every event before the caller's own `onEvent`. */
  readonly onEvent: (event: RunEvent, folder: RunFolder) => void;
  /** Called when the run has ended and before its memory is given back. */
  readonly onEnd?: (run: Run) => void;
}

/**
 * Makes a run and records it. Bad input (`ConfigError`, `DataError`, `StoreError`, `DeviceError`) is
 * found before the first step and leaves no folder. A run that fails later keeps what it wrote, says
 * so in its last event, and throws.
 */
export async function recordRun<Run extends PreparedRun>(
  options: RecordOptions,
  plan: RunPlan<Run>,
): Promise<RecordedRun> {
  const { config, root } = options;
  const time = new Date();
  // First of all, so that a taken name or a root that cannot be written to costs no work.
  const folder = createRunFolder(
    root,
    options.name ?? {
      dataset: config.dataset.name,
      space: config.space,
      sampler: plan.label,
      seed: config.seed,
      time,
    },
  );
  let opened: Opened<Run>;
  try {
    opened = await open(options, plan);
  } catch (error) {
    discardRunFolder(folder);
    throw error;
  }
  try {
    return await record(options, plan, folder, time, opened);
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
  readonly run: Run;
}

/** Loads the data, opens the device and makes the run; leaves no device open where it throws. */
async function open<Run extends PreparedRun>(
  { config, dataFrom, memoryBudget, profile, onNote }: RecordOptions,
  { prepare }: RunPlan<Run>,
): Promise<Opened<Run>> {
  const dataset = await loadDataset(config.dataset.name, {
    ...(dataFrom === undefined ? {} : { from: dataFrom }),
    imageSize: config.dataset.imageSize,
  });
  const { backend, adapter } = await openBackend(config.device, memoryBudget, onNote, profile);
  try {
    return { dataset, backend, adapter, run: prepare(backend, dataset) };
  } catch (error) {
    await close(backend);
    throw error;
  }
}

/** Follows the run and writes everything about it into `folder`. */
async function record<Run extends PreparedRun>(
  { config, preset, signal, onEvent }: RecordOptions,
  plan: RunPlan<Run>,
  folder: RunFolder,
  time: Date,
  { dataset, backend, adapter, run }: Opened<Run>,
): Promise<RecordedRun> {
  const { split, shape } = run.data;
  const runConfig: RunConfig = {
    schemaVersion: EVENT_SCHEMA_VERSION,
    run: folder.name,
    command: plan.command,
    created: time.toISOString(),
    versions: runtimeVersions(),
    adapter,
    dataset: {
      name: dataset.name,
      classes: dataset.classNames.length,
      classNames: dataset.classNames,
      shape,
      train: split.train.length,
      validation: split.validation.length,
      test: dataset.test.count,
      ...(dataset.source === undefined ? {} : { source: sourceText(dataset.source) }),
    },
    ...plan.given,
    preset,
    hyperparameters: config,
  };
  writeConfig(folder, runConfig);
  using log = EventLogWriter.create(folder.events);
  log.append({
    type: "run_started",
    schemaVersion: EVENT_SCHEMA_VERSION,
    run: folder.name,
    time: time.toISOString(),
  });
  try {
    plan.onStart(run, folder, runConfig);
    for await (const event of run.run()) {
      log.append(event);
      plan.onEvent(event, folder);
      onEvent?.(event);
    }
    await run.save(folder);
    await saveProfile(backend, folder);
    plan.onEnd?.(run);
    const status = signal?.aborted ? "interrupted" : "completed";
    const { seconds } = run;
    log.append({ type: "run_finished", status, seconds });
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

function sourceText({ path, fingerprint }: NonNullable<Dataset["source"]>): string {
  return `${path}, SHA-256 ${fingerprint}`;
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

/**
 * Opens the device of a run, whose kernels are those that were found fastest on it; {@link close}
 * closes it. `note` gets a sentence where what was found cannot be read.
 */
export async function openBackend(
  device: SearchConfig["device"],
  memoryBudget: number | undefined,
  note: (sentence: string) => void = () => {},
  profile = false,
): Promise<{ backend: Backend; adapter: RunConfig["adapter"] }> {
  if (device === "cpu") {
    const adapter = { description: "f64 reference on the CPU", vendor: "cpu", fallback: true };
    return { backend: new CpuBackend(), adapter };
  }
  const gpu = await GpuBackend.open({
    profile,
    ...(memoryBudget === undefined ? {} : { memoryBudget }),
    tuning: (adapter) => openTuning(adapter, { note }),
  });
  const { description, vendor, fallback } = gpu.adapter;
  return { backend: gpu, adapter: { description, vendor, fallback } };
}

/** Closes what {@link openBackend} opened. */
export async function close(backend: Backend): Promise<void> {
  if (backend.kind === "gpu") await (backend as GpuBackend).close().catch(() => {});
}
