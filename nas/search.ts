/**
 * The ENAS search: alternates training the shared weights on sampled arcs and training the sampler
 * on rewards from the validation split, then trains the best arc from scratch (spec D.5).
 *
 * @module
 */
import type { Backend } from "../engine/backend.ts";
import { cosineLearningRate } from "../engine/optim/schedule.ts";
import { Random } from "../engine/random.ts";
import type { MacroArc } from "./arc/macro.ts";
import { opShares, skipRate } from "./arc/macro_space.ts";
import { formatMacroArc } from "./arc/macro_text.ts";
import { type ChildData, prepareChildData } from "./child/data.ts";
import { MacroNetwork } from "./child/macro_network.ts";
import { accuracyOf, ChildTrainer, recordScore, type StepResult } from "./child/trainer.ts";
import type { SearchConfig } from "./config/mod.ts";
import { createMacroSampler } from "./controller/create_sampler.ts";
import type { MacroSampler, SamplerUpdate } from "./controller/sampler.ts";
import type { Dataset } from "./data/dataset.ts";
import { BatchSampler } from "./data/split.ts";
import { Pipeline } from "./pipeline.ts";
import type { ArcScored, BestArc, EpochFinished, RunEvent } from "./store/events.ts";
import { trainFromScratch } from "./train.ts";

/** Most `child_step` events of one epoch; longer epochs are logged every few steps. */
const LOGGED_STEPS = 50;

/** What a {@link MacroSearch} needs. */
export interface SearchOptions {
  readonly backend: Backend;
  readonly dataset: Dataset;
  readonly config: SearchConfig;
  /** Ends the search after the present step. */
  readonly signal?: AbortSignal;
  /** Called after every unit of work that {@link MacroSearch.work} counts, for progress. */
  readonly onWork?: (kind: WorkKind) => void;
}

/** Kinds of work: a step of shared weights, a scored arc, a step of the last training. */
export type WorkKind = "child_step" | "reward" | "score" | "train_step";

/** The best arc of a run so far. */
export interface BestSoFar {
  readonly arc: MacroArc;
  readonly epoch: number;
  readonly estimate: number;
}

/** One search over the macro space. */
export class MacroSearch {
  readonly data: ChildData;
  readonly network: MacroNetwork;
  readonly sampler: MacroSampler;
  /** The child trained from scratch, once it is; its weights belong to the run's results. */
  child: MacroNetwork | null = null;
  best: BestSoFar | null = null;
  #options: SearchOptions;
  #random: Random;
  #trainer: ChildTrainer;
  #rewardBatches: BatchSampler;
  #started = performance.now();
  #steps = 0;

  /** Draws initial weights, uploads the images, splits them. Throws `ConfigError` if they are too few. */
  constructor(options: SearchOptions) {
    const { backend, dataset, config } = options;
    this.#options = options;
    this.#random = new Random(config.seed);
    this.data = prepareChildData(backend, dataset, config, this.#random);
    this.network = new MacroNetwork(
      backend,
      {
        layers: config.child.layers,
        filters: config.child.filters,
        inputChannels: this.data.shape[2],
        classes: this.data.classNames.length,
        batchNormDecay: config.child.batchNormDecay,
      },
      this.#random.fork("shared weights"),
    );
    this.#trainer = new ChildTrainer(
      this.network,
      this.data.pool,
      this.data.split.train,
      { ...config.child, augment: config.dataset.augment },
      this.#random.fork("child training"),
    );
    this.sampler = createMacroSampler(
      config.child.layers,
      config.controller,
      this.#random.fork("sampler"),
    );
    const rewards = this.#random.fork("reward batches");
    this.#rewardBatches = new BatchSampler(
      this.data.split.validation,
      Math.min(config.controller.batchSize, this.data.split.validation.length),
      () => rewards.uniform(),
    );
  }

  /** Seconds since the search was made. */
  get seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  /** How often {@link SearchOptions.onWork} will be called for each kind in a complete run. */
  get work(): Record<WorkKind, number> {
    const { search, controller, finalTraining } = this.#options.config;
    const learns = controller.sampler === "controller";
    const trainImages = this.data.split.train.length;
    return {
      child_step: search.epochs * this.#trainer.stepsPerEpoch,
      reward: learns ? search.epochs * controller.updatesPerEpoch * controller.arcsPerUpdate : 0,
      score: search.epochs * search.scoredArcs + 1,
      train_step: finalTraining.epochs *
        (finalTraining.stepsPerEpoch || Math.ceil(trainImages / finalTraining.batchSize)),
    };
  }

  /**
   * Runs the whole search; every event is yielded as soon as it is known. Aborting ends the
   * generator early; {@link MacroSearch.best} then holds the best arc so far.
   */
  async *run(): AsyncGenerator<RunEvent> {
    const { config, signal } = this.#options;
    for (let epoch = 1; epoch <= config.search.epochs; epoch++) {
      yield* this.#epoch(epoch);
      if (signal?.aborted) return;
    }
    const best = await this.#rescore();
    yield best;
    if (signal?.aborted) return;
    this.child = yield* trainFromScratch({
      backend: this.#options.backend,
      data: this.data,
      arc: this.best!.arc,
      config,
      random: this.#random.fork("training from scratch"),
      clock: () => this.seconds,
      onStep: () => this.#options.onWork?.("train_step"),
      ...(signal ? { signal } : {}),
    });
  }

  /** Gives the device's memory back. */
  dispose(): void {
    this.network.dispose();
    this.child?.dispose();
    this.data.pool.dispose();
    this.data.test.dispose();
  }

  async *#epoch(epoch: number): AsyncGenerator<RunEvent> {
    const { config, signal } = this.#options;
    const learningRate = cosineLearningRate(epoch - 1, {
      max: config.child.learningRateMax,
      min: config.child.learningRateMin,
      period: config.child.restartPeriod,
      factor: config.child.restartFactor,
    });
    const sampled: MacroArc[] = [];
    const results: StepResult[] = [];
    yield* this.#trainWeights(epoch, learningRate, sampled, results);
    if (signal?.aborted) return;
    const updates: SamplerUpdate[] = [];
    if (this.sampler.kind === "controller") {
      for (let i = 0; i < config.controller.updatesPerEpoch && !signal?.aborted; i++) {
        const update = await this.#updateSampler(sampled);
        updates.push(update);
        yield {
          type: "controller_step",
          epoch,
          step: update.step,
          arcs: update.arcs,
          reward: update.reward,
          accuracy: update.accuracy,
          baseline: update.baseline,
          entropy: update.entropy,
          skipRate: update.skipRate,
          loss: update.loss,
          seconds: this.seconds,
        };
      }
    }
    if (signal?.aborted) return;
    const scored = await this.#scoreArcs(epoch, sampled);
    yield* scored;
    yield this.#summary(epoch, learningRate, results, updates, scored, sampled);
  }

  /** Trains the shared weights, a new arc at every step. */
  async *#trainWeights(
    epoch: number,
    learningRate: number,
    sampled: MacroArc[],
    results: StepResult[],
  ): AsyncGenerator<RunEvent> {
    const { signal, onWork } = this.#options;
    const steps = this.#trainer.stepsPerEpoch;
    const every = Math.ceil(steps / LOGGED_STEPS);
    const ready: RunEvent[] = [];
    const pipeline = new Pipeline<StepResult>((result) => {
      results.push(result);
      this.#steps++;
      if (results.length % every !== 0) return;
      ready.push({
        type: "child_step",
        epoch,
        step: this.#steps,
        ...result,
        learningRate,
        seconds: this.seconds,
      });
    });
    // The policy is fixed during this phase, so all its arcs are drawn at once.
    const { arcs } = this.sampler.sample(steps);
    for (let step = 0; step < steps && !signal?.aborted; step++) {
      await pipeline.push(this.#trainer.step(arcs[step], learningRate));
      sampled.push(arcs[step]);
      onWork?.("child_step");
      yield* ready.splice(0);
    }
    await pipeline.drain();
    yield* ready;
  }

  /** Draws arcs, rewards each with its accuracy on a validation batch of its own, and learns. */
  async #updateSampler(sampled: MacroArc[]): Promise<SamplerUpdate> {
    const { backend, config, onWork } = this.#options;
    const drawn = this.sampler.sample(config.controller.arcsPerUpdate);
    sampled.push(...drawn.arcs);
    const batch = this.#rewardBatches.batch;
    const indices = new Uint32Array(drawn.arcs.length * batch);
    drawn.arcs.forEach((_, i) => indices.set(this.#rewardBatches.next(), i * batch));
    const table = backend.fromArray(indices, [indices.length], "u32");
    const hits = drawn.arcs.map((arc, i) =>
      recordScore(this.network, arc, {
        images: this.data.pool,
        table,
        first: i * batch,
        count: batch,
        batchSize: batch,
        batchNorm: config.controller.rewardBatchNorm,
      })
    );
    backend.submit();
    backend.release(table);
    const accuracies = (await Promise.all(hits)).map((count) => count / batch);
    for (const _ of accuracies) onWork?.("reward");
    return this.sampler.update(drawn, accuracies);
  }

  /** Scores new arcs, all on the same validation images. */
  async #scoreArcs(epoch: number, sampled: MacroArc[]): Promise<ArcScored[]> {
    const { backend, config, onWork } = this.#options;
    const { validation } = this.data.split;
    const wanted = config.search.scoreImages;
    const images = wanted === 0 ? validation.length : Math.min(wanted, validation.length);
    const { arcs } = this.sampler.sample(config.search.scoredArcs);
    sampled.push(...arcs);
    const table = backend.fromArray(validation.subarray(0, images), [images], "u32");
    const events: ArcScored[] = [];
    for (const [index, arc] of arcs.entries()) {
      const hits = recordScore(this.network, arc, {
        images: this.data.pool,
        table,
        first: 0,
        count: images,
        batchSize: config.controller.batchSize,
        batchNorm: config.controller.rewardBatchNorm,
      });
      backend.submit();
      const estimate = await hits / images;
      onWork?.("score");
      if (this.best === null || estimate >= this.best.estimate) {
        this.best = { arc, epoch, estimate };
      }
      events.push({
        type: "arc_scored",
        epoch,
        index,
        arc: formatMacroArc(arc, "flat"),
        estimate,
        images,
        batchNorm: config.controller.rewardBatchNorm,
      });
    }
    backend.release(table);
    return events;
  }

  /** Scores the best arc of the run on the whole validation split with the present weights. */
  async #rescore(): Promise<BestArc> {
    const { config, onWork } = this.#options;
    const { arc, epoch } = this.best!;
    const { validation } = this.data.split;
    const batchNorm = config.controller.rewardBatchNorm;
    const estimate = await accuracyOf(this.network, arc, this.data.pool, validation, {
      batchSize: config.controller.batchSize,
      batchNorm,
    });
    this.best = { arc, epoch, estimate };
    onWork?.("score");
    return {
      type: "best_arc",
      arc: formatMacroArc(arc, "flat"),
      epoch,
      estimate,
      images: validation.length,
      batchNorm,
      seconds: this.seconds,
    };
  }

  #summary(
    epoch: number,
    learningRate: number,
    results: readonly StepResult[],
    updates: readonly SamplerUpdate[],
    scored: readonly ArcScored[],
    sampled: readonly MacroArc[],
  ): EpochFinished {
    const estimates = scored.map(({ estimate }) => estimate);
    return {
      type: "epoch_finished",
      epoch,
      trainLoss: mean(results.map(({ loss }) => loss)),
      trainAccuracy: mean(results.map(({ accuracy }) => accuracy)),
      learningRate,
      meanEstimate: mean(estimates),
      bestEstimate: Math.max(...estimates),
      opShares: opShares(sampled),
      skipRate: mean(sampled.map(skipRate)),
      reward: updates.length === 0 ? null : mean(updates.map(({ reward }) => reward)),
      baseline: updates.at(-1)?.baseline ?? null,
      entropy: updates.length === 0 ? null : mean(updates.map(({ entropy }) => entropy)),
      seconds: this.seconds,
    };
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}
