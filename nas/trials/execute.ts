/**
 * Does the work of trials, whichever kind they are of.
 *
 * @module
 */
import type { Backend } from "../../engine/backend.ts";
import { Random } from "../../engine/random.ts";
import { type ChildData, prepareChildData } from "../data/resident.ts";
import type { SearchConfig } from "../config/mod.ts";
import type { Dataset } from "../data/dataset.ts";
import { executeProxies } from "./proxies.ts";
import { executeScore } from "./score.ts";
import { executeSupernet } from "./supernet.ts";
import { executeTrain } from "./train.ts";
import type { MarkStore } from "./artifacts.ts";
import { type Json, StudyError, type Trial } from "./queue.ts";
import { inputOf, TRIAL_KINDS, type TrialKind } from "./kinds.ts";

/** What trials are done with. */
export interface TrialContext {
  readonly backend: Backend;
  /** A data set by name; throws `StudyError` where the study has none of that name. */
  readonly dataset: (name: string) => Dataset;
  /** Images of a configuration on the device; they belong to the worker. */
  readonly data: (config: SearchConfig) => ChildData;
  readonly marks: MarkStore;
  /** Ends the trial early; it throws then. */
  readonly signal: AbortSignal;
  /** Called with the share of the trial that is done. */
  readonly onProgress?: (share: number) => void;
}

/** What a {@link TrialWorker} is made of. */
export interface TrialWorkerOptions {
  readonly backend: Backend;
  /** What the device says of itself; stands in every result. */
  readonly adapter: string;
  readonly marks: MarkStore;
  /** The study's data sets by name. */
  readonly datasets: ReadonlyMap<string, Dataset>;
}

/** Does one trial after the other; keeps images that the next one probably needs too. */
export class TrialWorker {
  readonly #options: TrialWorkerOptions;
  #data: { readonly key: string; readonly data: ChildData } | null = null;

  constructor(options: TrialWorkerOptions) {
    this.#options = options;
  }

  /**
   * The result of a trial, which depends on its input and the files of the trials it names alone.
   *
   * @throws {StudyInterrupted} Where `signal` ended it.
   * @throws {StudyError} Where its kind or data set is unknown.
   */
  async run(
    trial: Trial,
    signal: AbortSignal,
    onProgress?: (share: number) => void,
  ): Promise<Json> {
    const { backend, marks } = this.#options;
    const context: TrialContext = {
      ...{ backend, marks, signal },
      dataset: (name) => this.#dataset(name),
      data: (config) => this.#dataOf(config),
      ...(onProgress ? { onProgress } : {}),
    };
    const kind = TRIAL_KINDS.find((known): known is TrialKind => known === trial.kind);
    const result = await (async () => {
      switch (kind) {
        case "supernet":
          return executeSupernet(trial.id, inputOf(kind, trial), context);
        case "score":
          return executeScore(inputOf(kind, trial), context);
        case "train":
          return executeTrain(inputOf(kind, trial), context);
        case "proxies": {
          const input = inputOf(kind, trial);
          return executeProxies(input, { ...context, data: await context.data(input.config) });
        }
        default:
          throw new StudyError(
            `Expected trial ${trial.id} to be one of ${TRIAL_KINDS.join(", ")} but found ` +
              `${trial.kind}; use the version of enaslab that began the study`,
          );
      }
    })();
    return { ...result, adapter: this.#options.adapter } as unknown as Json;
  }

  /** Gives the device's memory back. */
  dispose(): void {
    this.#data?.data.pool.dispose();
    this.#data?.data.test.dispose();
    this.#data = null;
  }

  #dataset(name: string): Dataset {
    const dataset = this.#options.datasets.get(name);
    if (dataset !== undefined) return dataset;
    throw new StudyError(
      `Expected a trial on one of ${[...this.#options.datasets.keys()].join(", ")} but found ` +
        `${name}; give the settings that the study began with`,
    );
  }

  /** The newest images are kept: all arcs of one seed train on the same ones. */
  #dataOf(config: SearchConfig): ChildData {
    const key = JSON.stringify([config.dataset, config.seed]);
    if (this.#data?.key === key) return this.#data.data;
    this.dispose();
    const dataset = this.#dataset(config.dataset.name);
    const data = prepareChildData(
      this.#options.backend,
      dataset,
      config,
      new Random(config.seed),
    );
    this.#data = { key, data };
    return data;
  }
}
