/**
 * The sampler of a recorded run, and architectures drawn from it.
 *
 * @module
 */
import { Random } from "../../engine/random.ts";
import { parseSearchConfig, type SearchConfig } from "../config/mod.ts";
import { StoreError } from "../run/errors.ts";
import type { RunConfig } from "../run/events.ts";
import { type OpenedRun, openRun, type RunFolder } from "../run/run_folder.ts";
import { Snapshot } from "../run/snapshot.ts";
import { readState } from "../run/state_checkpoint.ts";
import { createSampler } from "../strategy/registry.ts";
import type { SampledArcs, StrategyState } from "../strategy/strategy.ts";
import { hasSampler, readSampler } from "../strategy/stored.ts";
import { readStrategyState } from "./position.ts";

/**
 * The sampler of a run: as it was at its end, or in its newest checkpoint where it has not ended.
 *
 * @throws {StoreError} Where the run has no sampler yet, or it cannot be read.
 */
export function samplerOf({ folder, events }: Pick<OpenedRun, "folder" | "events">): StrategyState {
  const ended = events.at(-1)?.type === "run_finished";
  // A run that failed may have been unable to save what it had.
  if (!ended || !hasSampler(folder)) {
    const state = readState(folder, () => {});
    if (state !== null) return readStrategyState(new Snapshot(state.values, state.tensors));
  }
  return readSampler(folder);
}

/** Arcs drawn from the sampler of a run. */
export interface SampledRun extends SampledArcs {
  readonly folder: RunFolder;
  readonly config: RunConfig;
}

/**
 * Draws `count` arcs from the sampler of a run. The same `seed` gives the same arcs; without one the
 * stream goes on where the run, or its newest checkpoint, ended. Throws `StoreError` where the run has
 * no sampler yet.
 */
export function sampleArcs(runPath: string, count: number, seed?: number): SampledRun {
  const run = openRun(runPath);
  const { folder, config } = run;
  const search: SearchConfig = parseSearchConfig(config.hyperparameters);
  const sampler = createSampler(search, new Random(0));
  const state: StrategyState = samplerOf(run);
  const random = seed === undefined ? state.scalars.random : new Random(seed).state();
  try {
    sampler.restore({ ...state, scalars: { ...state.scalars, random } });
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new StoreError(
      `Expected the sampler of the settings in ${folder.path} but found another one: ` +
        `${cause.message}; restore the run from a copy`,
      folder.path,
      { cause },
    );
  }
  return { ...sampler.sample(count), folder, config };
}
