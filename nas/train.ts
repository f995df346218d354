/**
 * Trains one arc from scratch and reads the test split once, at the end.
 *
 * @module
 */
import type { Backend } from "../engine/backend.ts";
import { cosineLearningRate } from "../engine/optim/schedule.ts";
import type { Random } from "../engine/random.ts";
import type { MacroArc } from "./arc/macro.ts";
import { macroArcFlops, macroArcParameters } from "./arc/macro_cost.ts";
import { formatMacroArc } from "./arc/macro_text.ts";
import type { ChildData } from "./child/data.ts";
import { MacroNetwork } from "./child/macro_network.ts";
import { accuracyOf, ChildTrainer, type StepResult } from "./child/trainer.ts";
import type { SearchConfig } from "./config/mod.ts";
import { Pipeline } from "./pipeline.ts";
import type { Trained, TrainEpoch } from "./store/events.ts";

/** Images of one forward pass when a whole split is scored with moving averages. */
export const SCORE_BATCH = 250;

/** What {@link trainFromScratch} needs. */
export interface TrainOptions {
  readonly backend: Backend;
  readonly data: ChildData;
  readonly arc: MacroArc;
  readonly config: SearchConfig;
  readonly random: Random;
  /** Seconds since the run began. */
  readonly clock: () => number;
  /** Ends training after the present step. */
  readonly signal?: AbortSignal;
  /** Called after every step, for progress. */
  readonly onStep?: () => void;
}

/**
 * Trains `arc` alone, from new weights, by `config.finalTraining`, on the training split. Yields an
 * event an epoch and, unless it was aborted, a last one with the test accuracy of the weights after
 * the last epoch (moving averages, no dropout). Returns the trained network, which the caller
 * disposes of; it is disposed of here where training fails or the caller stops reading.
 */
export async function* trainFromScratch(
  options: TrainOptions,
): AsyncGenerator<TrainEpoch | Trained, MacroNetwork> {
  const { backend, data, arc, config: { finalTraining }, random } = options;
  const network = new MacroNetwork(
    backend,
    {
      layers: arc.layers.length,
      filters: finalTraining.filters,
      inputChannels: data.shape[2],
      classes: data.classNames.length,
      batchNormDecay: finalTraining.batchNormDecay,
    },
    random.fork("weights"),
    arc,
  );
  let trained = false;
  try {
    yield* trainNetwork(network, options);
    trained = true;
    return network;
  } finally {
    if (!trained) network.dispose();
  }
}

async function* trainNetwork(
  network: MacroNetwork,
  { data, arc, config, random, clock, signal, onStep }: TrainOptions,
): AsyncGenerator<TrainEpoch | Trained, void> {
  const settings = config.finalTraining;
  const trainer = new ChildTrainer(
    network,
    data.pool,
    data.split.train,
    { ...settings, augment: config.dataset.augment },
    random,
  );
  const how = { batchSize: SCORE_BATCH, batchNorm: "moving" } as const;
  let validationAccuracy = 0;
  for (let epoch = 1; epoch <= settings.epochs; epoch++) {
    const learningRate = cosineLearningRate(epoch - 1, {
      max: settings.learningRateMax,
      min: settings.learningRateMin,
      period: settings.restartPeriod,
      factor: settings.restartFactor,
    });
    const results: StepResult[] = [];
    const pipeline = new Pipeline<StepResult>((result) => results.push(result));
    for (let step = 0; step < trainer.stepsPerEpoch && !signal?.aborted; step++) {
      await pipeline.push(trainer.step(arc, learningRate));
      onStep?.();
    }
    await pipeline.drain();
    if (signal?.aborted) return;
    validationAccuracy = await accuracyOf(network, arc, data.pool, data.split.validation, how);
    yield {
      type: "train_epoch",
      epoch,
      loss: mean(results.map(({ loss }) => loss)),
      trainAccuracy: mean(results.map(({ accuracy }) => accuracy)),
      validationAccuracy,
      learningRate,
      seconds: clock(),
    };
  }
  const testImages = data.test.shape[0];
  const [imageHeight, imageWidth] = data.shape;
  const all = Uint32Array.from({ length: testImages }, (_, i) => i);
  yield {
    type: "trained",
    arc: formatMacroArc(arc, "flat"),
    validationAccuracy,
    testAccuracy: await accuracyOf(network, arc, data.test, all, how),
    testImages,
    parameters: macroArcParameters(arc, network.options),
    flops: macroArcFlops(arc, { ...network.options, imageHeight, imageWidth }),
    seconds: clock(),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}
