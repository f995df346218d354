import { sharedWeightsOf } from "../../nas/config/mod.ts";
import { Random } from "../../engine/random.ts";
import { type MacroArc, parseMacroArc } from "../../nas/space/mod.ts";
import { formatArc } from "../../nas/space/arc.ts";
import type { SearchConfig } from "../../nas/config/mod.ts";
import { type OpMode, plannedTrials, type RewardNorm } from "../../study/quirks/design.ts";
import { Results } from "../../nas/trials/results.ts";
import { type ScoreResult } from "../../nas/trials/kinds/score.ts";
import { type SupernetResult } from "../../nas/trials/kinds/supernet.ts";
import { type TrainResult } from "../../nas/trials/kinds/train.ts";
import type { StudySettings } from "../../study/study.ts";
import type { FinishedTrial, Json, Trial } from "../../nas/trials/queue.ts";
import { inputOf } from "../../nas/trials/kinds/mod.ts";

/** What is planted in made-up results. */
export interface World {
  readonly seed: number;
  /** Correlation of an estimate with what the estimated network is worth. */
  readonly signal: (opMode: OpMode, norm: RewardNorm) => number;
  /** Deviation of the networks' worth over that of a training's noise; 0 for networks all alike. */
  readonly spread: number;
  /** Points by which the controller's architectures are better than random ones. */
  readonly gain: number;
  /** Share that one op takes from another where the sampled op runs, and where it does not. */
  readonly drift: { readonly correct: number; readonly released: number };
}

/** Nothing planted, networks that differ. */
export const NULL_WORLD: World = {
  seed: 1,
  signal: () => 0,
  spread: 4,
  gain: 0,
  drift: { correct: 0.02, released: 0.02 },
};

/** Results of the planned trials that `keep` lets through, as if they had run in that world. */
export function madeUp(
  settings: StudySettings,
  world: World,
  keep: (trial: Trial, place: number) => boolean = () => true,
): Results {
  return new Results(
    plannedTrials(settings).filter(keep).map((trial): FinishedTrial => ({
      trial,
      result: resultOf(trial, world) as unknown as Json,
      seconds: 1,
      attempts: 1,
    })),
  );
}

function resultOf(trial: Trial, world: World): SupernetResult | ScoreResult | TrainResult {
  switch (trial.kind) {
    case "supernet":
      return supernet(trial, world);
    case "score":
      return score(trial, world);
    default:
      return train(trial, world);
  }
}

/** A standard normal number that depends on the world and the label alone. */
function normal({ seed }: World, label: string): number {
  return new Random(seed).fork(label).normal();
}

/** What a network is worth, standard normal: skips alone with the closure bug, ops as well without. */
function worth(world: World, arc: MacroArc, opMode: OpMode): number {
  const skips = normal(world, `skips ${arc.layers.flatMap((layer) => layer.skips).map(Number)}`);
  if (opMode === "released") return skips;
  const ops = normal(world, `ops ${arc.layers.map(({ op }) => op)}`);
  return (skips + 3 * ops) / Math.sqrt(10);
}

function factorsOf(config: SearchConfig): { opMode: OpMode; norm: RewardNorm } {
  const { opMode } = config.child as { opMode: OpMode };
  return { opMode, norm: sharedWeightsOf(config).rewardBatchNorm as RewardNorm };
}

function score(trial: Trial, world: World): ScoreResult {
  const { config, arcs } = inputOf("score", trial);
  const { opMode, norm } = factorsOf(config);
  const signal = world.signal(opMode, norm);
  const estimates = arcs.map((text) => {
    const arc = parseMacroArc(text);
    const known = opMode === "correct" ? text : arc.layers.map(({ skips }) => skips.map(Number));
    const noise = normal(world, `${trial.id} ${known}`);
    const value = signal * worth(world, arc, opMode) + Math.sqrt(1 - signal ** 2) * noise;
    return clamped(0.4 + 0.03 * value);
  });
  const halves: [number[], number[]] = [estimates, estimates];
  return {
    estimates: { moving: estimates, batch: estimates, recalibrated: estimates },
    halves: { moving: halves, batch: halves, recalibrated: halves },
    images: 1000,
    replay: { images: 128, estimates },
    seconds: 1,
  };
}

function train(trial: Trial, world: World): TrainResult {
  const { config, arc: text } = inputOf("train", trial);
  const arc = parseMacroArc(text);
  const { opMode } = factorsOf(config);
  const noise = normal(world, trial.id);
  const value = world.spread * worth(world, arc, opMode) + noise;
  return {
    testAccuracy: clamped(0.8 + 0.01 * value),
    testImages: 10000,
    validationAccuracy: null,
    curve: [0.5],
    parameters: 1000,
    flops: 1000,
    seconds: 1,
  };
}

function supernet(trial: Trial, world: World): SupernetResult {
  const { config, marks } = inputOf("supernet", trial);
  const { opMode, norm } = factorsOf(config);
  const seed = config.seed;
  const arc = parseMacroArc("0");
  const moved = (epoch: number) => {
    if (epoch === 0) return 0;
    const chance = 0.002 * normal(world, `${trial.id} drift`);
    return Math.max(0, world.drift[opMode] + chance) * epoch / marks.at(-1)!;
  };
  // The random architectures of the score have a mean of about 0.4.
  const drawn = 0.4 + world.gain / 100 + 0.001 * normal(world, `${norm} ${seed} gain`);
  return {
    epochs: [{
      epoch: 1,
      trainLoss: 1,
      trainAccuracy: 0.5,
      learningRate: 0.1,
      meanEstimate: 0.4,
      bestEstimate: 0.5,
      opShares: [1, 0, 0, 0, 0, 0],
      skipRate: 0.5,
      reward: clamped(drawn),
      entropy: 10,
      seconds: 1,
    }],
    marks: marks.map((epoch) => ({
      epoch,
      learningRate: 0.1,
      arcs: [formatArc(arc), formatArc(arc)],
      estimates: [clamped(drawn - 0.01), clamped(drawn + 0.01)],
      untouched: [0.4, 0.4],
      policy: {
        opShares: [1 / 6 + moved(epoch), 1 / 6 - moved(epoch), 1 / 6, 1 / 6, 1 / 6, 1 / 6],
        skipRate: 0.5 - moved(epoch),
        entropy: 10 - moved(epoch),
        uniformEntropy: 10,
        distinct: 1,
        distance: 0.5,
        successiveInformation: 0,
      },
    })),
    policyArcs: 200,
    stepsPerEpoch: 24,
    validationImages: 1000,
    untouchedImages: 1000,
    seconds: 1,
  };
}

function clamped(value: number): number {
  return Math.min(1, Math.max(0, value));
}
