import { Random } from "../../engine/random.ts";
import { createSampler } from "../../nas/strategy/registry.ts";
import { formatArc } from "../../nas/space/arc.ts";
import { ESTIMATOR } from "../../study/estimator/study.ts";
import type { Results } from "../../nas/trials/results.ts";
import type { StudySettings } from "../../study/study.ts";
import type { Trial } from "../../nas/trials/queue.ts";
import { inputOf } from "../../nas/trials/kinds/mod.ts";
import { madeUpResults } from "./synthetic.ts";

/** What is planted in made-up results. Accuracies are fractions. */
export interface Planted {
  /** Deviation of the true final accuracies of architectures, and of a training around it. */
  readonly arcDeviation: number;
  readonly seedDeviation: number;
  /** Deviation of estimates that follows the truth, one that does not, and that of batch norm moving. */
  readonly signal: number;
  readonly noise: number;
  readonly movingNoise: number;
  /** Added to {@link Planted.noise} in the epoch after a restart. */
  readonly restartNoise: number;
}

/** A clear effect of everything. */
export const CLEAR: Planted = {
  arcDeviation: 0.03,
  seedDeviation: 0.004,
  signal: 0.05,
  noise: 0.005,
  movingNoise: 0.1,
  restartNoise: 0.2,
};

/** As {@link CLEAR}, but the learning rate's restart does no harm. */
export const STRONG: Planted = { ...CLEAR, restartNoise: 0 };
/** Architectures differ, and estimates know nothing of it. */
export const NULL: Planted = { ...STRONG, signal: 0, noise: 0.05 };
/** Architectures do not differ, whatever the estimates say. */
export const NARROW: Planted = { ...STRONG, arcDeviation: 0 };

/** Results of every trial that a study names, made up; `keep` says which of them are done. */
export function madeUp(
  settings: StudySettings,
  planted: Planted,
  seed: number,
  keep: (trial: Trial) => boolean = () => true,
): Results {
  const random = new Random(seed);
  return madeUpResults(ESTIMATOR, settings, (trial) => resultOf(trial, planted, random), keep);
}

function resultOf(trial: Trial, planted: Planted, random: Random): unknown {
  switch (trial.kind) {
    case "supernet":
      return supernet(trial, random);
    case "score":
      return score(trial, planted, random);
    case "train":
      return train(trial, planted, random);
    default:
      return proxies(trial);
  }
}

/** A standard normal number that belongs to the text. */
function fixedNormal(text: string, label: string): number {
  return new Random(7).fork(`${label} ${text}`).normal();
}

const inside = (value: number) => Math.min(1, Math.max(0, value));
/** `images` draws at that accuracy, by the normal approximation. */
const measured = (accuracy: number, images: number, random: Random) =>
  inside(
    accuracy + Math.sqrt(inside(accuracy) * (1 - inside(accuracy)) / images) * random.normal(),
  );

function supernet(trial: Trial, random: Random): unknown {
  const { config, marks, arcs } = inputOf("supernet", trial);
  const sampler = createSampler(config, new Random(config.seed));
  const { epochs } = config.search;
  return {
    epochs: Array.from({ length: epochs }, (_, i) => ({
      epoch: i + 1,
      trainLoss: 1,
      trainAccuracy: 0.6,
      learningRate: 0.05 / (1 + i % 8),
      meanEstimate: 0.6,
      bestEstimate: 0.7,
      opShares: [0.2, 0.2, 0.2, 0.2, 0.1, 0.1],
      skipRate: 0.4,
      reward: 0.6,
      entropy: 3,
      seconds: 1,
    })),
    marks: marks.map((epoch) => ({
      epoch,
      learningRate: 0.05 / (1 + (epoch - 1) % 8),
      arcs: sampler.sample(arcs).arcs.map(formatArc),
      estimates: Array.from({ length: arcs }, () => inside(0.6 + 0.08 * random.normal())),
      untouched: Array.from({ length: arcs }, () => inside(0.6 + 0.08 * random.normal())),
      policy: {
        opShares: [0.2, 0.2, 0.2, 0.2, 0.1, 0.1],
        skipRate: 0.4,
        entropy: 3,
        uniformEntropy: 4,
        distinct: 1,
        distance: 0.5,
        successiveInformation: 0,
      },
    })),
    policyArcs: 100,
    stepsPerEpoch: 10,
    validationImages: 2000,
    untouchedImages: 2000,
    seconds: 10,
  };
}

function score(trial: Trial, planted: Planted, random: Random): unknown {
  const { arcs, weights: { epoch } } = inputOf("score", trial);
  const images = 2000;
  const { signal, noise, movingNoise, restartNoise } = planted;
  const extra = epoch === 16 ? restartNoise : 0;
  const truth = (spread: number) =>
    arcs.map((arc) =>
      inside(0.55 + signal * fixedNormal(arc, "arc") + (spread + extra) * random.normal())
    );
  const [moving, batch, recalibrated] = [noise + movingNoise, noise, noise].map(truth);
  const of = (accuracies: number[]) => accuracies.map((a) => measured(a, images, random));
  const halves = (accuracies: number[]) =>
    [0, 1].map(() => accuracies.map((a) => measured(a, images / 2, random)));
  return {
    estimates: { moving: of(moving), batch: of(batch), recalibrated: of(recalibrated) },
    halves: { moving: halves(moving), batch: halves(batch), recalibrated: halves(recalibrated) },
    images,
    replay: {
      images: 128,
      estimates: batch.map((a) => Math.round(128 * measured(a, 128, random)) / 128),
    },
    seconds: 1,
  };
}

function train(trial: Trial, { arcDeviation, seedDeviation }: Planted, random: Random): unknown {
  const { arc } = inputOf("train", trial);
  const accuracy = inside(
    0.85 + arcDeviation * fixedNormal(arc, "arc") + seedDeviation * random.normal(),
  );
  return {
    testAccuracy: accuracy,
    testImages: 10_000,
    validationAccuracy: accuracy,
    curve: [accuracy / 2, accuracy],
    parameters: 1000,
    flops: 1e6,
    seconds: 3,
  };
}

function proxies(trial: Trial): unknown {
  const { arcs } = inputOf("proxies", trial);
  const some = (label: string, scale: number) =>
    arcs.map((arc) => Math.round(scale * (5 + fixedNormal(arc, label))));
  return {
    parameters: some("parameters", 1000),
    flops: some("flops", 1e5),
    gradientNorm: some("norm", 100),
    seconds: 1,
  };
}
