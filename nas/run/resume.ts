/**
 * Going on with a recorded run: its settings come from its folder, its state from its newest intact
 * checkpoint.
 *
 * @module
 */
import { type Arc, parseArc } from "../space/arc.ts";
import {
  type ConfigDifference,
  ConfigError,
  configValue,
  differencesFromPreset,
  mergeConfig,
  parseSearchConfig,
  type SearchConfig,
} from "../config/mod.ts";
import { fingerprintOf } from "../data/folder_cache.ts";
import type { Dataset } from "../data/dataset.ts";
import type { RunConfig, RunEvent } from "./events.ts";
import { hasConfig, openRun, type RunFolder, runFolder, StoreError } from "./mod.ts";
import { readRequest, type RunRequest } from "./request.ts";
import type { StoredState } from "./state_checkpoint.ts";
import { runtimeVersions } from "./versions.ts";
import { shellLine } from "../text/shell_line.ts";

/** What `runSearch` or `runTrain` needs to go on with a run; add the hooks. */
export interface ResumableRun {
  /** Folder of the run. */
  readonly resume: string;
  readonly root: string;
  readonly config: SearchConfig;
  readonly preset: string;
  /** Folder of the user's own images, where the run has such. */
  readonly dataFrom?: string;
  /** Run whose controller a search began with. */
  readonly controllerFrom?: string;
}

/** A run of `train` with its arc. */
export interface ResumableTraining extends Omit<ResumableRun, "controllerFrom"> {
  readonly arc: Arc;
}

/** Epochs that a run is to have, where they are more than it began with. */
export interface MoreEpochs {
  /** Of the search. */
  readonly search?: number;
  /** Of training from scratch. */
  readonly final?: number;
}

/**
 * Reads what it takes to go on with a search.
 *
 * @param path Folder of the run.
 * @param more Also goes on with a completed run.
 * @throws {StoreError} Where the folder holds no search, a damaged one, one of another version, or
 * one that is completed, with no fewer epochs than `more` asks for.
 */
export function resumableSearch(path: string, more: MoreEpochs = {}): ResumableRun {
  const { run, stored } = openResumable(path, "search", more);
  const { controllerFrom } = stored;
  return {
    ...run,
    ...(controllerFrom === undefined ? {} : { controllerFrom: withoutHash(controllerFrom) }),
  };
}

/** The same as {@link resumableSearch}, for training from scratch. */
export function resumableTraining(path: string, more: MoreEpochs = {}): ResumableTraining {
  const { run, stored } = openResumable(path, "train", more);
  return { ...run, arc: parseArc(stored.arc ?? "", run.config.space) };
}

function openResumable(path: string, command: RunConfig["command"], more: MoreEpochs) {
  const request = requestOf(path);
  if (request !== null) return neverBegun(runFolder(path), request, command, more);
  const { folder, config: stored, events } = openRun(path, { begun: false });
  requireCommand(command, stored.command, folder);
  const config = longer(configOf(stored, folder.config), more, folder.config);
  const last = events.at(-1);
  if (
    last?.type === "run_finished" && last.status === "completed" && hasAll(events, config, command)
  ) {
    const flag = command === "search" ? "--epochs or --final-epochs" : "--epochs";
    throw new StoreError(
      `Expected a run that did not end in ${folder.path} but found a completed one; ` +
        `\`enaslab report ${
          shellLine([folder.path])
        }\` shows it, and ${flag} with more epochs goes on with it`,
      folder.path,
    );
  }
  const { source } = stored.dataset;
  const run = {
    resume: folder.path,
    root: folder.root,
    config,
    preset: stored.preset,
    ...(source === undefined ? {} : { dataFrom: withoutHash(source) }),
  };
  return { run, stored };
}

/** What a run without a configuration was asked for; null where there is one, or nothing. */
function requestOf(path: string): RunRequest | null {
  const folder = runFolder(path);
  return hasConfig(folder) ? null : readRequest(folder);
}

/** A run that was killed before its first step. */
function neverBegun(
  folder: RunFolder,
  request: RunRequest,
  command: RunConfig["command"],
  more: MoreEpochs,
) {
  requireCommand(command, request.command, folder);
  const versions = runtimeVersions();
  const config = configOf({ ...request, versions }, folder.path);
  const run = {
    resume: folder.path,
    root: folder.root,
    config: longer(config, more, folder.path),
    preset: request.preset,
    ...(request.dataFrom === undefined ? {} : { dataFrom: request.dataFrom }),
  };
  return { run, stored: request };
}

function requireCommand(
  command: RunConfig["command"],
  found: RunConfig["command"],
  folder: RunFolder,
): void {
  if (found === command) return;
  throw new StoreError(
    `Expected a run of ${command} in ${folder.path} but found one of ${found}; ` +
      `resume it with \`enaslab ${found} --resume ${shellLine([folder.path])}\``,
    folder.path,
  );
}

function configOf(
  { hyperparameters, versions }: Pick<RunConfig, "hyperparameters" | "versions">,
  file: string,
): SearchConfig {
  try {
    return parseSearchConfig(hyperparameters);
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    throw new StoreError(
      `Expected settings of this version of enaslab in ${file} but found those of another ` +
        `(${cause.message.split("\n")[0]}); use the version that wrote them, ${versions.enaslab}`,
      file,
      { cause },
    );
  }
}

/** The configuration with more epochs. */
function longer(config: SearchConfig, { search, final }: MoreEpochs, file: string): SearchConfig {
  const wanted = [["search.epochs", search], ["finalTraining.epochs", final]] as const;
  for (const [path, epochs] of wanted) {
    const before = Number(configValue(config, path));
    if (epochs === undefined || epochs >= before) continue;
    throw new StoreError(
      `Expected at least the ${before} epochs (${path}) that the run has in ${file} but found ` +
        `${epochs}; a run can be given more epochs, never fewer: begin a new run`,
      file,
    );
  }
  return mergeConfig(config, {
    ...(search === undefined ? {} : { search: { epochs: search } }),
    ...(final === undefined ? {} : { finalTraining: { epochs: final } }),
  });
}

/** Whether a log has as many epochs as the settings say. */
function hasAll(
  events: readonly RunEvent[],
  { search, finalTraining }: SearchConfig,
  command: RunConfig["command"],
): boolean {
  const count = (type: RunEvent["type"]) => events.filter((event) => event.type === type).length;
  return count("train_epoch") >= finalTraining.epochs &&
    (command === "train" || count("epoch_finished") >= search.epochs);
}

/** Settings that may grow while a run rests: a run of more epochs begins the same way. */
const MAY_GROW: readonly string[] = ["search.epochs", "finalTraining.epochs"];

/**
 * The settings in which `config` is not as it was before: all of them, or those that a run may not
 * change while it rests.
 */
export function changedSettings(before: SearchConfig, config: SearchConfig): {
  readonly all: readonly ConfigDifference[];
  readonly refused: readonly ConfigDifference[];
} {
  const all = before.space === config.space
    ? differencesFromPreset(config, before)
    : [{ path: "space", value: config.space, presetValue: before.space }];
  const grows = ({ path, value, presetValue }: ConfigDifference) =>
    MAY_GROW.includes(path) && Number(value) > Number(presetValue);
  return { all, refused: all.filter((change) => !grows(change)) };
}

/** Whether two configurations are the same. */
export function isSame(a: SearchConfig, b: SearchConfig): boolean {
  return changedSettings(a, b).all.length === 0;
}

/**
 * Holds the settings of a run against those of its checkpoint.
 *
 * @param now The settings of the run, and the text of its architecture where it trains one alone.
 * @param note Gets a sentence where the checkpoint does not hold its settings.
 * @returns The settings of the checkpoint where the run now has more epochs, else null.
 * @throws {StoreError} Where anything else has changed; the message names it.
 */
export function settingsBefore(
  { bound }: StoredState,
  now: { readonly config: SearchConfig; readonly arc: string | undefined },
  folder: RunFolder,
  note: (sentence: string) => void,
): SearchConfig | null {
  if (bound === undefined) {
    note(
      `The checkpoint in ${folder.path} was written by an enaslab that kept no settings in it; ` +
        "whether config.json was changed since cannot be told",
    );
    return null;
  }
  const before = parseSearchConfig(bound.hyperparameters);
  const { all, refused } = changedSettings(before, now.config);
  const changes = refused.map(({ path, value, presetValue }) =>
    `${path} ${value} instead of ${presetValue}`
  );
  if (bound.arc !== now.arc) changes.push(`the architecture ${now.arc} instead of ${bound.arc}`);
  if (changes.length > 0) {
    throw new StoreError(
      `Expected in ${folder.config} the settings with which the run began but found ` +
        `${
          changes.join(", ")
        }; restore the file to go on, or begin a new run with the new settings ` +
        "(only epochs may be changed in a run, to more)",
      folder.config,
    );
  }
  return all.length === 0 ? null : before;
}

/** The path of a text that `recordRun` wrote as path and hash. */
export function withoutHash(text: string): string {
  return text.replace(/, SHA-256 [0-9a-f]{64}$/, "");
}

/**
 * Refuses a checkpoint of other images, and notes what else is not as it was.
 *
 * @throws {StoreError} Where the images are others.
 */
export function checkState(
  state: StoredState,
  now: Pick<StoredState, "adapter" | "versions"> & { readonly dataset: Dataset },
  file: string,
  note: (sentence: string) => void,
): void {
  const found = fingerprintOf(now.dataset);
  if (found !== state.dataset) {
    throw new StoreError(
      `Expected the images of ${now.dataset.name} with which the run began (SHA-256 ` +
        `${state.dataset}) but found others (${found}); restore them`,
      file,
    );
  }
  const device = ({ description, vendor }: RunConfig["adapter"]) => `${description} (${vendor})`;
  const program = ({ enaslab, deno }: RunConfig["versions"]) => `enaslab ${enaslab}, Deno ${deno}`;
  const changes = [
    [device(state.adapter), device(now.adapter)],
    [program(state.versions), program(now.versions)],
  ].filter(([before, after]) => before !== after);
  for (const [before, after] of changes) {
    note(
      `The checkpoint was computed by ${before}, the run goes on with ${after}; its numbers may ` +
        "differ in the last digits from those of a run without interruption",
    );
  }
}
