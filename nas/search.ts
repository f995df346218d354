/**
 * The ENAS search: alternates training the shared weights on sampled arcs and training the sampler
 * on rewards from the validation split, then trains the best arc from scratch (spec D.5).
 *
 * @module
 */
import { Random } from "../engine/random.ts";
import { formatArc } from "./arc/arc.ts";
import type { NetworkSpec } from "./child/create_network.ts";
import type { ChildData } from "./child/data.ts";
import type { ChildNetwork } from "./child/network.ts";
import type { ChildTrainer, StepResult } from "./child/trainer.ts";
import type { ArcSampler, SampledArcs, SamplerState, SamplerUpdate } from "./controller/sampler.ts";
import { DivergenceGuard } from "./divergence.ts";
import { Pipeline } from "./pipeline.ts";
import type { RewardDealer } from "./rewards.ts";
import type { Scorer } from "./scorer.ts";
import { compileParts, prepareParts } from "./search_parts.ts";
import {
  doneWork,
  learningRateIn,
  samplerLearns,
  type SearchOptions,
  stepsInEpoch,
  totalWork,
  type Work,
} from "./search_options.ts";
import { bestEvent, scoredEvents, stepEvent, tracedEvent, updateEvent } from "./search_events.ts";
import {
  beginningOf,
  type BestSoFar,
  betterOf,
  type Phase,
  type Position,
  putSamplerState,
  readBest,
  readPosition,
  readSamplerState,
  storedBest,
  storedPosition,
  summaryOf,
} from "./search_position.ts";
import { Snapshot } from "./snapshot.ts";
import type { ArcScored, BestArc, RunEvent } from "./store/events.ts";
import { ScratchTraining, type TrainedChild, type TrainOptions } from "./train.ts";
import { finalStepsPerEpoch } from "./training_options.ts";

/** Most `child_step` events of one epoch; longer epochs are logged every few steps. */
const LOGGED_STEPS = 50;

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
  #rewards: RewardDealer;
  #started = performance.now();
  /** Seconds before this process. */
  #before = 0;
  #position: Position = beginningOf("weights", 1, 0);
  /** Arcs of the next update, drawn early, and the sampler as it was before. */
  #drawn: { readonly arcs: SampledArcs; readonly before: SamplerState } | null = null;
  #training: ScratchTraining | null = null;

  /** Draws initial weights, uploads the images, splits them. Throws `ConfigError` if they are too few. */
  constructor(options: SearchOptions) {
    this.#options = options;
    this.#random = new Random(options.config.seed);
    const parts = prepareParts(options, this.#random);
    this.data = parts.data;
    this.spec = parts.spec;
    this.network = parts.network;
    this.sampler = parts.sampler;
    this.#trainer = parts.trainer;
    this.#scorer = parts.scorer;
    this.#rewards = parts.rewards;
    if (options.resume === undefined) return;
    try {
      this.#load(options.resume);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** Seconds that the search has run, those before it was resumed included. */
  get seconds(): number {
    return this.#before + (performance.now() - this.#started) / 1000;
  }

  /** Whether nothing is left to do. */
  get complete(): boolean {
    return this.#position.phase === "done";
  }

  /** How often {@link SearchOptions.onWork} will be called for each kind in a complete run. */
  get work(): Work {
    const { config } = this.#options;
    const finalSteps = finalStepsPerEpoch(config.finalTraining, this.data.split);
    return totalWork(config, this.#trainer.stepsPerEpoch, finalSteps);
  }

  /** How much of {@link Search.work} is done. */
  get done(): Work {
    return doneWork(this.#options.config, this.#position, this.#training?.steps ?? 0);
  }

  /**
   * Runs the search, or the rest of it; every event is yielded as soon as it is known. Aborting ends
   * the generator early; {@link Search.best} then holds the best arc so far, and
   * {@link Search.snapshot} all that it takes to go on.
   */
  async *run(): AsyncGenerator<RunEvent> {
    const { signal, checkpoints } = this.#options;
    if (this.#position.phase !== "final") await compileParts(this.#options, this);
    while (!this.complete) {
      yield* this.#phase();
      if (signal?.aborted) return;
      if (checkpoints?.due()) await checkpoints.save();
    }
  }

  /** Everything that it takes to go on. Call it while no work is in flight. */
  async snapshot(): Promise<Snapshot> {
    const snapshot = new Snapshot({
      seconds: this.seconds,
      position: storedPosition(this.#position),
      best: storedBest(this.best),
    });
    putSamplerState(snapshot, this.#drawn?.before ?? this.sampler.state());
    await this.#trainer.save(snapshot, "shared");
    this.#scorer.save(snapshot);
    this.#rewards.save(snapshot);
    await this.#training?.save(snapshot);
    return snapshot;
  }

  #load(snapshot: Snapshot): void {
    const { space } = this.#options.config;
    this.#before = snapshot.value("seconds");
    this.#position = readPosition(snapshot.value("position"), space);
    this.best = readBest(snapshot.value("best"), space);
    this.sampler.restore(readSamplerState(snapshot));
    this.#trainer.load(snapshot, "shared");
    this.#scorer.load(snapshot);
    this.#rewards.load(snapshot);
    if (snapshot.has("final/position")) {
      this.#training = new ScratchTraining({ ...this.#trainOptions(), resume: snapshot });
    }
  }

  /** Gives the device's memory back. */
  dispose(): void {
    this.network.dispose();
    this.#training?.child.network.dispose();
    this.data.pool.dispose();
    this.data.test.dispose();
  }

  /** The rest of the present phase; where it is not aborted, the next one is the present one then. */
  async *#phase(): AsyncGenerator<RunEvent> {
    const { backend } = this.#options;
    const { phase, epoch } = this.#position;
    switch (phase) {
      case "weights":
        backend.phase("shared weights", epoch);
        return yield* this.#trainWeights();
      case "rewards":
        backend.phase("rewards", epoch);
        return yield* this.#trainSampler();
      case "scores":
        backend.phase("scoring", epoch);
        return yield* this.#scoreArcs();
      case "best":
        yield await this.#rescore();
        return yield tracedEvent(this.sampler, this.best!.arc, this.seconds);
      case "final":
        return yield* this.#trainBest();
    }
  }

  /** Draws the arcs of one update. */
  #drawUpdate(): SampledArcs {
    return this.sampler.sample(this.#options.config.controller.arcsPerUpdate);
  }

  /**
   * Trains the shared weights, a new arc at every step. The policy stays as it is until the first
   * update of the sampler: its arcs are drawn while the device works on the last steps.
   */
  async *#trainWeights(): AsyncGenerator<RunEvent> {
    const { config, signal, onWork, checkpoints } = this.#options;
    const position = this.#position;
    const { epoch, results, sampled } = position;
    const learningRate = learningRateIn(config, epoch);
    const steps = stepsInEpoch(config, this.#trainer.stepsPerEpoch, epoch);
    const every = Math.ceil(steps / LOGGED_STEPS);
    const ready: RunEvent[] = [];
    const pipeline = new Pipeline<StepResult>((result) => {
      if (guard.ended) return;
      const arc = formatArc(arcs[results.length]);
      results.push(result);
      position.steps++;
      guard.see(result, arc);
      const place = { epoch, step: position.steps, seconds: this.seconds };
      const event = stepEvent(result, arc, place, learningRate, results.length % every === 0);
      if (event !== null) ready.push(event);
    });
    // The policy is fixed during this phase, so all its arcs are drawn at once.
    const arcs = position.ahead ??= steps === 0 ? [] : [...this.sampler.sample(steps).arcs];
    const guard = new DivergenceGuard(config.child.divergenceLimit, steps, results);
    for (let step = results.length; step < steps && !signal?.aborted; step++) {
      await pipeline.push(this.#trainer.step(arcs[step], learningRate));
      sampled.push(arcs[step]);
      onWork?.("child_step");
      yield* ready.splice(0);
      guard.check();
      if (!checkpoints?.due()) continue;
      await pipeline.drain();
      yield* ready.splice(0);
      guard.check();
      await checkpoints.save();
    }
    const complete = !signal?.aborted;
    const learns = samplerLearns(config, epoch);
    if (complete && learns) {
      this.#drawn = { before: this.sampler.state(), arcs: this.#drawUpdate() };
    }
    await pipeline.drain();
    yield* ready;
    guard.check();
    if (complete) this.#enter(learns ? "rewards" : "scores");
  }

  #enter(phase: Phase): void {
    this.#position.phase = phase;
  }

  /** Updates the sampler, as often as this epoch's settings say. */
  async *#trainSampler(): AsyncGenerator<RunEvent> {
    const { config, signal, checkpoints } = this.#options;
    const { epoch, updates } = this.#position;
    while (updates.length < config.controller.updatesPerEpoch && !signal?.aborted) {
      const arcs = this.#drawn?.arcs ?? this.#drawUpdate();
      this.#drawn = null;
      const update = await this.#updateSampler(arcs);
      updates.push(update);
      yield updateEvent(update, { epoch, seconds: this.seconds }, config.space === "macro");
      if (checkpoints?.due()) await checkpoints.save();
    }
    if (updates.length === config.controller.updatesPerEpoch) this.#enter("scores");
  }

  /** Rewards each drawn arc with its accuracy on a validation batch of its own, and learns. */
  async #updateSampler(drawn: SampledArcs): Promise<SamplerUpdate> {
    const { onWork } = this.#options;
    this.#position.sampled.push(...drawn.arcs);
    const accuracies = await this.#scorer.rewards(drawn.arcs);
    for (const _ of accuracies) onWork?.("reward");
    return this.sampler.update(drawn, this.#rewards.deal(accuracies));
  }

  /** Scores new arcs and ends the epoch, as one unit of work. */
  async *#scoreArcs(): AsyncGenerator<RunEvent> {
    const { config } = this.#options;
    const { epoch } = this.#position;
    const scored = await this.#scoreDrawn();
    yield* scored;
    const policyAccuracy = await this.#scorer.policy((count) => this.sampler.sample(count).arcs);
    yield {
      ...summaryOf(this.#position, scored),
      learningRate: learningRateIn(config, epoch),
      policyAccuracy,
      seconds: this.seconds,
    };
    const last = epoch === config.search.epochs;
    this.#position = beginningOf(last ? "best" : "weights", epoch + 1, this.#position.steps);
  }

  async #scoreDrawn(): Promise<ArcScored[]> {
    const { config, onWork } = this.#options;
    const { epoch, sampled } = this.#position;
    const { arcs } = this.sampler.sample(config.search.scoredArcs);
    sampled.push(...arcs);
    const estimates = await this.#scorer.scores(arcs, () => onWork?.("score"));
    this.best = betterOf(this.best, arcs, estimates, epoch);
    return scoredEvents(arcs, estimates, {
      epoch,
      images: this.#scorer.scoreImages,
      batchNorm: config.controller.rewardBatchNorm,
    });
  }

  /** Scores the best arc of the run on the whole validation split with the present weights. */
  async #rescore(): Promise<BestArc> {
    const { config, onWork } = this.#options;
    const { arc, epoch } = this.best!;
    const estimate = await this.#scorer.validation(arc);
    this.best = { arc, epoch, estimate };
    onWork?.("score");
    this.#enter("final");
    return bestEvent(this.best, {
      images: this.data.split.validation.length,
      batchNorm: config.controller.rewardBatchNorm,
      seconds: this.seconds,
    });
  }

  /** Trains the best arc from scratch. */
  async *#trainBest(): AsyncGenerator<RunEvent> {
    const training = this.#training ??= new ScratchTraining(this.#trainOptions());
    yield* training.run();
    this.child = training.child;
    if (training.complete) this.#enter("done");
  }

  #trainOptions(): TrainOptions {
    const { backend, config, signal, onWork, checkpoints } = this.#options;
    return {
      backend,
      data: this.data,
      arc: this.best!.arc,
      config,
      random: this.#random.fork("training from scratch"),
      clock: () => this.seconds,
      onStep: () => onWork?.("train_step"),
      ...(signal ? { signal } : {}),
      ...(checkpoints ? { checkpoints } : {}),
    };
  }
}
