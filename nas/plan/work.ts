/**
 * The work of a run, counted before it begins: how often which network trains or scores how many
 * images. Operations and predicted time follow from it.
 *
 * @module
 */
import { type SearchConfig, sharedWeightsOf, splitSizes } from "../config/mod.ts";
import { evaluationConfig } from "../evaluator/from_scratch.ts";
import { evaluatorOf } from "../evaluator/registry.ts";
import { EVALUATION_BATCH } from "../evaluator/scorer.ts";
import { judgedIn, trainedEpochs } from "../search/work.ts";
import { strategyOf } from "../strategy/registry.ts";
import { finalStepsPerEpoch, SCORE_BATCH } from "../child/training_options.ts";

/** Parts of a run, in their order. */
export type PhaseName =
  | "child_steps"
  | "rewards"
  | "scores"
  | "evaluation"
  | "best_arc"
  | "evaluation_steps"
  | "evaluation_validation"
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
  const { search, finalTraining } = config;
  const judged = command === "train" ? 0 : judgedIn(config, {
    learns: strategyOf(config).learns,
    shares: evaluatorOf(config).sharesWeights,
  }, search.epochs);
  // A split is its number of images here.
  const split = { train: new Uint32Array(train), validation: new Uint32Array(validation) };
  const none = { passes: 0, images: 0 };
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
  const searching: PlannedPhase[] = [];
  let proposed = judged;
  if (command === "search" && evaluatorOf(config).sharesWeights) {
    const shared = sharedPhases(config, train, validation, judged);
    searching.push(...shared.phases);
    proposed += shared.proposed;
  } else if (command === "search") {
    const { finalTraining: short } = evaluationConfig(config, 1);
    const steps = judged * short.epochs * finalStepsPerEpoch(short, split);
    searching.push(
      {
        ...{ name: "evaluation_steps", network: "final", trains: true, count: steps },
        ...{ images: short.batchSize, passes: 1, recalibration: none, waits: 0 },
      },
      final("evaluation_validation", judged * short.epochs, validation),
    );
  }
  const phases = [...searching, ...training];
  return {
    train,
    validation,
    test: size.test,
    phases: phases.filter(({ count }) => count > 0),
    sampledArcs: proposed,
    learnedArcs: strategyOf(config).learns ? judged : 0,
  };
}

/** Work on shared weights, and how many architectures are proposed for it beside those judged. */
function sharedPhases(
  config: SearchConfig,
  train: number,
  validation: number,
  rewards: number,
): { readonly phases: readonly PlannedPhase[]; readonly proposed: number } {
  const { child, search } = config;
  const { batchSize, rewardBatchNorm, recalibrationBatches } = sharedWeightsOf(config);
  const childSteps = trainedEpochs(config) *
    (child.stepsPerEpoch || Math.ceil(train / child.batchSize));
  const scoreImages = Math.min(search.scoreImages || validation, validation);
  const passes = rewardBatchNorm === "recalibrated" ? recalibrationBatches : 0;
  const score = (name: PhaseName, count: number, images: number, waits = count): PlannedPhase => ({
    name,
    network: "shared",
    trains: false,
    count,
    images,
    passes: Math.ceil(images / batchSize),
    recalibration: { passes, images: passes * child.batchSize },
    waits,
  });
  const scored = search.epochs * search.scoredArcs;
  const evaluation = evaluations(search, validation);
  const phases: PlannedPhase[] = [
    {
      ...{ name: "child_steps", network: "shared", trains: true, count: childSteps },
      ...{ images: child.batchSize, passes: 1, waits: 0 },
      recalibration: { passes: 0, images: 0 },
    },
    score("rewards", rewards, Math.min(batchSize, validation), rewards / search.arcsPerUpdate),
    score("scores", scored, scoreImages),
    score("evaluation", evaluation.arcs, evaluation.images),
    score("best_arc", 1, validation),
  ];
  return { phases, proposed: childSteps + scored + evaluation.arcs };
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
