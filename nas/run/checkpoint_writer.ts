/**
 * Writes checkpoints of a run while it goes on, so seldom that they cost little.
 *
 * @module
 */
import { fingerprintOf } from "../data/folder_cache.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Checkpoints, Snapshot } from "./snapshot.ts";
import type { EventLogWriter } from "./event_log.ts";
import type { RunConfig } from "./events.ts";
import type { RunFolder } from "./run_folder.ts";
import { type Bound, writeState } from "./state_checkpoint.ts";
import { runtimeVersions } from "./versions.ts";

/** Seconds between checkpoints, unless the caller says otherwise. */
export const CHECKPOINT_EVERY = 60;
/** Largest share of the run's time that checkpoints may take. */
const SHARE = 0.02;

/** What is stored, and where. */
export interface CheckpointedRun {
  readonly folder: RunFolder;
  readonly log: EventLogWriter;
  readonly run: { snapshot(): Promise<Snapshot> };
  readonly dataset: Dataset;
  readonly adapter: RunConfig["adapter"];
  /** What the run goes on with, and with nothing else. */
  readonly bound: Bound;
}

/** Checkpoints of one run; none before {@link begin}. */
export class CheckpointWriter implements Checkpoints {
  readonly #every: number;
  #stored: CheckpointedRun | null = null;
  #fingerprint: string | null = null;
  /** When the next one is due, on the clock of `performance.now()`. */
  #next = Infinity;

  /**
   * @param every Least seconds between two; 0 for one after every step, whatever it costs.
   * @throws {RangeError} When it is negative or not finite.
   */
  constructor(every = CHECKPOINT_EVERY) {
    if (!(every >= 0 && every < Infinity)) {
      throw new RangeError(
        `Expected 0 or more seconds between checkpoints (checkpointEvery) but found ${every}`,
      );
    }
    this.#every = every;
  }

  /** The run has begun; the first checkpoint is due after the usual time. */
  begin(stored: CheckpointedRun): void {
    this.#stored = stored;
    this.#next = performance.now() + this.#every * 1000;
  }

  due(): boolean {
    return performance.now() >= this.#next;
  }

  async save(): Promise<void> {
    const { folder, log, run, dataset, adapter, bound } = this.#stored!;
    const began = performance.now();
    const { values, tensors } = await run.snapshot();
    this.#fingerprint ??= fingerprintOf(dataset);
    // The checkpoint counts events, so they must be on the disk before it.
    log.flush();
    writeState(folder, {
      events: log.count,
      dataset: this.#fingerprint,
      adapter,
      versions: runtimeVersions(),
      bound,
      values,
      tensors,
    });
    const now = performance.now();
    const wait = Math.max(this.#every * 1000, (now - began) / SHARE);
    this.#next = now + (this.#every === 0 ? 0 : wait);
  }
}
