/**
 * Training one arc from scratch, recorded in a run folder.
 *
 * @module
 */
import type { Backend } from "../engine/backend.ts";
import { Random } from "../engine/random.ts";
import { type Arc, formatArc } from "./arc/arc.ts";
import { finalNetworkSpec } from "./child/create_network.ts";
import { type ChildData, prepareChildData } from "./child/data.ts";
import type { SearchConfig } from "./config/mod.ts";
import type { Dataset } from "./data/dataset.ts";
import { type PreparedRun, type RecordOptions, recordRun } from "./recording.ts";
import type { RunConfig, Trained } from "./store/events.ts";
import type { RunFolder } from "./store/run_folder.ts";
import { saveChild } from "./stored_network.ts";
import { finalStepsPerEpoch, type TrainedChild, trainFromScratch } from "./train.ts";

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
  const ended = await recordRun(options, {
    command: "train",
    label: "train",
    given: { arc: formatArc(arc) },
    prepare: (backend, dataset) => new Training(backend, dataset, arc, config, { signal, onStep }),
    onStart: (run, folder, runConfig) => onStart?.({ folder, config: runConfig, steps: run.steps }),
    onEvent(event) {
      if (event.type === "trained") trained = event;
    },
  });
  return { ...ended, trained };
}

/** The hooks of one training. */
interface TrainingHooks {
  readonly signal: AbortSignal | undefined;
  readonly onStep: (() => void) | undefined;
}

/** One training in the form that `recordRun` follows. */
class Training implements PreparedRun {
  readonly data: ChildData;
  readonly steps: number;
  #backend: Backend;
  #random: Random;
  #child: TrainedChild | null = null;
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
    this.#backend = backend;
    this.#random = new Random(config.seed);
    this.data = prepareChildData(backend, dataset, config, this.#random);
    this.steps = config.finalTraining.epochs *
      finalStepsPerEpoch(config.finalTraining, this.data.split);
  }

  get seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  async *run(): ReturnType<PreparedRun["run"]> {
    const { signal, onStep } = this.hooks;
    this.#child = yield* trainFromScratch({
      backend: this.#backend,
      data: this.data,
      arc: this.arc,
      config: this.config,
      // The stream of a search with the same seed: its best arc trains the same way there.
      random: this.#random.fork("training from scratch"),
      clock: () => this.seconds,
      ...(signal ? { signal } : {}),
      ...(onStep ? { onStep } : {}),
    });
  }

  async save(folder: RunFolder): Promise<void> {
    if (this.#child !== null) await saveChild(folder, this.#child, this.data);
  }

  dispose(): void {
    this.#child?.network.dispose();
    this.data.pool.dispose();
    this.data.test.dispose();
  }
}
