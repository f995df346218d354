/**
 * A search recorded in a run folder: configuration, event log, arcs, weights.
 *
 * @module
 */
import type { Backend } from "../engine/backend.ts";
import { CpuBackend } from "../engine/cpu_backend.ts";
import { GpuBackend } from "../engine/gpu_backend.ts";
import { Random } from "../engine/random.ts";
import type { MacroArc } from "./arc/macro.ts";
import { formatMacroArc } from "./arc/macro_text.ts";
import type { MacroNetwork } from "./child/macro_network.ts";
import { parseSearchConfig, type SearchConfig } from "./config/mod.ts";
import { createMacroSampler } from "./controller/create_sampler.ts";
import type { SampledArcs } from "./controller/sampler.ts";
import { type Dataset, loadDataset } from "./data/mod.ts";
import { MacroSearch, type WorkKind } from "./search.ts";
import { readSampler, writeSampler, writeWeights } from "./store/checkpoint.ts";
import {
  type ArcScored,
  EVENT_SCHEMA_VERSION,
  type RunConfig,
  type RunEvent,
} from "./store/events.ts";
import { EventLogWriter } from "./store/event_log.ts";
import {
  createRunFolder,
  discardRunFolder,
  openRun,
  type RunFolder,
  writeArcsCsv,
  writeConfig,
} from "./store/run_folder.ts";
import { runtimeVersions } from "./store/versions.ts";

/** What {@link runSearch} needs. */
export interface RunSearchOptions {
  /** Complete and valid. */
  readonly config: SearchConfig;
  /** Name of the preset that `config` started from. */
  readonly preset: string;
  /** Folder that holds runs; made when missing. */
  readonly root: string;
  /** Name of the run's folder; default: time, data set, space, sampler, seed. */
  readonly name?: string;
  /** Folder with a copy of the data set's files. */
  readonly dataFrom?: string;
  /** Most bytes of device memory. */
  readonly memoryBudget?: number;
  /** Ends the search cleanly after the present step. */
  readonly signal?: AbortSignal;
  /** Called with every event, after it was logged. */
  readonly onEvent?: (event: RunEvent) => void;
  /** Called once, when the folder exists and before the first step. */
  readonly onStart?: (start: RunStart) => void;
  /** Called after every unit of work. */
  readonly onWork?: (kind: WorkKind) => void;
}

/** What is known when a run begins. */
export interface RunStart {
  readonly folder: RunFolder;
  readonly config: RunConfig;
  /** Units of work of the complete run, by kind. */
  readonly work: Readonly<Record<WorkKind, number>>;
}

/** What a run came to. */
export interface RunSearchOutcome {
  readonly folder: RunFolder;
  readonly status: "completed" | "interrupted";
  /** The best arc; null when the run ended before any was scored. */
  readonly best: {
    readonly arc: MacroArc;
    readonly estimate: number;
    /** Null when the run ended before it was trained from scratch. */
    readonly testAccuracy: number | null;
  } | null;
  readonly meanEstimateByEpoch: readonly number[];
  readonly seconds: number;
}

/**
 * Runs a search and records it. Bad input (`ConfigError`, `DataError`, `StoreError`, `DeviceError`)
 * is found before the first step and leaves no folder. A run that fails later keeps what it wrote,
 * says so in its last event, and throws.
 */
export async function runSearch(options: RunSearchOptions): Promise<RunSearchOutcome> {
  const { config, root } = options;
  const time = new Date();
  // First of all, so that a taken name or a root that cannot be written to costs no work.
  const folder = createRunFolder(
    root,
    options.name ?? {
      dataset: config.dataset.name,
      space: config.space,
      sampler: config.controller.sampler,
      seed: config.seed,
      time,
    },
  );
  let prepared: Prepared;
  try {
    prepared = await prepare(options);
  } catch (error) {
    discardRunFolder(folder);
    throw error;
  }
  try {
    return await record(options, folder, time, prepared);
  } finally {
    prepared.search.dispose();
    await close(prepared.backend);
  }
}

/** A search that can begin. */
interface Prepared {
  readonly dataset: Dataset;
  readonly backend: Backend;
  readonly adapter: RunConfig["adapter"];
  readonly search: MacroSearch;
}

/** Loads the data, opens the device and makes the search; leaves no device open where it throws. */
async function prepare(options: RunSearchOptions): Promise<Prepared> {
  const { config, dataFrom, memoryBudget, signal, onWork } = options;
  const from = dataFrom === undefined ? {} : { from: dataFrom };
  const dataset = await loadDataset(config.dataset.name, from);
  const { backend, adapter } = await openBackend(config, memoryBudget);
  try {
    const search = new MacroSearch({
      backend,
      dataset,
      config,
      ...(signal ? { signal } : {}),
      ...(onWork ? { onWork } : {}),
    });
    return { dataset, backend, adapter, search };
  } catch (error) {
    await close(backend);
    throw error;
  }
}

/** Runs the search and writes everything about it into `folder`. */
async function record(
  options: RunSearchOptions,
  folder: RunFolder,
  time: Date,
  { dataset, adapter, search }: Prepared,
): Promise<RunSearchOutcome> {
  const { config } = options;
  const runConfig: RunConfig = {
    schemaVersion: EVENT_SCHEMA_VERSION,
    run: folder.name,
    command: "search",
    created: time.toISOString(),
    versions: runtimeVersions(),
    adapter,
    dataset: {
      name: dataset.name,
      classes: dataset.classNames.length,
      classNames: dataset.classNames,
      shape: search.data.shape,
      train: search.data.split.train.length,
      validation: search.data.split.validation.length,
      test: dataset.test.count,
    },
    preset: options.preset,
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
  const scored: ArcScored[] = [];
  const meanEstimateByEpoch: number[] = [];
  let testAccuracy: number | null = null;
  try {
    options.onStart?.({ folder, config: runConfig, work: search.work });
    for await (const event of search.run()) {
      if (event.type === "arc_scored") scored.push(event);
      if (event.type === "epoch_finished") {
        meanEstimateByEpoch.push(event.meanEstimate);
        writeArcsCsv(folder, scored);
      }
      if (event.type === "trained") testAccuracy = event.testAccuracy;
      log.append(event);
      options.onEvent?.(event);
    }
    await saveCheckpoints(folder, search);
    const status = options.signal?.aborted ? "interrupted" : "completed";
    const { seconds } = search;
    log.append({ type: "run_finished", status, seconds });
    return {
      folder,
      status,
      best: search.best === null ? null : { ...search.best, testAccuracy },
      meanEstimateByEpoch,
      seconds,
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    log.append({ type: "run_finished", status: "failed", message, seconds: search.seconds });
    throw error;
  }
}

async function close(backend: Backend): Promise<void> {
  if (backend.kind === "gpu") await (backend as GpuBackend).close().catch(() => {});
}

/** Arcs drawn from the sampler of a finished run. */
export interface SampledRun extends SampledArcs {
  readonly folder: RunFolder;
  readonly config: RunConfig;
}

/**
 * Draws `count` arcs from the sampler that a run saved. The same `seed` gives the same arcs; without
 * one the stream goes on where the run ended. Throws `StoreError` where the run has no sampler yet.
 */
export function sampleArcs(runPath: string, count: number, seed?: number): SampledRun {
  const { folder, config } = openRun(runPath);
  const search = parseSearchConfig(config.hyperparameters);
  const sampler = createMacroSampler(search.child.layers, search.controller, new Random(0));
  const state = readSampler(folder);
  const random = seed === undefined ? state.scalars.random : new Random(seed).state();
  sampler.restore({ ...state, scalars: { ...state.scalars, random } });
  return { ...sampler.sample(count), folder, config };
}

async function openBackend(
  config: SearchConfig,
  memoryBudget: number | undefined,
): Promise<{ backend: Backend; adapter: RunConfig["adapter"] }> {
  if (config.device === "cpu") {
    const adapter = { description: "f64 reference on the CPU", vendor: "cpu", fallback: true };
    return { backend: new CpuBackend(), adapter };
  }
  const gpu = await GpuBackend.open(memoryBudget === undefined ? {} : { memoryBudget });
  const { description, vendor, fallback } = gpu.adapter;
  return { backend: gpu, adapter: { description, vendor, fallback } };
}

async function saveCheckpoints(folder: RunFolder, search: MacroSearch): Promise<void> {
  writeSampler(folder, search.sampler.state());
  await saveNetwork(folder, "shared_weights", search.network, null);
  if (search.child !== null) await saveNetwork(folder, "child", search.child, search.best!.arc);
}

async function saveNetwork(
  folder: RunFolder,
  name: "shared_weights" | "child",
  network: MacroNetwork,
  arc: MacroArc | null,
): Promise<void> {
  const { layers, filters, inputChannels, classes } = network.options;
  writeWeights(folder, name, {
    weights: await network.weights.values(),
    averages: await network.averages.values(),
    metadata: {
      space: "macro",
      layers: String(layers),
      filters: String(filters),
      inputChannels: String(inputChannels),
      classes: String(classes),
      ...(arc === null ? {} : { arc: formatMacroArc(arc, "flat") }),
    },
  });
}
