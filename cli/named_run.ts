/**
 * Runs that arguments name: whatever is wrong with them is the caller's mistake.
 *
 * @module
 */
import { ConfigError, parseSearchConfig, type SearchConfig } from "../nas/config/mod.ts";
import { samplerOf } from "../nas/search/sampled.ts";
import { type OpenedRun, openRun, StoreError } from "../nas/run/mod.ts";
import { UsageError } from "./errors.ts";
import { findRun } from "./report.ts";

/**
 * Opens the run that `argument` names by its path, or by its name in `runs`.
 *
 * @param argument What the caller calls it, such as `--arc`.
 * @param given Its value.
 * @param options Of {@link openRun}.
 * @throws {UsageError} Where the folder holds no run, or a damaged one.
 */
export function openNamedRun(
  argument: string,
  given: string,
  options: Parameters<typeof openRun>[1] = {},
): OpenedRun {
  return forCaller(argument, () => openRun(findRun(given), options));
}

/** A run that drew architectures. */
export interface RunWithSampler {
  /** Absolute path of its folder. */
  readonly path: string;
  /** Its settings. */
  readonly config: SearchConfig;
}

/**
 * Opens a run whose sampler is to be used.
 *
 * @param argument What the caller calls it, such as `--controller-from`.
 * @param given Its value.
 * @throws {UsageError} Where the run has no sampler, or one of another version.
 */
export function openRunWithSampler(argument: string, given: string): RunWithSampler {
  const run = openNamedRun(argument, given);
  const { folder, config } = run;
  if (config.command === "train") {
    throw new UsageError(
      `Expected ${argument} to be a run of \`search\`, which has a sampler, but found ` +
        `${config.run}, a run of \`train\`; give the run that found its architecture`,
    );
  }
  forCaller(argument, () => samplerOf(run));
  try {
    return { path: folder.path, config: parseSearchConfig(config.hyperparameters) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new UsageError(
      `Expected settings of this version of enaslab in ${folder.config} but found those of ` +
        `another (${error.message.split("\n")[0]}); use the version that wrote them, ` +
        config.versions.enaslab,
      { cause: error },
    );
  }
}

function forCaller<T>(argument: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new UsageError(`${error.message} (${argument})`, { cause: error });
  }
}
