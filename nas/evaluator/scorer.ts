/**
 * Scores sampled arcs under shared weights: rewards, the arcs of an epoch, the whole policy.
 *
 * @module
 */
import type { Backend } from "../../engine/backend.ts";
import type { Random, RandomState } from "../../engine/random.ts";
import type { Tensor } from "../../engine/tensor.ts";
import type { Arc } from "../space/arc.ts";
import type { ChildData } from "../data/resident.ts";
import type { ChildNetwork } from "../child/network.ts";
import { recordScore, type ScoreMode } from "../child/score.ts";
import { type SearchConfig, sharedWeightsOf, type SharedWeightsSettings } from "../config/mod.ts";
import { Pipeline } from "../child/pipeline.ts";
import { differentPasses, type RehearsedScoring } from "../child/rehearse.ts";
import { SeededBatches, type Snapshot } from "../run/snapshot.ts";

/** Validation images for each architecture of `evaluation: new-arc-per-batch` (spec D.5). */
export const EVALUATION_BATCH = 100;

/** Numbers of images on which a search scores an arc, of `validation` images in the split. */
export function scoredCounts(config: SearchConfig, validation: number): number[] {
  const { search } = config;
  const counts = [Math.min(sharedWeightsOf(config).batchSize, validation), validation];
  counts.push(Math.min(search.scoreImages || validation, validation));
  if (search.evaluation === "new-arc-per-batch") {
    counts.push(Math.min(EVALUATION_BATCH, validation), validation % EVALUATION_BATCH);
  }
  return counts;
}

/** How the search of `config` scores its arcs, as far as kernels go. */
export function rehearsedScoring(config: SearchConfig, validation: number): RehearsedScoring {
  const { batchSize, rewardBatchNorm, rewardDropout } = sharedWeightsOf(config);
  const { keepProbability } = config.child;
  return {
    passes: differentPasses(scoredCounts(config, validation), batchSize),
    batchNorm: rewardBatchNorm,
    dropout: rewardDropout ? { keepProbability, seed: () => 1 } : null,
  };
}

/** What a {@link Scorer} needs. */
export interface ScorerOptions {
  readonly backend: Backend;
  readonly network: ChildNetwork;
  readonly data: ChildData;
  readonly config: SearchConfig;
  readonly random: Random;
}

/** Measures accuracies on the validation split, in the way that the configuration asks for. */
export class Scorer {
  #options: ScorerOptions;
  #settings: SharedWeightsSettings;
  #rewardBatches: SeededBatches;
  #scoreBatches: SeededBatches;
  #recalibrationBatches: SeededBatches;
  #dropout: Random;

  constructor(options: ScorerOptions) {
    this.#options = options;
    this.#settings = sharedWeightsOf(options.config);
    const { data: { split }, config: { child }, random } = options;
    const sampler = (name: string, indices: Uint32Array, batch: number) =>
      new SeededBatches(indices, batch, random.fork(name));
    const { validation, train } = split;
    this.#rewardBatches = sampler(
      "reward batches",
      validation,
      Math.min(this.#settings.batchSize, validation.length),
    );
    this.#scoreBatches = sampler("score batches", validation, this.scoreImages);
    this.#recalibrationBatches = sampler("recalibration batches", train, child.batchSize);
    this.#dropout = random.fork("score dropout");
  }

  /** Images on which each arc of an epoch is scored. */
  get scoreImages(): number {
    const { data: { split: { validation } }, config: { search } } = this.#options;
    return search.scoreImages === 0
      ? validation.length
      : Math.min(search.scoreImages, validation.length);
  }

  /**
   * Accuracy of each arc on a validation batch of its own, in one submit whose counts come back
   * together: on lavapipe one takes 14.0 ms to be read, twenty take 14.6 ms.
   */
  async rewards(arcs: readonly Arc[]): Promise<number[]> {
    const { backend } = this.#options;
    const { batch } = this.#rewardBatches;
    const indices = new Uint32Array(arcs.length * batch);
    arcs.forEach((_, i) => indices.set(this.#rewardBatches.next(), i * batch));
    return await this.#scoring(indices, async (table, mode) => {
      const hits = arcs.map((arc, i) =>
        this.#record(arc, table, { first: i * batch, count: batch }, mode)
      );
      backend.submit();
      return (await Promise.all(hits)).map((count) => count / batch);
    });
  }

  /**
   * Accuracy of each arc on {@link Scorer.scoreImages} images; `onScore` is called after each. Each arc
   * is a submit of its own, and a few are in flight.
   */
  async scores(arcs: readonly Arc[], onScore: () => void): Promise<number[]> {
    const { backend, data: { split: { validation } }, config: { search } } = this.#options;
    const count = this.scoreImages;
    const own = search.scoreOn === "own";
    const indices = own
      ? Uint32Array.from(arcs.flatMap(() => [...this.#scoreBatches.next()]))
      : validation.subarray(0, count);
    const accuracies: number[] = [];
    await this.#scoring(indices, async (table, mode) => {
      const pipeline = new Pipeline<number>((hits) => {
        accuracies.push(hits / count);
        onScore();
      });
      for (const [i, arc] of arcs.entries()) {
        const hits = this.#record(arc, table, { first: own ? i * count : 0, count }, mode);
        backend.submit();
        await pipeline.push(hits);
      }
      await pipeline.drain();
    });
    return accuracies;
  }

  /** Accuracy of one arc on the whole validation split. */
  async validation(arc: Arc): Promise<number> {
    const { backend, data: { split: { validation } } } = this.#options;
    const count = validation.length;
    return await this.#scoring(validation, async (table, mode) => {
      const hits = this.#record(arc, table, { first: 0, count }, mode);
      backend.submit();
      return await hits / count;
    });
  }

  /**
   * Accuracy over the whole validation split, a new arc for each batch of 100 images or one for all
   * (spec D.5). `sample` draws arcs. Null where the configuration asks for none.
   */
  async policy(sample: (count: number) => readonly Arc[]): Promise<number | null> {
    const { backend, data: { split: { validation } }, config: { search } } = this.#options;
    if (search.evaluation === "none") return null;
    if (search.evaluation === "one-arc") return await this.validation(sample(1)[0]);
    const total = validation.length;
    const arcs = sample(Math.ceil(total / EVALUATION_BATCH));
    let right = 0;
    await this.#scoring(validation, async (table, mode) => {
      const pipeline = new Pipeline<number>((hits) => right += hits);
      for (const [i, arc] of arcs.entries()) {
        const first = i * EVALUATION_BATCH;
        const count = Math.min(EVALUATION_BATCH, total - first);
        const hits = this.#record(arc, table, { first, count }, mode);
        backend.submit();
        await pipeline.push(hits);
      }
      await pipeline.drain();
    });
    return right / total;
  }

  /** Writes what decides the next batches and dropout masks. */
  save(snapshot: Snapshot): void {
    for (const [name, batches] of this.#batches()) batches.save(snapshot, name);
    snapshot.values["scorer/dropout"] = this.#dropout.state();
  }

  /** Goes on from what {@link save} wrote. */
  load(snapshot: Snapshot): void {
    for (const [name, batches] of this.#batches()) batches.load(snapshot, name);
    this.#dropout.restore(snapshot.value<RandomState>("scorer/dropout"));
  }

  #batches(): [name: string, batches: SeededBatches][] {
    return [
      ["scorer/rewards", this.#rewardBatches],
      ["scorer/scores", this.#scoreBatches],
      ["scorer/recalibration", this.#recalibrationBatches],
    ];
  }

  #record(
    arc: Arc,
    table: Tensor,
    range: { readonly first: number; readonly count: number },
    mode: ScoreMode,
  ): Promise<number> {
    const { network, data: { pool } } = this.#options;
    return recordScore(network, arc, { images: pool, table, ...range, ...mode });
  }

  /** Uploads what scoring reads, runs `body`, and releases it. */
  async #scoring<T>(
    indices: Uint32Array,
    body: (table: Tensor, mode: ScoreMode) => Promise<T>,
  ): Promise<T> {
    const { backend, data: { pool }, config: { child } } = this.#options;
    const { batchSize, rewardBatchNorm: batchNorm, recalibrationBatches: batches, rewardDropout } =
      this.#settings;
    const upload = (values: Uint32Array) => backend.fromArray(values, [values.length], "u32");
    const tables = [upload(indices)];
    let recalibration = {};
    if (batchNorm === "recalibrated") {
      const drawn = Array.from({ length: batches }, () => [...this.#recalibrationBatches.next()]);
      const table = upload(Uint32Array.from(drawn.flat()));
      tables.push(table);
      recalibration = {
        recalibration: { images: pool, table, batches, batchSize: child.batchSize },
      };
    }
    const mode: ScoreMode = {
      batchSize,
      batchNorm,
      ...recalibration,
      dropout: rewardDropout
        ? { keepProbability: child.keepProbability, seed: () => this.#dropout.uint32() }
        : null,
    };
    try {
      return await body(tables[0], mode);
    } finally {
      for (const table of tables) backend.release(table);
    }
  }
}
