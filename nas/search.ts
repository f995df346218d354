/**
 * The ENAS search: alternates training the shared weights on sampled arcs and training the sampler
 * on rewards from the validation split, then trains the best arc from scratch (spec D.5).
 *
 * @module
 */
import type { Backend } from "../engine/backend.ts";
import { cosineLearningRate } from "../engine/optim/schedule.ts";
import { Random } from "../engine/random.ts";
import { type Arc, formatArc, opSharesOf } from "./arc/arc.ts";
import { skipRate } from "./arc/macro_space.ts";
import { createNetwork, type NetworkSpec, sharedNetworkSpec } from "./child/create_network.ts";
import { type ChildData, prepareChildData } from "./child/data.ts";
import type { ChildNetwork } from "./child/network.ts";
import { ChildTrainer, type StepResult } from "./child/trainer.ts";
import { compileNetwork } from "./compile_ahead.ts";
import { ConfigError, type SearchConfig } from "./config/mod.ts";
import { createSampler } from "./controller/create_sampler.ts";
import type { ArcSampler, SampledArcs, SamplerUpdate } from "./controller/sampler.ts";
import type { Dataset } from "./data/dataset.ts";
import { Pipeline } from "./pipeline.ts";
import { rehearsedScoring, variedArcs } from "./rehearse.ts";
import { Scorer } from "./scorer.ts";
import type { ArcScored, BestArc, EpochFinished, RunEvent } from "./store/events.ts";
import {
  finalStepsPerEpoch,
  sharedTrainerOptions,
  type TrainedChild,
  trainFromScratch,
} from "./train.ts";

/** Most `child_step` events of one epoch; longer epochs are logged every few steps. */
const LOGGED_STEPS = 50;

/** What a {@link Search} needs. */
export interface SearchOptions {
  readonly backend: Backend;
  readonly dataset: Dataset;
  readonly config: SearchConfig;
  /** Ends the search after the present step. */
  readonly signal?: AbortSignal;
  /** Called after every unit of work that {@link Search.work} counts, for progress. */
  readonly onWork?: (kind: WorkKind) => void;
}

/** Kinds of work: a step of shared weights, a scored arc, a step of the last training. */
export type WorkKind = "child_step" | "reward" | "score" | "train_step";

/** The best arc of a run so far. */
export interface BestSoFar {
  readonly arc: Arc;
  readonly epoch: number;
  readonly estimate: number;
}

/** One search. */
export class Search {
  readonly data: ChildData;
  /** What {@link Search.network} is made of. */
  readonly spec: NetworkSpec;
  readonly network: ChildNetwork;
  readonly sampler: ArcSampler;
  /** The child trained from scratch, once it is; its weights belong to the run's results. */
  child: TrainedChild | null = null;
  best: BestSoFar | null = null;
  #options: SearchOptions;
  #random: Random;
  #trainer: ChildTrainer;
  #scorer: Scorer;
  #started = performance.now();
  #steps = 0;

  /** Draws initial weights, uploads the images, splits them. Throws `ConfigError` if they are too few. */
  constructor(options: SearchOptions) {
    const { backend, dataset, config } = options;
    this.#options = options;
    requireTrainable(config);
    this.#random = new Random(config.seed);
    this.data = prepareChildData(backend, dataset, config, this.#random);
    this.spec = sharedNetworkSpec(config, {
      shape: this.data.shape,
      classes: this.data.classNames.length,
    });
    this.network = createNetwork(backend, this.spec, this.#random.fork("shared weights"), null);
    this.#trainer = new ChildTrainer(
      this.network,
      this.data.pool,
      this.data.split.train,
      sharedTrainerOptions(config),
      this.#random.fork("child training"),
    );
    this.sampler = createSampler(config, this.#random.fork("sampler"));
    this.#scorer = new Scorer({
      backend,
      network: this.network,
      data: this.data,
      config,
      random: this.#random,
    });
  }

  /** Seconds since the search was made. */
  get seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  /** How often {@link SearchOptions.onWork} will be called for each kind in a complete run. */
  get work(): Record<WorkKind, number> {
    const { search, controller, finalTraining } = this.#options.config;
    const learns = controller.sampler === "controller";
    const phases = learns ? Math.floor(search.epochs / controller.trainEvery) : 0;
    return {
      child_step: search.epochs * this.#trainer.stepsPerEpoch,
      reward: phases * controller.updatesPerEpoch * controller.arcsPerUpdate,
      score: search.epochs * search.scoredArcs + 1,
      train_step: finalTraining.epochs * finalStepsPerEpoch(finalTraining, this.data.split),
    };
  }

  /**
   * Runs the whole search; every event is yielded as soon as it is known. Aborting ends the
   * generator early; {@link Search.best} then holds the best arc so far.
   */
  async *run(): AsyncGenerator<RunEvent> {
    const { backend, config, signal } = this.#options;
    await compileNetwork(backend, {
      spec: this.spec,
      arcs: variedArcs(config),
      alone: false,
      images: this.data.shape,
      training: sharedTrainerOptions(config),
      scoring: rehearsedScoring(config, this.data.split.validation.length),
    });
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
    this.child?.network.dispose();
    this.data.pool.dispose();
    this.data.test.dispose();
  }

  async *#epoch(epoch: number): AsyncGenerator<RunEvent> {
    const { backend, config, signal } = this.#options;
    const learningRate = cosineLearningRate(epoch - 1, {
      max: config.child.learningRateMax,
      min: config.child.learningRateMin,
      period: config.child.restartPeriod,
      factor: config.child.restartFactor,
    });
    const sampled: Arc[] = [];
    const results: StepResult[] = [];
    backend.phase("shared weights", epoch);
    let drawn = yield* this.#trainWeights(epoch, learningRate, sampled, results);
    if (signal?.aborted) return;
    const updates: SamplerUpdate[] = [];
    backend.phase("rewards", epoch);
    if (this.#learns(epoch)) {
      for (let i = 0; i < config.controller.updatesPerEpoch && !signal?.aborted; i++) {
        const update = await this.#updateSampler(sampled, drawn ?? this.#drawUpdate());
        drawn = null;
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
          skipRate: config.space === "macro" ? update.skipRate : null,
          loss: update.loss,
          seconds: this.seconds,
        };
      }
    }
    if (signal?.aborted) return;
    backend.phase("scoring", epoch);
    const scored = await this.#scoreArcs(epoch, sampled);
    yield* scored;
    const policyAccuracy = await this.#scorer.policy((count) => this.sampler.sample(count).arcs);
    yield {
      ...this.#summary(epoch, learningRate, results, updates, scored, sampled),
      policyAccuracy,
    };
  }

  /** Whether the sampler learns in this epoch. */
  #learns(epoch: number): boolean {
    const { trainEvery, updatesPerEpoch } = this.#options.config.controller;
    return this.sampler.kind === "controller" && epoch % trainEvery === 0 && updatesPerEpoch > 0;
  }

  /** Draws the arcs of one update. */
  #drawUpdate(): SampledArcs {
    return this.sampler.sample(this.#options.config.controller.arcsPerUpdate);
  }

  /**
   * Trains the shared weights, a new arc at every step. The policy stays as it is until the first
   * update of the sampler: its arcs, which are returned, are drawn while the device works on the last
   * steps.
   */
  async *#trainWeights(
    epoch: number,
    learningRate: number,
    sampled: Arc[],
    results: StepResult[],
  ): AsyncGenerator<RunEvent, SampledArcs | null> {
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
    const drawn = this.#learns(epoch) && !signal?.aborted ? this.#drawUpdate() : null;
    await pipeline.drain();
    yield* ready;
    return drawn;
  }

  /** Rewards each drawn arc with its accuracy on a validation batch of its own, and learns. */
  async #updateSampler(sampled: Arc[], drawn: SampledArcs): Promise<SamplerUpdate> {
    const { onWork } = this.#options;
    sampled.push(...drawn.arcs);
    const accuracies = await this.#scorer.rewards(drawn.arcs);
    for (const _ of accuracies) onWork?.("reward");
    return this.sampler.update(drawn, accuracies);
  }

  /** Scores new arcs. */
  async #scoreArcs(epoch: number, sampled: Arc[]): Promise<ArcScored[]> {
    const { config, onWork } = this.#options;
    const { arcs } = this.sampler.sample(config.search.scoredArcs);
    sampled.push(...arcs);
    const estimates = await this.#scorer.scores(arcs, () => onWork?.("score"));
    return arcs.map((arc, index) => {
      const estimate = estimates[index];
      if (this.best === null || estimate >= this.best.estimate) {
        this.best = { arc, epoch, estimate };
      }
      return {
        type: "arc_scored",
        epoch,
        index,
        arc: formatArc(arc),
        estimate,
        images: this.#scorer.scoreImages,
        batchNorm: config.controller.rewardBatchNorm,
      };
    });
  }

  /** Scores the best arc of the run on the whole validation split with the present weights. */
  async #rescore(): Promise<BestArc> {
    const { config, onWork } = this.#options;
    const { arc, epoch } = this.best!;
    const estimate = await this.#scorer.validation(arc);
    this.best = { arc, epoch, estimate };
    onWork?.("score");
    return {
      type: "best_arc",
      arc: formatArc(arc),
      epoch,
      estimate,
      images: this.data.split.validation.length,
      batchNorm: config.controller.rewardBatchNorm,
      seconds: this.seconds,
    };
  }

  #summary(
    epoch: number,
    learningRate: number,
    results: readonly StepResult[],
    updates: readonly SamplerUpdate[],
    scored: readonly ArcScored[],
    sampled: readonly Arc[],
  ): Omit<EpochFinished, "policyAccuracy"> {
    const estimates = scored.map(({ estimate }) => estimate);
    return {
      type: "epoch_finished",
      epoch,
      trainLoss: mean(results.map(({ loss }) => loss)),
      trainAccuracy: mean(results.map(({ accuracy }) => accuracy)),
      learningRate,
      meanEstimate: mean(estimates),
      bestEstimate: Math.max(...estimates),
      opShares: opSharesOf(sampled),
      skipRate: skipRateOf(sampled),
      reward: updates.length === 0 ? null : mean(updates.map(({ reward }) => reward)),
      baseline: updates.at(-1)?.baseline ?? null,
      entropy: updates.length === 0 ? null : mean(updates.map(({ entropy }) => entropy)),
      seconds: this.seconds,
    };
  }
}

/** Refuses settings with which the best arc could turn out to be untrainable, after the search. */
function requireTrainable({ space, finalTraining }: SearchConfig): void {
  if (space !== "macro" || finalTraining.graph !== "official") return;
  if (!("poolOps" in finalTraining) || finalTraining.poolOps !== "refuse") return;
  throw new ConfigError([{
    path: "finalTraining.poolOps",
    message: "Expected finalTraining.poolOps to be pre-activation in a search, whose best " +
      "architecture may hold pools, but found refuse; use it with train",
  }]);
}

/** Mean share of skip bits set; null in a space without skips. */
function skipRateOf(arcs: readonly Arc[]): number | null {
  const rates = arcs.flatMap((arc) => arc.space === "macro" ? [skipRate(arc)] : []);
  return rates.length === 0 ? null : mean(rates);
}

function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}
