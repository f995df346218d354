/**
 * Does the work of trials, whichever kind they are of, on one device.
 *
 * @module
 */
import { ZodError } from "zod";
import type { Backend } from "../../engine/backend.ts";
import { ShapeError } from "../../engine/errors.ts";
import { Random } from "../../engine/random.ts";
import { DivergenceError } from "../child/errors.ts";
import { ConfigError, type SearchConfig } from "../config/mod.ts";
import { DataError } from "../data/errors.ts";
import type { Dataset } from "../data/dataset.ts";
import { type ChildData, prepareChildData } from "../data/resident.ts";
import { ArcError } from "../space/errors.ts";
import type { Artifacts } from "./artifacts.ts";
import { firstTestImages, imagesOf, trialImages } from "./images.ts";
import { kindOf } from "./kinds/mod.ts";
import { type Json, type Trial, UnrecoverableError } from "./queue.ts";

/** A device, and what it says of itself. */
export interface OpenDevice {
  readonly backend: Backend;
  readonly adapter: { readonly description: string };
}

/** What a {@link TrialRunner} is made of. */
export interface TrialRunnerOptions {
  /** Opens the device; called with the first trial. */
  readonly open: () => Promise<OpenDevice>;
  readonly artifacts: Artifacts;
  /** The data sets that are here, by name. */
  readonly datasets: ReadonlyMap<string, Dataset>;
}

/** What comes to the same whenever a trial is tried: bad input, or training that diverges. */
const UNRECOVERABLE = [ArcError, ConfigError, DataError, DivergenceError, ShapeError, ZodError];

/** Does one trial after the other; keeps images that the next one probably needs too. */
export class TrialRunner implements Disposable {
  readonly #options: TrialRunnerOptions;
  #device: OpenDevice | null = null;
  #data: { readonly key: string; readonly data: ChildData } | null = null;
  readonly #fingerprints = new Map<string, string>();

  constructor(options: TrialRunnerOptions) {
    this.#options = options;
  }

  /**
   * The result of a trial, which depends on its input and the artifacts that it names alone.
   *
   * @throws {StudyInterrupted} Where `signal` ended it.
   * @throws {UnrecoverableError} Where it would come to the same every time.
   */
  async run(
    trial: Trial,
    signal: AbortSignal,
    onProgress?: (share: number) => void,
  ): Promise<Json> {
    try {
      const kind = kindOf(trial);
      const input = kind.input.parse(trial.input);
      const dataset = this.#datasetOf(trial, input.config);
      this.#device ??= await this.#options.open();
      const { backend, adapter } = this.#device;
      const result = await kind.run(input, {
        ...{ id: trial.id, backend, dataset, artifacts: this.#options.artifacts, signal },
        data: () => this.#dataOf(backend, dataset, input.config),
        ...(onProgress ? { onProgress } : {}),
      });
      return { ...result, adapter: adapter.description } as unknown as Json;
    } catch (cause) {
      if (!UNRECOVERABLE.some((error) => cause instanceof error)) throw cause;
      const { name, message } = cause as Error;
      throw new UnrecoverableError(`${name}: ${message}`, { cause });
    }
  }

  /** Gives the device's memory back; the device belongs to whoever opened it. */
  [Symbol.dispose](): void {
    this.#data?.data.pool.dispose();
    this.#data?.data.test.dispose();
    this.#data = null;
  }

  /** The trial's data set, cut as its input says, if it is the one that the trial was named with. */
  #datasetOf(trial: Trial, { dataset: { name } }: SearchConfig): Dataset {
    const { datasets } = this.#options;
    const { fingerprint, test } = imagesOf(trial);
    const dataset = datasets.get(name);
    if (dataset === undefined) {
      throw new UnrecoverableError(
        `Expected a trial on one of ${
          [...datasets.keys()].join(", ")
        } but found ${name}; give the ` +
          "settings that the study began with",
      );
    }
    const found = this.#fingerprints.get(name) ?? trialImages(dataset, test).fingerprint;
    this.#fingerprints.set(name, found);
    if (found === fingerprint) return firstTestImages(dataset, test);
    throw new UnrecoverableError(
      `Expected the images of ${name} with the SHA-256 ${fingerprint} for trial ${trial.id} but found ` +
        `${found}; restore the data set that the study began with, or begin another study`,
    );
  }

  /** The newest images are kept: all arcs of one seed train on the same ones. */
  #dataOf(backend: Backend, dataset: Dataset, config: SearchConfig): ChildData {
    const key = JSON.stringify([config.dataset, dataset.test.count, config.seed]);
    if (this.#data?.key !== key) {
      this[Symbol.dispose]();
      const data = prepareChildData(backend, dataset, config, new Random(config.seed));
      this.#data = { key, data };
    }
    return this.#data!.data;
  }
}
