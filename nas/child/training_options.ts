/**
 * How a configuration says to train: the shared weights of a search, and one arc from scratch.
 *
 * @module
 */
import { cosineLearningRate } from "../../engine/optim/schedule.ts";
import type { TrainerOptions } from "./trainer.ts";
import type { SearchConfig } from "../config/mod.ts";
import { epochBatches, type Split } from "../data/split.ts";

/** Images of one forward pass when a whole split is scored with moving averages. */
export const SCORE_BATCH = 250;

/** How a search trains the shared weights. */
export function sharedTrainerOptions(config: SearchConfig): TrainerOptions {
  const { child } = config;
  return {
    ...child,
    augment: config.dataset.augment,
    auxiliaryWeight: auxiliaryWeight(child),
  };
}

/** How an arc is trained from scratch, in `totalSteps` steps. */
export function finalTrainerOptions(config: SearchConfig, totalSteps: number): TrainerOptions {
  const { finalTraining } = config;
  return {
    ...finalTraining,
    augment: config.dataset.augment,
    auxiliaryWeight: auxiliaryWeight(finalTraining),
    dropPathKeep: "dropPathKeep" in finalTraining ? finalTraining.dropPathKeep : 1,
    totalSteps,
  };
}

/** Weight of the auxiliary head's loss; 0 where the space has no such head, or it is off. */
function auxiliaryWeight(settings: SearchConfig["child" | "finalTraining"]): number {
  return "auxiliaryHead" in settings && settings.auxiliaryHead ? settings.auxiliaryWeight : 0;
}

/** Learning rate of an epoch, counted from 1, of either training (spec D.3). */
export function learningRateOf(
  settings: Pick<
    SearchConfig["child"],
    "learningRateMax" | "learningRateMin" | "restartPeriod" | "restartFactor"
  >,
  epoch: number,
): number {
  return cosineLearningRate(epoch - 1, {
    max: settings.learningRateMax,
    min: settings.learningRateMin,
    period: settings.restartPeriod,
    factor: settings.restartFactor,
  });
}

/** Images that train one arc from scratch. */
export function finalImages(
  finalTraining: SearchConfig["finalTraining"],
  split: Split,
): Uint32Array {
  return finalTraining.trainOn === "train"
    ? split.train
    : Uint32Array.from([...split.train, ...split.validation]);
}

/** Training steps of one epoch from scratch. */
export function finalStepsPerEpoch(
  finalTraining: SearchConfig["finalTraining"],
  split: Split,
): number {
  const { stepsPerEpoch, batchSize } = finalTraining;
  return stepsPerEpoch || epochBatches(finalImages(finalTraining, split).length, batchSize);
}
