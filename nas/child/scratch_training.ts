/**
 * Trains one arc from scratch and reads the test split once, at the end.
 *
 * @module
 */
import type { Backend } from "../../engine/backend.ts";
import type { Random } from "../../engine/random.ts";
import { type Arc, formatArc } from "../space/arc.ts";
import { createNetwork, finalNetworkSpec, type NetworkSpec } from "./create_network.ts";
import type { ChildData } from "../data/resident.ts";
import type { ChildNetwork } from "./network.ts";
import { softmaxRows } from "./predict.ts";
import { accuracyOf } from "./score.ts";
import { ChildTrainer, type StepResult } from "./trainer.ts";
import { compileNetwork } from "./compile_ahead.ts";
import type { SearchConfig } from "../config/mod.ts";
import { networkCost } from "../space/registry.ts";
import { differentPasses } from "./rehearse.ts";
import { takenSteps } from "./divergence.ts";
import { trainEpochSteps } from "./epoch_steps.ts";
import type { Checkpoints, Snapshot } from "../run/snapshot.ts";
import type { Diverged, Trained, TrainEpoch } from "../run/events.ts";
import {
  finalImages,
  finalStepsPerEpoch,
  finalTrainerOptions,
  learningRateOf,
  SCORE_BATCH,
} from "./training_options.ts";

/** How a whole split is scored. */
const HOW = { batchSize: SCORE_BATCH, batchNorm: "moving" } as const;

/** What {@link trainFromScratch} needs. */
export interface TrainOptions {
  readonly backend: Backend;
  readonly data: ChildData;
  readonly arc: Arc;
  readonly config: SearchConfig;
  readonly random: Random;
  /** Seconds since the run began. */
  readonly clock: () => number;
  /** Under which name its state is stored. Default `final`. */
  readonly name?: string;
  /** Ends training after the present step. */
  readonly signal?: AbortSignal;
  /** Called after every step, for progress. */
  readonly onStep?: () => void;
  /** Where training goes on; left out, it begins. */
  readonly resume?: Snapshot;
  /** Asked between steps whether the run shall be stored. */
  readonly checkpoints?: Checkpoints;
}

/** A network trained from scratch, and what it is made of. */
export interface TrainedChild {
  readonly network: ChildNetwork;
  readonly spec: NetworkSpec;
  readonly arc: Arc;
}

/**
 * Trains `arc` alone, from new weights, by `config.finalTraining`. Yields an event an epoch and,
 * unless it was aborted, a last one with the test accuracy of the weights after the last epoch
 * (moving averages, no dropout). Returns the trained network, which the caller disposes of; it is
 * disposed of here where training fails or the caller stops reading. Throws `ArcError` where the
 * arc is of another space, or has an op that the graph cannot train.
 */
export async function* trainFromScratch(
  options: TrainOptions,
): AsyncGenerator<TrainEpoch | Diverged | Trained, TrainedChild> {
  const training = new ScratchTraining(options);
  let ended = false;
  try {
    yield* training.run();
    ended = true;
    return training.child;
  } finally {
    if (!ended) training.child.network.dispose();
  }
}

/** Where training from scratch stands, as JSON. */
interface TrainPosition {
  /** 1-based; one more than there are after the last one. */
  readonly epoch: number;
  /** What the epoch's steps so far measured. */
  readonly results: StepResult[];
  /** Validation accuracy after the last complete epoch, and the highest so far. */
  readonly last: number | null;
  readonly best: { readonly accuracy: number; readonly epoch: number } | null;
}

/** Training from scratch that can be stored between two steps. */
export class ScratchTraining {
  readonly child: TrainedChild;
  #options: TrainOptions;
  #trainer: ChildTrainer;
  #steps: number;
  #name: string;
  #complete = false;
  #tested: Float64Array[] | null = null;
  #position: TrainPosition = { epoch: 1, results: [], last: null, best: null };

  /** Throws `ArcError` as {@link trainFromScratch} does. The network is disposed of by the caller. */
  constructor(options: TrainOptions) {
    const { backend, data, arc, config, random, resume } = options;
    const settings = config.finalTraining;
    const spec = finalNetworkSpec(config, arc, {
      shape: data.shape,
      classes: data.classNames.length,
    });
    this.#options = options;
    this.#name = options.name ?? "final";
    this.#steps = finalStepsPerEpoch(settings, data.split);
    const network = createNetwork(backend, spec, random.fork("weights"), arc);
    this.child = { network, spec, arc };
    try {
      this.#trainer = new ChildTrainer(
        network,
        data.pool,
        finalImages(settings, data.split),
        finalTrainerOptions(config, settings.epochs * this.#steps),
        random,
      );
      if (resume === undefined) return;
      const name = this.#name;
      this.#trainer.load(resume, name);
      const position = resume.value<TrainPosition>(`${name}/position`);
      this.#position = { ...position, results: [...position.results] };
      this.#complete = resume.has(`${name}/complete`) && resume.value(`${name}/complete`);
    } catch (error) {
      network.dispose();
      throw error;
    }
  }

  /** Probabilities of the classes for each test image; null until the test split is read. */
  get tested(): readonly Float64Array[] | null {
    return this.#tested;
  }

  /** Steps done. */
  get steps(): number {
    const { epoch, results } = this.#position;
    return (epoch - 1) * this.#steps + results.length;
  }

  /** Whether the test split was read, the last thing to do. */
  get complete(): boolean {
    return this.#complete;
  }

  /** Writes all that it takes to go on; call it while no step is in flight. */
  async save(snapshot: Snapshot): Promise<void> {
    const name = this.#name;
    await this.#trainer.save(snapshot, name);
    snapshot.values[`${name}/complete`] = this.#complete;
    // The results go on growing.
    snapshot.values[`${name}/position`] = {
      ...this.#position,
      results: [...this.#position.results],
    };
  }

  /** Validation accuracy after the last complete epoch; null where the validation images train. */
  get validationAccuracy(): number | null {
    return this.#position.last;
  }

  /** Yields what {@link trainFromScratch} does, from where the training stands. */
  async *run(): AsyncGenerator<TrainEpoch | Diverged | Trained, void> {
    if (this.#complete || !(yield* this.train())) return;
    yield await this.#test();
    this.#complete = true;
  }

  /**
   * Trains, and leaves the test images alone.
   *
   * @returns false where training was left before its end.
   */
  async *train(): AsyncGenerator<TrainEpoch | Diverged, boolean> {
    const { config: { finalTraining: { epochs } }, checkpoints } = this.#options;
    await this.#compile();
    while (this.#position.epoch <= epochs) {
      if (!(yield* this.#epoch())) return false;
      if (checkpoints?.due()) await checkpoints.save();
    }
    return true;
  }

  /** Compiles what training and scoring will use. */
  async #compile(): Promise<void> {
    const { backend, data, config } = this.#options;
    const { spec, arc } = this.child;
    const { trainOn } = config.finalTraining;
    const scored = [data.test.shape[0], trainOn === "train" ? data.split.validation.length : 0];
    await compileNetwork(backend, {
      spec,
      arcs: [arc],
      alone: true,
      images: data.shape,
      training: finalTrainerOptions(config, 1),
      scoring: {
        passes: differentPasses(scored, SCORE_BATCH),
        batchNorm: "moving",
      },
    });
  }

  /** The rest of an epoch; false where it was left before its end. */
  async *#epoch(): AsyncGenerator<TrainEpoch | Diverged, boolean> {
    const { data, config: { finalTraining }, clock, signal, onStep, checkpoints } = this.#options;
    const { network, arc } = this.child;
    const { epoch, results } = this.#position;
    const learningRate = learningRateOf(finalTraining, epoch);
    network.backend.phase("final training", epoch);
    yield* trainEpochSteps<Diverged>({
      trainer: this.#trainer,
      learningRate,
      steps: this.#steps,
      results,
      divergenceLimit: finalTraining.divergenceLimit,
      signal,
      checkpoints,
      arcOf: () => arc,
      onStep: () => onStep?.(),
      eventOf: ({ skipped }, text) => {
        if (skipped === null) return null;
        const step = (epoch - 1) * this.#steps + results.length;
        const place = { epoch, step, arc: text, seconds: clock() };
        return { type: "diverged", weights: "scratch", ...skipped, ...place };
      },
    });
    if (signal?.aborted) return false;
    let { last, best } = this.#position;
    if (finalTraining.trainOn === "train") {
      last = await accuracyOf(network, arc, data.pool, data.split.validation, HOW);
      if (best === null || last > best.accuracy) best = { accuracy: last, epoch };
    }
    this.#position = { epoch: epoch + 1, results: [], last, best };
    const taken = takenSteps(results);
    yield {
      type: "train_epoch",
      epoch,
      loss: mean(taken.map(({ loss }) => loss)),
      trainAccuracy: mean(taken.map(({ accuracy }) => accuracy)),
      validationAccuracy: last,
      learningRate,
      seconds: clock(),
    };
    return true;
  }

  /** Reads the test split. */
  async #test(): Promise<Trained> {
    const { data, clock } = this.#options;
    const { network, spec, arc } = this.child;
    const { last, best } = this.#position;
    network.backend.phase("test");
    const testImages = data.test.shape[0];
    const all = Uint32Array.from({ length: testImages }, (_, i) => i);
    const passes: Promise<Float64Array[]>[] = [];
    const testAccuracy = await accuracyOf(network, arc, data.test, all, {
      ...HOW,
      onLogits: (logits, images) =>
        passes.push(logits.then((values) => softmaxRows(values, images))),
    });
    this.#tested = (await Promise.all(passes)).flat();
    return {
      type: "trained",
      arc: formatArc(arc),
      graph: spec.graph,
      validationAccuracy: last,
      bestValidationAccuracy: best?.accuracy ?? null,
      bestEpoch: best?.epoch ?? null,
      testAccuracy,
      testImages,
      ...networkCost(spec, arc, data.shape),
      seconds: clock(),
    };
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}
