/**
 * How a recorded run opens its folder: with a new configuration and log, or with those that a resumed
 * run goes on with.
 *
 * @module
 */
import { parseSearchConfig, type SearchConfig } from "../config/mod.ts";
import type { Dataset } from "../data/mod.ts";
import type { ChildData } from "../data/resident.ts";
import { StoreError } from "./errors.ts";
import { EventLogWriter, readEvents } from "./event_log.ts";
import { EVENT_SCHEMA_VERSION, type RunConfig, type RunEvent } from "./events.ts";
import { changedSettings } from "./resume.ts";
import { readConfig, type RunFolder, writeConfig } from "./run_folder.ts";
import type { StoredState } from "./state_checkpoint.ts";
import { runtimeVersions } from "./versions.ts";

/** What the caller of a recorded run asked for. */
interface OpeningOptions {
  readonly config: SearchConfig;
  readonly preset: string;
  readonly onNote?: (sentence: string) => void;
}

/** What of a plan is needed to open its folder. */
interface OpeningPlan {
  readonly command: RunConfig["command"];
  /** Beside the configuration, what the run was given. */
  readonly given: () => Pick<RunConfig, "arc" | "controllerFrom">;
  /** Called with the events that a resumed run has logged already. */
  readonly onResume?: (events: readonly RunEvent[], folder: RunFolder) => void;
}

/** What a run stands on. */
interface OpeningRun {
  readonly dataset: Dataset;
  readonly adapter: RunConfig["adapter"];
  readonly run: { readonly data: ChildData };
  /** Where it goes on; null for its beginning. */
  readonly state: StoredState | null;
}

/** Configuration and log of a run. */
export interface Opening {
  readonly runConfig: RunConfig;
  readonly log: EventLogWriter;
}

/** Writes the configuration of a new run and the first line of its log. */
export function begin(
  options: OpeningOptions,
  plan: OpeningPlan,
  folder: RunFolder,
  time: Date,
  opened: OpeningRun,
): Opening {
  const runConfig = configOf(options, plan, folder, time.toISOString(), opened);
  writeConfig(folder, runConfig);
  const log = EventLogWriter.create(folder.events);
  log.append(startOf(runConfig));
  return { runConfig, log };
}

function configOf(
  { config, preset }: OpeningOptions,
  plan: OpeningPlan,
  folder: RunFolder,
  created: string,
  { dataset, adapter, run }: OpeningRun,
): RunConfig {
  const { split, shape } = run.data;
  return {
    schemaVersion: EVENT_SCHEMA_VERSION,
    run: folder.name,
    command: plan.command,
    created,
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
    ...plan.given(),
    preset,
    hyperparameters: config,
  };
}

/** Cuts the log of a run back to its checkpoint, or begins it anew where there is none. */
export function goOn(
  options: OpeningOptions,
  plan: OpeningPlan,
  folder: RunFolder,
  opened: OpeningRun,
): Opening {
  const { config, onNote: note = () => {} } = options;
  const { state } = opened;
  const before = readConfig(folder);
  const same = requireSettings(parseSearchConfig(before.hyperparameters), config, folder);
  if (state !== null) {
    const runConfig = { ...before, hyperparameters: config };
    // The settings first: whatever ends the program here, the next resume finds more epochs again.
    if (!same) writeConfig(folder, runConfig);
    const log = EventLogWriter.resume(folder.events, state.events);
    plan.onResume?.(readEvents(folder.events).events, folder);
    return { runConfig, log };
  }
  note(`No checkpoint lies in ${folder.path}; the run starts from its beginning`);
  const runConfig = configOf(options, plan, folder, before.created, opened);
  const inputs = (run: RunConfig) => [run.arc, run.controllerFrom, run.dataset.source];
  const now = inputs(runConfig);
  inputs(before).forEach((text, i) => {
    if (text === now[i]) return;
    throw new StoreError(
      `Expected ${text}, with which the run began, but found ${now[i]}; restore it or begin a ` +
        "new run",
      folder.config,
    );
  });
  writeConfig(folder, runConfig);
  const log = EventLogWriter.restart(folder.events);
  log.append(startOf(runConfig));
  return { runConfig, log };
}

/** Whether the settings are those of `config.json`; refuses others, unless they are more epochs. */
function requireSettings(before: SearchConfig, config: SearchConfig, folder: RunFolder): boolean {
  const { all, refused } = changedSettings(before, config);
  if (refused.length === 0) return all.length === 0;
  throw new StoreError(
    `Expected the settings in ${folder.config}, which a resumed run keeps, but found others; read ` +
      "them with resumableSearch() or resumableTraining()",
    folder.config,
  );
}

function startOf({ run, created }: RunConfig): RunEvent {
  return { type: "run_started", schemaVersion: EVENT_SCHEMA_VERSION, run, time: created };
}

function sourceText({ path, fingerprint }: NonNullable<Dataset["source"]>): string {
  return `${path}, SHA-256 ${fingerprint}`;
}
