/**
 * Made-up results of the studies of learning curves and of depth.
 *
 * @module
 */
import { Random } from "../../engine/random.ts";
import { frozenAfter } from "../../study/kit/curve_plan.ts";
import { Results } from "../../nas/trials/results.ts";
import type { Study, StudySettings } from "../../study/study.ts";
import type { FinishedTrial, Trial } from "../../nas/trials/queue.ts";
import { inputOf } from "../../nas/trials/kinds/mod.ts";
import { finished, madeUpResults, searchResult, trainResult } from "./synthetic.ts";

/** What a trial is about, read from its id. */
export interface Place {
  readonly arm: string;
  readonly seed: number;
  readonly dataset: string;
  /** Null of a search. */
  readonly moment: "untrained" | "first" | "last" | null;
}

/** Effects that are planted; accuracies are fractions. All are 0 where left out. */
export interface Effects {
  /** Added to the accuracy after training from scratch. */
  readonly accuracy?: (place: Place) => number;
  /** Added to the accuracy under shared weights; `share` of the search is over. */
  readonly estimate?: (place: Place, share: number) => number;
  /** {@link policyAt} of the synthetic results. */
  readonly certainty?: (place: Place, share: number) => number;
  /** Added to the estimates on the reward split alone. */
  readonly overfit?: (place: Place, share: number) => number;
  /** Height of an architecture's own way of learning, added to its whole curve but for its end. */
  readonly curves?: number;
  /** Deviation of an accuracy from scratch around its mean; 0.003 where left out. */
  readonly noise?: number;
}

/** Results of all trials that `keep` lets finish. */
export function madeUp(
  study: Study,
  settings: StudySettings,
  effects: Effects,
  seed: number,
  keep: (trial: Trial) => boolean = () => true,
): Results {
  const random = new Random(seed);
  return madeUpResults(study, settings, (trial) => resultOf(trial, effects, random), keep);
}

/** Ids of all trials in the order in which one process does them: as they were first named. */
export function runOrder(study: Study, settings: StudySettings): string[] {
  const random = new Random(1);
  const queue = new Map<string, Trial>();
  const done = new Map<string, FinishedTrial>();
  while (true) {
    for (const trial of study.trials(settings, new Results([...done.values()]))) {
      if (!queue.has(trial.id)) queue.set(trial.id, trial);
    }
    const next = queue.values().find(({ id }) => !done.has(id));
    if (next === undefined) return [...done.keys()];
    done.set(next.id, finished(next, resultOf(next, {}, random)));
  }
}

/** Reads an id such as `macro/mnist/seed1/random` or `mnist/seed1/deep/last-chosen/0`. */
export function placeOf({ id, kind }: Trial): Place {
  const parts = id.split("/");
  const at = parts.findIndex((part) => /^seed\d+$/.test(part));
  return {
    arm: parts[at + 1],
    seed: Number(parts[at].slice(4)),
    dataset: parts[at - 1],
    moment: kind === "train" ? parts[at + 2].split("-")[0] as Place["moment"] : null,
  };
}

function resultOf(trial: Trial, effects: Effects, random: Random) {
  return trial.kind === "supernet"
    ? search(trial, effects, random)
    : training(trial, effects, random);
}

function search(trial: Trial, effects: Effects, random: Random) {
  const { config, marks, arcs } = inputOf("supernet", trial);
  const place = placeOf(trial);
  const { search: { epochs } } = config;
  const none = () => 0;
  const { estimate = none, certainty = none, overfit = none } = effects;
  return searchResult(random, {
    space: config.space,
    epochs,
    marks,
    arcs: () => Array.from({ length: arcs }, () => `arc ${random.integer(1_000_000)}`),
    // Shared weights get better, and so do all estimates, until they are frozen.
    level: (epoch) =>
      0.3 +
      0.4 * Math.min(epoch / epochs, place.arm === "frozen" ? frozenAfter(epochs) / epochs : 1) +
      estimate(place, epoch / epochs),
    certainty: (epoch) => certainty(place, epoch / epochs),
    overfit: (epoch) => overfit(place, epoch / epochs),
    learns: place.arm !== "random",
  });
}

function training(trial: Trial, effects: Effects, random: Random) {
  const { accuracy = () => 0, curves = 0, noise = 0.003 } = effects;
  const { config, arc } = inputOf("train", trial);
  const place = placeOf(trial);
  const seedLevel = 0.006 * new Random(place.seed).normal();
  const end = 0.9 + seedLevel + accuracy(place) + noise * random.normal();
  const bend = curves * new Random(Number(arc.split(" ")[1])).normal();
  const { epochs } = config.finalTraining;
  const curve = Array.from({ length: epochs }, (_, epoch) => {
    const share = (epoch + 1) / epochs;
    const value = end * (0.5 + 0.5 * share) + (share < 1 ? bend : 0) + 0.002 * random.normal();
    return Math.min(1, Math.max(0, value));
  });
  return trainResult(end, curve);
}
