/**
 * The work of a run, counted before it begins: how often which network trains or scores how many
 * images. Operations and predicted time follow from it.
 *
 * @module
 */
import { type SearchConfig, splitSizes } from "../config/mod.ts";
import { EVALUATION_BATCH } from "../evaluator/shared_weights.ts";
import { trainedEpochs } from "../search/options.ts";
import { finalStepsPerEpoch, SCORE_BATCH } from "../child/training_options.ts";

/** Parts of a run, in their order. */
export type PhaseName =
  | "child_steps"
  | "rewards"
  | "scores"
  | "evaluation"
  | "best_arc"
  | "train_steps"
  | "validation"
  | "test";

/** What is done again and again in one part of a run. */
export interface PlannedPhase {
  readonly name: PhaseName;
  /** The shared graph of the search, or the network that is trained from scratch. */
  readonly network: "shared" | "final";
  /** Whether images go forward and back, or forward alone. */
  readonly trains: boolean;
  /** How often. */
  readonly count: number;
  /** Images of each time. */
  readonly images: number;
  /** Forward passes of each time, among which the images are divided. */
  readonly passes: number;
  /** Forward passes of each time that recalibrate batch norms, and their images in all. */
  readonly recalibration: { readonly passes: number; readonly images: number };
  /** How often the program waits for results in all, beside the waits between training steps. */
  readonly waits: number;
}

/** The whole work of a run. */
export interface PlannedWork {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  /** Parts with nothing to do are left out. */
  readonly phases: readonly PlannedPhase[];
  /** Architectures drawn from the sampler. */
  readonly sampledArcs: number;
  /** Architectures that the sampler learns from. */
  readonly learnedArcs: number;
}

/** A forward pass costs this many times as much with the backward pass (spec I). */
export const TRAINING_FACTOR = 3;

/**
 * Counts the work of a complete run.
 *
 * @param config A valid configuration.
 * @param size Images of the data set's training pool, and test images.
 * @param command A search with the training of its best arc, or the training of one arc alone.
 * @throws {ConfigError} If the data set holds too few images.
 */
export function planWork(
  config: SearchConfig,
  size: { readonly train: number; readonly test: number },
  command: "search" | "train",
): PlannedWork {
  const { train, validation } = splitSizes(config, size.train);
  const { child, controller, search, finalTraining } = config;
  const learns = controller.sampler === "controller";
  const updates = command === "search" && learns
    ? Math.floor(search.epochs / controller.trainEvery) * controller.updatesPerEpoch
    : 0;
  const rewards = updates * controller.arcsPerUpdate;
  const childSteps = trainedEpochs(config) *
    (child.stepsPerEpoch || Math.ceil(train / child.batchSize));
  const scoreImages = Math.min(search.scoreImages || validation, validation);
  const recalibrated = controller.rewardBatchNorm === "recalibrated";
  const passes = recalibrated ? controller.recalibrationBatches : 0;
  const score = (name: PhaseName, count: number, images: number, waits = count): PlannedPhase => ({
    name,
    network: "shared",
    trains: false,
    count,
    images,
    passes: Math.ceil(images / controller.batchSize),
    recalibration: { passes, images: passes * child.batchSize },
    waits,
  });
  const none = { passes: 0, images: 0 };
  const scored = search.epochs * search.scoredArcs;
  const evaluation = evaluations(search, validation);
  const searching: PlannedPhase[] = [
    {
      ...{ name: "child_steps", network: "shared", trains: true, count: childSteps },
      ...{ images: child.batchSize, passes: 1, recalibration: none, waits: 0 },
    },
    score("rewards", rewards, Math.min(controller.batchSize, validation), updates),
    score("scores", scored, scoreImages),
    score("evaluation", evaluation.arcs, evaluation.images),
    score("best_arc", 1, validation),
  ];
  // A split is its number of images here.
  const split = { train: new Uint32Array(train), validation: new Uint32Array(validation) };
  const steps = finalTraining.epochs * finalStepsPerEpoch(finalTraining, split);
  const final = (name: PhaseName, count: number, images: number): PlannedPhase => ({
    name,
    network: "final",
    trains: false,
    count,
    images,
    passes: Math.ceil(images / SCORE_BATCH),
    recalibration: none,
    waits: count,
  });
  const training: PlannedPhase[] = [
    {
      ...{ name: "train_steps", network: "final", trains: true, count: steps },
      ...{ images: finalTraining.batchSize, passes: 1, recalibration: none, waits: 0 },
    },
    final("validation", finalTraining.trainOn === "train" ? finalTraining.epochs : 0, validation),
    final("test", 1, size.test),
  ];
  const phases = command === "search" ? [...searching, ...training] : training;
  return {
    train,
    validation,
    test: size.test,
    phases: phases.filter(({ count }) => count > 0),
    sampledArcs: command === "search" ? childSteps + rewards + scored + evaluation.arcs : 0,
    learnedArcs: rewards,
  };
}

/** How many architectures are evaluated after all epochs together, each on how many images. */
function evaluations(
  { epochs, evaluation }: SearchConfig["search"],
  validation: number,
): { readonly arcs: number; readonly images: number } {
  if (evaluation === "none") return { arcs: 0, images: 0 };
  if (evaluation === "one-arc") return { arcs: epochs, images: validation };
  const batches = Math.ceil(validation / EVALUATION_BATCH);
  // On average: the last batch may be smaller.
  return { arcs: epochs * batches, images: validation / batches };
}

/**
 * Floating-point operations of a part of a run.
 *
 * @param phase The part.
 * @param flops Operations of one image's forward pass, on the mean of the children.
 */
export function phaseFlops(
  { trains, count, images, recalibration }: PlannedPhase,
  flops: number,
): number {
  return count * flops * ((trains ? TRAINING_FACTOR : 1) * images + recalibration.images);
}

/** Time of a pass as a straight line over its images. */
export interface LinearTime {
  /** Seconds of a pass whatever its size. */
  readonly fixed: number;
  /** Seconds of each image. */
  readonly perImage: number;
}

/**
 * Seconds of a part of a run.
 *
 * @param phase The part.
 * @param time Of a training step where the part trains, of a forward pass elsewhere.
 * @param wait Seconds that the program waits for a result after the device has it.
 */
export function phaseSeconds(
  { count, images, passes, recalibration, waits }: PlannedPhase,
  { fixed, perImage }: LinearTime,
  wait: number,
): number {
  const each = (passes + recalibration.passes) * fixed +
    (images + recalibration.images) * perImage;
  return count * each + waits * wait;
}
