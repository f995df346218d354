/**
 * Training one arc from scratch, recorded in a run folder.
 *
 * @module
 */
import type { Backend } from "../../engine/backend.ts";
import { Random } from "../../engine/random.ts";
import { type Arc, formatArc } from "../space/arc.ts";
import { extendTraining } from "./extend.ts";
import { finalNetworkSpec } from "../child/create_network.ts";
import { type ChildData, prepareChildData } from "../data/resident.ts";
import type { SearchConfig } from "../config/mod.ts";
import type { Dataset } from "../data/dataset.ts";
import { type PreparedRun, type RecordOptions, recordRun } from "../run/recording.ts";
import { type Checkpoints, Snapshot } from "../run/snapshot.ts";
import type { RunConfig, RunEvent, Trained } from "../run/events.ts";
import { keepPredictions } from "../run/predictions.ts";
import type { RunFolder } from "../run/run_folder.ts";
import { saveChild } from "../child/stored_network.ts";
import { ScratchTraining } from "../child/scratch_training.ts";
import { finalStepsPerEpoch } from "../child/training_options.ts";

/**
 * What {@link runTrain} needs. Of the configuration `dataset`, `finalTraining` and the switches
 * `child.opMode`, `child.skipIndex` and `child.reductionPrev` play a part.
 */
export interface RunTrainOptions extends RecordOptions {
  readonly arc: Arc;
  /** Called once, when the folder exists and before the first step. */
  readonly onStart?: (start: TrainStart) => void;
  /** Called after every step. */
  readonly onStep?: () => void;
}

/** What is known when training begins. */
export interface TrainStart {
  readonly folder: RunFolder;
  readonly config: RunConfig;
  /** Training steps of the complete run. */
  readonly steps: number;
  /** How many of them are done; none where the run begins. */
  readonly done: number;
}

/** What training came to. */
export interface RunTrainOutcome {
  readonly folder: RunFolder;
  readonly status: "completed" | "interrupted";
  /** Null when the run ended early. */
  readonly trained: Trained | null;
  readonly seconds: number;
}

/**
 * Trains `arc` by `config.finalTraining` and records it, as `recordRun` says. Throws `ArcError`
 * where the arc does not belong to the configuration's space, or has an op that the graph refuses.
 */
export async function runTrain(options: RunTrainOptions): Promise<RunTrainOutcome> {
  const { arc, config, signal, onStart, onStep } = options;
  let trained: Trained | null = null;
  const follow = (event: RunEvent) => {
    if (event.type === "trained") trained = event;
  };
  const ended = await recordRun(options, {
    command: "train",
    label: "train",
    asked: { arc: formatArc(arc) },
    given: () => ({ arc: formatArc(arc) }),
    prepare: (backend, dataset, checkpoints, resume) =>
      new Training(backend, dataset, arc, config, { signal, onStep, checkpoints, resume }),
    onStart: ({ steps, done }, folder, runConfig) =>
      onStart?.({ folder, config: runConfig, steps, done }),
    extend: (shorter) => extendTraining(shorter, config),
    onEvent: follow,
    onResume: (events) => events.forEach(follow),
  });
  return { ...ended, trained };
}

/** The hooks of one training. */
interface TrainingHooks {
  readonly signal: AbortSignal | undefined;
  readonly onStep: (() => void) | undefined;
  readonly checkpoints: Checkpoints;
  readonly resume: Snapshot | null;
}

/** One training in the form that `recordRun` follows. */
class Training implements PreparedRun {
  readonly data: ChildData;
  readonly steps: number;
  /** Seconds before this process. */
  #before = 0;
  #training: ScratchTraining;
  /** Whether the network's weights are a result: training ended, early or not, without an error. */
  #ended = false;
  #started = performance.now();

  constructor(
    backend: Backend,
    dataset: Dataset,
    readonly arc: Arc,
    readonly config: SearchConfig,
    readonly hooks: TrainingHooks,
  ) {
    const { height, width, channels } = dataset.train;
    const side = config.dataset.imageSize;
    // Refuses an architecture that cannot be trained before anything is uploaded or written.
    finalNetworkSpec(config, arc, {
      shape: [side || height, side || width, channels],
      classes: dataset.classNames.length,
    });
    const random = new Random(config.seed);
    this.data = prepareChildData(backend, dataset, config, random);
    this.steps = config.finalTraining.epochs *
      finalStepsPerEpoch(config.finalTraining, this.data.split);
    const { signal, onStep, checkpoints, resume } = hooks;
    this.#training = new ScratchTraining({
      backend,
      data: this.data,
      arc,
      config,
      // The stream of a search with the same seed: its best arc trains the same way there.
      random: random.fork("training from scratch"),
      clock: () => this.seconds,
      checkpoints,
      ...(signal ? { signal } : {}),
      ...(onStep ? { onStep } : {}),
      ...(resume ? { resume } : {}),
    });
    if (resume !== null) this.#before = resume.value("seconds");
  }

  get seconds(): number {
    return this.#before + (performance.now() - this.#started) / 1000;
  }

  /** Steps done. */
  get done(): number {
    return this.#training.steps;
  }

  get complete(): boolean {
    return this.#training.complete;
  }

  async snapshot(): Promise<Snapshot> {
    const snapshot = new Snapshot({ seconds: this.seconds });
    await this.#training.save(snapshot);
    return snapshot;
  }

  async *run(): ReturnType<PreparedRun["run"]> {
    yield* this.#training.run();
    this.#ended = true;
  }

  async save(folder: RunFolder): Promise<void> {
    if (!this.#ended) return;
    const { child, tested } = this.#training;
    await saveChild(folder, child, this.data);
    keepPredictions(folder, this.data, formatArc(child.arc), tested);
  }

  dispose(): void {
    this.#training.child.network.dispose();
    this.data.pool.dispose();
    this.data.test.dispose();
  }
}
