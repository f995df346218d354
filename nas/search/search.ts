/**
 * The ENAS search: alternates training the shared weights on sampled arcs and training the sampler
 * on rewards from the validation split, then trains the best arc from scratch (spec D.5).
 *
 * @module
 */
import { Random } from "../../engine/random.ts";
import type { NetworkSpec } from "../child/create_network.ts";
import type { ChildData } from "../data/resident.ts";
import type { ChildNetwork } from "../child/network.ts";
import type { ArcSampler } from "../strategy/sampler.ts";
import { tracedEvent } from "./events.ts";
import { doneWork, type SearchOptions, totalWork, type Work } from "./options.ts";
import { compileParts, prepareParts } from "./parts.ts";
import { scoreArcs, scoreBest, type SearchState, trainSampler, trainWeights } from "./phases.ts";
import {
  beginningOf,
  type BestSoFar,
  putSamplerState,
  readBest,
  readPosition,
  readSamplerState,
  storedBest,
  storedPosition,
} from "./position.ts";
import { Snapshot } from "../run/snapshot.ts";
import type { RunEvent } from "../run/events.ts";
import {
  ScratchTraining,
  type TrainedChild,
  type TrainOptions,
} from "../child/scratch_training.ts";
import { finalStepsPerEpoch } from "../child/training_options.ts";

/** One search. */
export class Search {
  readonly data: ChildData;
  /** What {@link Search.network} is made of. */
  readonly spec: NetworkSpec;
  readonly network: ChildNetwork;
  readonly sampler: ArcSampler;
  /** The child trained from scratch, once it is; its weights belong to the run's results. */
  child: TrainedChild | null = null;
  #options: SearchOptions;
  #random: Random;
  #state: SearchState;
  #started = performance.now();
  /** Seconds before this process. */
  #before = 0;
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
    this.#state = {
      ...parts,
      options,
      clock: () => this.seconds,
      position: beginningOf("weights", 1, 0),
      best: null,
      drawn: null,
    };
    if (options.resume === undefined) return;
    try {
      this.#load(options.resume);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** The best arc so far, with its estimate; null before the first epoch has ended. */
  get best(): BestSoFar | null {
    return this.#state.best;
  }

  /** Seconds that the search has run, those before it was resumed included. */
  get seconds(): number {
    return this.#before + (performance.now() - this.#started) / 1000;
  }

  /** Whether nothing is left to do. */
  get complete(): boolean {
    return this.#state.position.phase === "done";
  }

  /** How often {@link SearchOptions.onWork} will be called for each kind in a complete run. */
  get work(): Work {
    const { config } = this.#options;
    const finalSteps = finalStepsPerEpoch(config.finalTraining, this.data.split);
    return totalWork(config, this.#state.trainer.stepsPerEpoch, finalSteps);
  }

  /** How much of {@link Search.work} is done. */
  get done(): Work {
    return doneWork(this.#options.config, this.#state.position, this.#training?.steps ?? 0);
  }

  /**
   * Runs the search, or the rest of it; every event is yielded as soon as it is known. Aborting ends
   * the generator early; {@link Search.best} then holds the best arc so far, and
   * {@link Search.snapshot} all that it takes to go on.
   */
  async *run(): AsyncGenerator<RunEvent> {
    const { signal, checkpoints } = this.#options;
    if (this.#state.position.phase !== "final") await compileParts(this.#options, this);
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
      position: storedPosition(this.#state.position),
      best: storedBest(this.best),
    });
    putSamplerState(snapshot, this.#state.drawn?.before ?? this.sampler.state());
    await this.#state.trainer.save(snapshot, "shared");
    this.#state.scorer.save(snapshot);
    this.#state.rewards.save(snapshot);
    await this.#training?.save(snapshot);
    return snapshot;
  }

  #load(snapshot: Snapshot): void {
    const { space } = this.#options.config;
    this.#before = snapshot.value("seconds");
    this.#state.position = readPosition(snapshot.value("position"), space);
    this.#state.best = readBest(snapshot.value("best"), space);
    this.sampler.restore(readSamplerState(snapshot));
    this.#state.trainer.load(snapshot, "shared");
    this.#state.scorer.load(snapshot);
    this.#state.rewards.load(snapshot);
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
    const { phase, epoch } = this.#state.position;
    switch (phase) {
      case "weights":
        backend.phase("shared weights", epoch);
        return yield* trainWeights(this.#state);
      case "rewards":
        backend.phase("rewards", epoch);
        return yield* trainSampler(this.#state);
      case "scores":
        backend.phase("scoring", epoch);
        return yield* scoreArcs(this.#state);
      case "best":
        yield await scoreBest(this.#state);
        return yield tracedEvent(this.sampler, this.best!.arc, this.seconds);
      case "final":
        return yield* this.#trainBest();
    }
  }

  /** Probabilities of the classes for each test image; null until the child was tested. */
  get tested(): readonly Float64Array[] | null {
    return this.#training?.tested ?? null;
  }

  /** Trains the best arc from scratch. */
  async *#trainBest(): AsyncGenerator<RunEvent> {
    const training = this.#training ??= new ScratchTraining(this.#trainOptions());
    yield* training.run();
    this.child = training.child;
    if (training.complete) this.#state.position.phase = "done";
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
