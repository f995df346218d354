/**
 * Going on with a recorded run: its settings come from its folder, its state from its newest intact
 * checkpoint.
 *
 * @module
 */
import { type Arc, parseArc } from "../space/arc.ts";
import { ConfigError, parseSearchConfig, type SearchConfig } from "../config/mod.ts";
import { fingerprintOf } from "../data/folder_cache.ts";
import type { Dataset } from "../data/dataset.ts";
import type { RunConfig } from "./events.ts";
import { openRun, StoreError } from "./mod.ts";
import type { StoredState } from "./state_checkpoint.ts";

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

/**
 * Reads what it takes to go on with a search.
 *
 * @param path Folder of the run.
 * @throws {StoreError} Where the folder holds no search, a damaged one, one of another version, or
 * one that is completed.
 */
export function resumableSearch(path: string): ResumableRun {
  const { run, stored } = openResumable(path, "search");
  const { controllerFrom } = stored;
  return {
    ...run,
    ...(controllerFrom === undefined ? {} : { controllerFrom: withoutHash(controllerFrom) }),
  };
}

/** The same as {@link resumableSearch}, for training from scratch. */
export function resumableTraining(path: string): ResumableTraining {
  const { run, stored } = openResumable(path, "train");
  return { ...run, arc: parseArc(stored.arc ?? "", run.config.space) };
}

function openResumable(path: string, command: RunConfig["command"]) {
  const { folder, config: stored, events } = openRun(path, { begun: false });
  if (stored.command !== command) {
    throw new StoreError(
      `Expected a run of ${command} in ${folder.path} but found one of ${stored.command}; ` +
        `resume it with \`deno task ${stored.command} --resume ${folder.name}\``,
      folder.path,
    );
  }
  const last = events.at(-1);
  if (last?.type === "run_finished" && last.status === "completed") {
    throw new StoreError(
      `Expected a run that did not end in ${folder.path} but found a completed one; ` +
        `\`deno task report ${folder.name}\` shows it`,
      folder.path,
    );
  }
  const { source } = stored.dataset;
  const run = {
    resume: folder.path,
    root: folder.root,
    config: configOf(stored, folder.config),
    preset: stored.preset,
    ...(source === undefined ? {} : { dataFrom: withoutHash(source) }),
  };
  return { run, stored };
}

function configOf({ hyperparameters, versions }: RunConfig, file: string): SearchConfig {
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

/** The path of a text that `recordRun` wrote as path and hash. */
function withoutHash(text: string): string {
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
