/**
 * Trains one arc from scratch and reads the test split once, at the end.
 *
 * @module
 */
import type { Backend } from "../engine/backend.ts";
import { cosineLearningRate } from "../engine/optim/schedule.ts";
import type { Random } from "../engine/random.ts";
import { type Arc, formatArc } from "./arc/arc.ts";
import { createNetwork, finalNetworkSpec, type NetworkSpec } from "./child/create_network.ts";
import type { ChildData } from "./child/data.ts";
import type { ChildNetwork } from "./child/network.ts";
import { accuracyOf } from "./child/score.ts";
import { ChildTrainer, type StepResult, type TrainerOptions } from "./child/trainer.ts";
import { compileNetwork } from "./compile_ahead.ts";
import type { SearchConfig } from "./config/mod.ts";
import { networkCost } from "./cost.ts";
import { differentPasses } from "./rehearse.ts";
import { epochBatches, type Split } from "./data/split.ts";
import { Pipeline } from "./pipeline.ts";
import type { Trained, TrainEpoch } from "./store/events.ts";

/** Images of one forward pass when a whole split is scored with moving averages. */
export const SCORE_BATCH = 250;

/** What {@link trainFromScratch} needs. */
export interface TrainOptions {
  readonly backend: Backend;
  readonly data: ChildData;
  readonly arc: Arc;
  readonly config: SearchConfig;
  readonly random: Random;
  /** Seconds since the run began. */
  readonly clock: () => number;
  /** Ends training after the present step. */
  readonly signal?: AbortSignal;
  /** Called after every step, for progress. */
  readonly onStep?: () => void;
}

/** A network trained from scratch, and what it is made of. */
export interface TrainedChild {
  readonly network: ChildNetwork;
  readonly spec: NetworkSpec;
  readonly arc: Arc;
}

/** Images that train by `config.finalTraining`. */
function trainingImages(finalTraining: SearchConfig["finalTraining"], split: Split): Uint32Array {
  return finalTraining.trainOn === "train"
    ? split.train
    : Uint32Array.from([...split.train, ...split.validation]);
}

/** How a search trains the shared weights. */
export function sharedTrainerOptions(config: SearchConfig): TrainerOptions {
  const auxiliary = config.space === "micro" && config.child.auxiliaryHead;
  return {
    ...config.child,
    augment: config.dataset.augment,
    auxiliaryWeight: auxiliary ? config.child.auxiliaryWeight : 0,
  };
}

/** How an arc is trained from scratch, in `totalSteps` steps. */
export function finalTrainerOptions(config: SearchConfig, totalSteps: number): TrainerOptions {
  const micro = config.space === "micro" ? config.finalTraining : null;
  return {
    ...config.finalTraining,
    augment: config.dataset.augment,
    auxiliaryWeight: micro?.auxiliaryHead ? micro.auxiliaryWeight : 0,
    dropPathKeep: micro?.dropPathKeep ?? 1,
    totalSteps,
  };
}

/** Training steps of one epoch from scratch. */
export function finalStepsPerEpoch(
  finalTraining: SearchConfig["finalTraining"],
  split: Split,
): number {
  const { stepsPerEpoch, batchSize } = finalTraining;
  return stepsPerEpoch || epochBatches(trainingImages(finalTraining, split).length, batchSize);
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
): AsyncGenerator<TrainEpoch | Trained, TrainedChild> {
  const { backend, data, arc, config, random } = options;
  const spec = finalNetworkSpec(config, arc, {
    shape: data.shape,
    classes: data.classNames.length,
  });
  const network = createNetwork(backend, spec, random.fork("weights"), arc);
  const child = { network, spec, arc };
  let trained = false;
  try {
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
    yield* trainNetwork(child, options);
    trained = true;
    return child;
  } finally {
    if (!trained) network.dispose();
  }
}

async function* trainNetwork(
  { network, spec }: TrainedChild,
  { data, arc, config, random, clock, signal, onStep }: TrainOptions,
): AsyncGenerator<TrainEpoch | Trained, void> {
  const settings = config.finalTraining;
  const steps = finalStepsPerEpoch(settings, data.split);
  const trainer = new ChildTrainer(
    network,
    data.pool,
    trainingImages(settings, data.split),
    finalTrainerOptions(config, settings.epochs * steps),
    random,
  );
  const how = { batchSize: SCORE_BATCH, batchNorm: "moving" } as const;
  let last: number | null = null;
  let best: { readonly accuracy: number; readonly epoch: number } | null = null;
  for (let epoch = 1; epoch <= settings.epochs; epoch++) {
    const learningRate = cosineLearningRate(epoch - 1, {
      max: settings.learningRateMax,
      min: settings.learningRateMin,
      period: settings.restartPeriod,
      factor: settings.restartFactor,
    });
    network.backend.phase("final training", epoch);
    const results: StepResult[] = [];
    const pipeline = new Pipeline<StepResult>((result) => results.push(result));
    for (let step = 0; step < steps && !signal?.aborted; step++) {
      await pipeline.push(trainer.step(arc, learningRate));
      onStep?.();
    }
    await pipeline.drain();
    if (signal?.aborted) return;
    if (settings.trainOn === "train") {
      last = await accuracyOf(network, arc, data.pool, data.split.validation, how);
      if (best === null || last > best.accuracy) best = { accuracy: last, epoch };
    }
    yield {
      type: "train_epoch",
      epoch,
      loss: mean(results.map(({ loss }) => loss)),
      trainAccuracy: mean(results.map(({ accuracy }) => accuracy)),
      validationAccuracy: last,
      learningRate,
      seconds: clock(),
    };
  }
  network.backend.phase("test");
  const testImages = data.test.shape[0];
  const all = Uint32Array.from({ length: testImages }, (_, i) => i);
  yield {
    type: "trained",
    arc: formatArc(arc),
    graph: spec.graph,
    validationAccuracy: last,
    bestValidationAccuracy: best?.accuracy ?? null,
    bestEpoch: best?.epoch ?? null,
    testAccuracy: await accuracyOf(network, arc, data.test, all, how),
    testImages,
    ...networkCost(spec, arc, data.shape),
    seconds: clock(),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}
