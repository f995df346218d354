/**
 * The search: a strategy proposes architectures, an evaluator judges them, the strategy learns; at the
 * end the best one is trained from scratch. Which strategy and which evaluator, it does not know: it
 * asks what they can do. With a controller and shared weights it is ENAS (spec D.5).
 *
 * Work is done in units, between which the search can be stored: an epoch is a few phases of them, and
 * a phase goes on where the last unit ended.
 *
 * @module
 */
import type { Backend } from "../../engine/backend.ts";
import { Random } from "../../engine/random.ts";
import { DivergenceError } from "../child/errors.ts";
import {
  ScratchTraining,
  type TrainedChild,
  type TrainOptions,
} from "../child/scratch_training.ts";
import type { StepResult } from "../child/trainer.ts";
import { finalStepsPerEpoch } from "../child/training_options.ts";
import { ConfigError, type SearchConfig } from "../config/mod.ts";
import type { Dataset } from "../data/dataset.ts";
import { type ChildData, prepareChildData } from "../data/resident.ts";
import type { Evaluator, SharedTraining, WorkKind } from "../evaluator/evaluator.ts";
import { evaluatorOf } from "../evaluator/registry.ts";
import type { RunEvent } from "../run/events.ts";
import { type Checkpoints, Snapshot } from "../run/snapshot.ts";
import { type Arc, formatArc } from "../space/arc.ts";
import { spaceOf } from "../space/registry.ts";
import { createStrategy } from "../strategy/registry.ts";
import type { Outcome, Proposal, Strategy, StrategyState } from "../strategy/strategy.ts";
import {
  beginningOf,
  type BestSoFar,
  betterOf,
  putStrategyState,
  readBest,
  readPosition,
  readStrategyState,
  storedBest,
  storedPosition,
  summaryOf,
} from "./position.ts";
import { RewardDealer } from "./rewards.ts";
import {
  doneWork,
  judgedInEpoch,
  learningRateIn,
  type SearchKind,
  stepsInEpoch,
  totalWork,
  type Work,
} from "./work.ts";

/** What a {@link Search} needs. */
export interface SearchOptions {
  readonly backend: Backend;
  readonly dataset: Dataset;
  readonly config: SearchConfig;
  /** Ends the search after the present step. */
  readonly signal?: AbortSignal;
  /** Called after every unit of work that {@link Search.work} counts, for progress. */
  readonly onWork?: (kind: WorkKind) => void;
  /** Where the search goes on; left out, it begins. Its seconds come from there too. */
  readonly resume?: Snapshot;
  /** Asked between units of work whether the search shall be stored. */
  readonly checkpoints?: Checkpoints;
}

/** Most `child_step` events of one epoch; longer epochs are logged every few steps. */
const LOGGED_STEPS = 50;

/** One search. */
export class Search {
  readonly data: ChildData;
  readonly strategy: Strategy;
  readonly evaluator: Evaluator;
  /** The child trained from scratch, once it is; its weights belong to the run's results. */
  child: TrainedChild | null = null;
  readonly #options: SearchOptions;
  readonly #random: Random;
  readonly #rewards: RewardDealer;
  readonly #started = performance.now();
  /** Seconds before this process. */
  #before = 0;
  #position = beginningOf("weights", 1, 0, 0);
  #best: BestSoFar | null = null;
  /** Proposals that are not told yet, and the strategy as it was before it was asked for them. */
  #asked: { readonly proposals: readonly Proposal[]; readonly before: StrategyState } | null = null;
  #training: ScratchTraining | null = null;

  /**
   * Uploads the images, splits them and draws initial weights, each part from a stream of its own.
   * Throws `ConfigError` where there are too few images, or where the best arc could turn out to be
   * untrainable.
   */
  constructor(options: SearchOptions) {
    const { backend, dataset, config, resume } = options;
    requireTrainable(config);
    const random = new Random(config.seed);
    this.#options = options;
    this.#random = random;
    this.data = prepareChildData(backend, dataset, config, random);
    this.evaluator = evaluatorOf(config).create({ backend, data: this.data, config, random });
    this.strategy = createStrategy(config, random.fork("sampler"));
    this.#rewards = new RewardDealer(config.search.rewards, random.fork("shuffled rewards"));
    if (resume === undefined) return;
    try {
      this.#load(resume);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** The best arc so far, with its estimate; null before there is one. */
  get best(): BestSoFar | null {
    return this.#best;
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
    return totalWork(this.#options.config, this.#kind);
  }

  /** How much of {@link Search.work} is done. */
  get done(): Work {
    const { config } = this.#options;
    const finalSteps = this.#training?.steps ?? 0;
    return doneWork(config, this.#kind, this.#position, this.evaluator.done, finalSteps);
  }

  /**
   * Runs the search, or the rest of it; every event is yielded as soon as it is known. Aborting ends
   * the generator early; {@link Search.best} then holds the best arc so far, and
   * {@link Search.snapshot} all that it takes to go on.
   */
  async *run(): AsyncGenerator<RunEvent> {
    const { signal, checkpoints } = this.#options;
    if (this.#position.phase !== "final") await this.evaluator.compile();
    while (!this.complete) {
      yield* this.#phase();
      if (signal?.aborted) return;
      if (checkpoints?.due()) await checkpoints.save();
    }
  }

  /** The rest of the present phase; where it is not aborted, the next one is the present one then. */
  async *#phase(): AsyncGenerator<RunEvent> {
    const { backend } = this.#options;
    const { phase, epoch } = this.#position;
    const { shared } = this.evaluator;
    switch (phase) {
      case "weights":
        if (shared === null) {
          this.#position.phase = "rewards";
          return;
        }
        backend.phase("shared weights", epoch);
        return yield* this.#trainShared(shared);
      case "rewards":
        backend.phase("rewards", epoch);
        return yield* this.#judge();
      case "scores":
        backend.phase("scoring", epoch);
        return yield* this.#endEpoch(shared);
      case "best":
        return yield* this.#chooseBest(shared);
      case "final":
        return yield* this.#trainBest();
    }
  }

  /** Probabilities of the classes for each test image; null until the child was tested. */
  get tested(): readonly Float64Array[] | null {
    return this.#training?.tested ?? null;
  }

  /**
   * Trains the shared weights, a new arc at every step. The strategy stays as it is until it is told
   * something: what it proposes for that is asked for while the device works on the last steps.
   */
  async *#trainShared(shared: SharedTraining): AsyncGenerator<RunEvent> {
    const { config, signal, checkpoints, onWork } = this.#options;
    const position = this.#position;
    const { epoch, results } = position;
    const learningRate = learningRateIn(config, epoch);
    const steps = stepsInEpoch(config, shared.stepsPerEpoch, epoch);
    const every = Math.ceil(steps / LOGGED_STEPS);
    const judges = judgedInEpoch(config, this.#kind, epoch) > 0;
    const arcs = position.ahead ??= steps === 0 ? [] : this.#propose(steps);
    let complete = false;
    yield* shared.train<RunEvent>({
      learningRate,
      steps,
      results,
      divergenceLimit: config.child.divergenceLimit,
      signal,
      checkpoints,
      arcOf: (step) => arcs[step],
      onStep(arc) {
        position.sampled.push(arc);
        onWork?.("child_step");
      },
      eventOf: (result, arc) => {
        position.steps++;
        const place = { epoch, step: position.steps, seconds: this.seconds };
        return stepEvent(result, arc, place, learningRate, results.length % every === 0);
      },
      whileWaiting: () => {
        complete = true;
        if (judges) this.#ask();
      },
    });
    if (complete) position.phase = judges ? "rewards" : "scores";
  }

  /** Has proposals judged and tells the strategy, as often as this epoch's settings say. */
  async *#judge(): AsyncGenerator<RunEvent> {
    const { config, signal, checkpoints, onWork } = this.#options;
    const position = this.#position;
    const { epoch, untold } = position;
    const wanted = judgedInEpoch(config, this.#kind, epoch);
    while (position.judged < wanted && !signal?.aborted) {
      const proposals = this.#ask();
      const judging = this.evaluator.evaluate({
        proposals,
        judged: untold.length,
        first: position.judgedInAll,
        epoch,
        clock: () => this.seconds,
        signal,
        checkpoints,
        onWork: (kind) => onWork?.(kind),
      });
      for await (const found of judging) {
        if (!("proposal" in found)) yield found;
        else {
          untold.push({ estimate: found.estimate, failure: found.failure });
          if (this.evaluator.shared === null) yield this.#scored(found);
        }
      }
      if (untold.length < proposals.length) return;
      yield* this.#tell(proposals);
      if (checkpoints?.due()) await checkpoints.save();
    }
    if (position.judged >= wanted) position.phase = "scores";
  }

  /** Tells the strategy what is known of all its proposals. */
  *#tell(proposals: readonly Proposal[]): Generator<RunEvent> {
    const { config } = this.#options;
    const position = this.#position;
    const { epoch, untold, updates } = position;
    const dealt = this.#rewards.deal(untold.map(({ estimate }) => estimate));
    const outcomes = untold.map(({ failure }, i): Outcome => (
      { proposal: proposals[i], estimate: dealt[i], failure }
    ));
    const update = this.strategy.tell(outcomes);
    this.#asked = null;
    untold.length = 0;
    position.sampled.push(...proposals.map(({ arc }) => arc));
    position.judged += proposals.length;
    position.judgedInAll += proposals.length;
    if (update === null) return;
    updates.push(update);
    const { step, arcs, reward, accuracy, baseline, entropy, skipRate, loss } = update;
    yield {
      ...{ type: "controller_step", step, arcs, reward, accuracy, baseline, entropy, loss },
      skipRate: spaceOf(config).hasSkips ? skipRate : null,
      ...{ epoch, seconds: this.seconds },
    };
  }

  /** Takes a final estimate among those of which the best is chosen; the event that says it. */
  #scored({ proposal: { arc }, estimate, failure }: Outcome): RunEvent {
    const { images, batchNorm } = this.evaluator;
    const { epoch, scored } = this.#position;
    const text = formatArc(arc);
    scored.push({ arc: text, estimate, failure });
    if (failure === null) this.#best = betterOf(this.#best, { arc, epoch, estimate });
    return {
      ...{ type: "arc_scored", epoch, index: scored.length - 1, arc: text, estimate },
      ...{ images, batchNorm, ...(failure === null ? {} : { failure }) },
    };
  }

  /** Ends the epoch, as one unit of work; where estimates change with the weights, scores new arcs. */
  async *#endEpoch(shared: SharedTraining | null): AsyncGenerator<RunEvent> {
    const { config, onWork } = this.#options;
    const position = this.#position;
    const { epoch, sampled, scored } = position;
    if (shared !== null) {
      const arcs = this.#propose(config.search.scoredArcs);
      sampled.push(...arcs);
      const estimates = await shared.scores(arcs, () => onWork?.("score"));
      const how = { epoch, images: shared.scoreImages, batchNorm: this.evaluator.batchNorm };
      for (const [index, arc] of arcs.entries()) {
        const [text, estimate] = [formatArc(arc), estimates[index]];
        scored.push({ arc: text, estimate, failure: null });
        this.#best = betterOf(this.#best, { arc, epoch, estimate });
        yield { type: "arc_scored", index, arc: text, estimate, ...how };
      }
    }
    const policyAccuracy = await shared?.policy((count) => this.#propose(count)) ?? null;
    yield {
      ...summaryOf(position, scored),
      learningRate: shared === null ? 0 : learningRateIn(config, epoch),
      policyAccuracy,
      seconds: this.seconds,
    };
    const last = epoch === config.search.epochs;
    const { steps, judgedInAll } = position;
    this.#position = beginningOf(last ? "best" : "weights", epoch + 1, steps, judgedInAll);
  }

  /** Says which arc is the best; scores it again with the present weights, where they have changed. */
  async *#chooseBest(shared: SharedTraining | null): AsyncGenerator<RunEvent> {
    const { onWork } = this.#options;
    const { images, batchNorm } = this.evaluator;
    if (this.#best === null) {
      throw new DivergenceError(
        "Expected an architecture that could be judged but found none: each evaluation failed, as " +
          "the events arc_scored say; lower finalTraining.learningRateMax",
      );
    }
    const { arc, epoch } = this.#best;
    if (shared !== null) {
      this.#best = { arc, epoch, estimate: await shared.validation(arc) };
      onWork?.("score");
    }
    this.#position.phase = "final";
    const { estimate } = this.#best;
    const text = formatArc(arc);
    yield {
      type: "best_arc",
      arc: text,
      epoch,
      estimate,
      images,
      batchNorm,
      seconds: this.seconds,
    };
    const { sampler } = this.strategy;
    if (sampler === null) return;
    yield {
      type: "arc_traced",
      arc: text,
      decisions: sampler.trace(arc),
      parameters: Object.entries(sampler.parameters()).map(([name, { shape }]) => ({
        name,
        shape,
      })),
      seconds: this.seconds,
    };
  }

  /** Trains the best arc from scratch. */
  async *#trainBest(): AsyncGenerator<RunEvent> {
    const training = this.#training ??= new ScratchTraining(this.#trainOptions());
    yield* training.run();
    this.child = training.child;
    if (training.complete) this.#position.phase = "done";
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

  /** Everything that it takes to go on. Call it while no work is in flight. */
  async snapshot(): Promise<Snapshot> {
    const snapshot = new Snapshot({
      seconds: this.seconds,
      position: storedPosition(this.#position),
      best: storedBest(this.best),
    });
    putStrategyState(snapshot, this.#asked?.before ?? this.strategy.state());
    await this.evaluator.save(snapshot);
    this.#rewards.save(snapshot);
    await this.#training?.save(snapshot);
    return snapshot;
  }

  #load(snapshot: Snapshot): void {
    const { space, search: { arcsPerUpdate } } = this.#options.config;
    this.#before = snapshot.value("seconds");
    this.#position = readPosition(snapshot.value("position"), space, arcsPerUpdate);
    this.#best = readBest(snapshot.value("best"), space);
    this.strategy.restore(readStrategyState(snapshot));
    this.evaluator.load(snapshot);
    this.#rewards.load(snapshot);
    if (snapshot.has("final/position")) {
      this.#training = new ScratchTraining({ ...this.#trainOptions(), resume: snapshot });
    }
  }

  /** Gives the device's memory back. */
  dispose(): void {
    this.evaluator.dispose();
    this.#training?.child.network.dispose();
    this.data.pool.dispose();
    this.data.test.dispose();
  }

  get #kind(): SearchKind {
    const { evaluator, strategy, data } = this;
    return {
      learns: strategy.learns,
      shares: evaluator.shared !== null,
      sharedSteps: evaluator.shared?.stepsPerEpoch ?? 0,
      evaluation: evaluator.work,
      finalStepsPerEpoch: finalStepsPerEpoch(this.#options.config.finalTraining, data.split),
    };
  }

  /**
   * The proposals that are to be judged next. A search that was resumed asks for them again: a
   * strategy that was restored proposes the same.
   */
  #ask(): readonly Proposal[] {
    if (this.#asked !== null) return this.#asked.proposals;
    const { config } = this.#options;
    const { epoch, judged } = this.#position;
    const left = judgedInEpoch(config, this.#kind, epoch) - judged;
    const before = this.strategy.state();
    const proposals = this.strategy.ask(Math.min(config.search.arcsPerUpdate, left));
    this.#asked = { proposals, before };
    return proposals;
  }

  /** Architectures of which the strategy will not be told; as many asks as it takes. */
  #propose(count: number): Arc[] {
    const arcs: Arc[] = [];
    while (arcs.length < count) {
      arcs.push(...this.strategy.ask(count - arcs.length).map(({ arc }) => arc));
    }
    return arcs;
  }
}

/**
 * The event of a training step of the shared weights on `arc`: of one that was passed over always, of
 * others where they are logged; null otherwise.
 */
function stepEvent(
  result: StepResult,
  arc: string,
  place: { readonly epoch: number; readonly step: number; readonly seconds: number },
  learningRate: number,
  logged: boolean,
): RunEvent | null {
  if (result.skipped !== null) {
    return { type: "diverged", weights: "shared", arc, ...result.skipped, ...place };
  }
  const { loss, accuracy, gradientNorm } = result;
  return logged
    ? { type: "child_step", loss, accuracy, gradientNorm, learningRate, ...place }
    : null;
}

/** Refuses settings with which the best arc could turn out to be untrainable, after the search. */
function requireTrainable(config: SearchConfig): void {
  if (spaceOf(config).refusedOps(config).length === 0) return;
  throw new ConfigError([{
    path: "finalTraining.poolOps",
    message: "Expected finalTraining.poolOps to be pre-activation in a search, whose best " +
      "architecture may hold pools, but found refuse; use it with train",
  }]);
}
