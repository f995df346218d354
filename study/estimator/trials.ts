/**
 * Trials of `study estimator`: searches over seeds, one fixed set of architectures, their estimates
 * under the shared weights of several epochs, and their trainings from scratch.
 *
 * @module
 */
import type { SearchConfig, SpaceName } from "../../nas/config/mod.ts";
import { type FixedArc, fixedArcs } from "../kit/fixed_arcs.ts";
import type { Results } from "../../nas/trials/results.ts";
import { seedsFrom } from "../kit/presets.ts";
import { cycleEnds, markAt, searchConfig, thesisMarks } from "../kit/scales.ts";
import type { TrialForecast } from "../../nas/trials/predict.ts";
import type { StudySettings } from "../study.ts";
import type { Trial } from "../../nas/trials/queue.ts";
import { trial } from "../../nas/trials/kinds/mod.ts";

/** One experiment of the study: a search space on a data set. */
export interface EstimatorArm {
  readonly space: SpaceName;
  readonly dataset: string;
  /** Part of the trials' names, such as `macro`. */
  readonly name: string;
}

/** The experiments that the settings ask for: every space on every data set. */
export function estimatorArms({ spaces, datasets }: StudySettings): EstimatorArm[] {
  return spaces.flatMap((space) =>
    datasets.map((dataset) => ({
      space,
      dataset,
      name: datasets.length === 1 ? space : `${space}-${dataset}`,
    }))
  );
}

/** Names of the trials of an arm. */
export const estimatorIds = {
  supernet: ({ name }: EstimatorArm, seed: number): string => `supernet/${name}/seed${seed}`,
  score: ({ name }: EstimatorArm, seed: number, epoch: number): string =>
    `score/${name}/seed${seed}/epoch${epoch}`,
  train: ({ name }: EstimatorArm, arc: FixedArc, seed: number): string =>
    `train/${name}/${arc.name}/seed${seed}`,
  proxies: ({ name }: EstimatorArm): string => `proxies/${name}`,
} as const;

/** Settings of the search with that seed, and of training from scratch with it. */
export function estimatorConfig(
  settings: StudySettings,
  { space, dataset }: EstimatorArm,
  seed: number,
): SearchConfig {
  return searchConfig(settings, { space, dataset, seed });
}

/**
 * Epochs at which estimates are taken: those of the thesis, the ends of the learning rate's cycles, the
 * epoch behind the last restart, and the middle of the last cycle. Of 31 epochs: 1, 3, 7, 10, 15, 16,
 * 23, 31.
 */
export function estimatorEpochs(config: SearchConfig): number[] {
  const { epochs } = config.search;
  const ends = cycleEnds(config);
  const restart = lastRestart(config);
  const last = [ends.findLast((end) => end < epochs) ?? 0, epochs];
  const middle = Math.ceil((last[0] + last[1]) / 2);
  const marks = [
    ...thesisMarks(epochs),
    ...ends,
    ...(restart === null ? [] : [restart.before, restart.after]),
    middle,
    epochs,
  ];
  return [...new Set(marks)].sort((a, b) => a - b);
}

/** The epochs on both sides of the last restart of the learning rate; null where there is none. */
export function lastRestart(config: SearchConfig): { before: number; after: number } | null {
  const before = cycleEnds(config).findLast((end) => end < config.search.epochs);
  return before === undefined ? null : { before, after: before + 1 };
}

/** The epoch that stands where 155 of 310 stood in the thesis. */
export function thesisEpoch(config: SearchConfig): number {
  return markAt(155, config.search.epochs);
}

/**
 * The fixed architectures of an arm: drawn by the controllers at {@link thesisEpoch}, and uniform. Null
 * until all its searches are done.
 */
export function estimatorArcs(
  settings: StudySettings,
  arm: EstimatorArm,
  results: Results,
): FixedArc[] | null {
  const { arcs, seeds } = settings;
  const config = estimatorConfig(settings, arm, seeds[0]);
  const drawn: string[][] = [];
  for (const seed of seeds) {
    const marks = results.of("supernet", estimatorIds.supernet(arm, seed))?.marks;
    if (marks === undefined) return null;
    drawn.push(marks.find(({ epoch }) => epoch === thesisEpoch(config))?.arcs ?? []);
  }
  return fixedArcs(arcs, drawn, config, seeds[0]);
}

/** Arcs that a search draws at each mark: as many as the thesis saw, or enough spares for repeats. */
function drawnArcs({ arcs, seeds }: StudySettings): number {
  return Math.max(10, 2 * Math.ceil(arcs / 2 / seeds.length));
}

function supernetTrial(settings: StudySettings, arm: EstimatorArm, seed: number): Trial {
  const config = estimatorConfig(settings, arm, seed);
  const marks = estimatorEpochs(config);
  return trial("supernet", estimatorIds.supernet(arm, seed), {
    config,
    marks,
    arcs: drawnArcs(settings),
    keepWeights: marks,
    donor: null,
  });
}

function scoreTrial(
  settings: StudySettings,
  arm: EstimatorArm,
  arcs: readonly FixedArc[],
  seed: number,
  epoch: number,
): Trial {
  return trial("score", estimatorIds.score(arm, seed, epoch), {
    weights: { trial: estimatorIds.supernet(arm, seed), epoch },
    config: estimatorConfig(settings, arm, seed),
    arcs: arcs.map(({ text }) => text),
  });
}

function trainTrial(
  settings: StudySettings,
  arm: EstimatorArm,
  arc: FixedArc,
  seed: number,
): Trial {
  const config = estimatorConfig(settings, arm, seed);
  return trial("train", estimatorIds.train(arm, arc, seed), { config, arc: arc.text });
}

function proxiesTrial(
  settings: StudySettings,
  arm: EstimatorArm,
  arcs: readonly FixedArc[],
): Trial {
  return trial("proxies", estimatorIds.proxies(arm), {
    config: estimatorConfig(settings, arm, settings.seeds[0]),
    arcs: arcs.map(({ text }) => text),
  });
}

/** Seeds of the trainings from scratch. */
export function trainingSeeds({ trainings }: StudySettings): number[] {
  return seedsFrom(1, trainings);
}

/** All trials that can be named so far: the searches first, all trainings of one seed together. */
export function estimatorTrials(settings: StudySettings, results: Results): Trial[] {
  const arms = estimatorArms(settings);
  const { seeds } = settings;
  const known = arms.flatMap((arm) => {
    const arcs = estimatorArcs(settings, arm, results);
    return arcs === null ? [] : [{ arm, arcs }];
  });
  return [
    ...arms.flatMap((arm) => seeds.map((seed) => supernetTrial(settings, arm, seed))),
    ...known.flatMap(({ arm, arcs }) => [
      ...seeds.flatMap((seed) =>
        estimatorEpochs(estimatorConfig(settings, arm, seed)).map((epoch) =>
          scoreTrial(settings, arm, arcs, seed, epoch)
        )
      ),
      proxiesTrial(settings, arm, arcs),
    ]),
    // Every architecture once before any of them twice: a study that is stopped early has all of them.
    ...trainingSeeds(settings).flatMap((seed) =>
      known.flatMap(({ arm, arcs }) => arcs.map((arc) => trainTrial(settings, arm, arc, seed)))
    ),
  ];
}

/** How many trials of each kind the whole study takes. */
export function estimatorForecast(settings: StudySettings): TrialForecast[] {
  const { seeds, trainings } = settings;
  return estimatorArms(settings).flatMap((arm) => {
    const config = estimatorConfig(settings, arm, seeds[0]);
    const epochs = estimatorEpochs(config);
    const arcs = fixedArcs(settings.arcs, [], config, seeds[0]);
    return [
      {
        label: `searches (${arm.name})`,
        count: seeds.length,
        example: supernetTrial(settings, arm, seeds[0]),
      },
      {
        label: `estimates of all architectures at one epoch (${arm.name})`,
        count: seeds.length * epochs.length,
        example: scoreTrial(settings, arm, arcs, seeds[0], epochs[0]),
      },
      {
        label: `zero-cost proxies (${arm.name})`,
        count: 1,
        example: proxiesTrial(settings, arm, arcs),
      },
      {
        label: `trainings from scratch (${arm.name})`,
        count: arcs.length * trainings,
        example: trainTrial(settings, arm, arcs[0], 1),
      },
    ];
  });
}
