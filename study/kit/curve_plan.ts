/**
 * The trials that `study learning-curve` and `study depth` share: searches in several arms, and some
 * architectures of each trained from scratch.
 *
 * @module
 */
import type { ConfigValue, SearchConfig, SpaceName } from "../../nas/config/mod.ts";
import { exampleArc } from "./example_arc.ts";
import type { Mark, SupernetResult } from "../../nas/trials/kinds/supernet.ts";
import type { Results } from "../../nas/trials/results.ts";
import type { TrainResult } from "../../nas/trials/kinds/train.ts";
import { bestEstimated } from "./chosen.ts";
import { trainingSeed } from "./presets.ts";
import { markAt, searchConfig, thesisMarks } from "./scales.ts";
import type { TrialForecast } from "../../nas/trials/predict.ts";
import type { StudySettings } from "../study.ts";
import type { Trial } from "../../nas/trials/queue.ts";
import { trial } from "../../nas/trials/kinds/mod.ts";

/** When an architecture was drawn: before any training, after the first epoch, or after the last. */
export type Moment = "untrained" | "first" | "last";

/** Which of the architectures drawn at some moment is trained from scratch. */
export interface Pick {
  readonly moment: Moment;
  /**
   * `chosen`: the one with the highest estimate, as in the thesis; `drawn`: the first one, so that the
   * mean over runs is the policy's own, without selection.
   */
  readonly how: "chosen" | "drawn";
  /** Train it twice even where the settings ask for once, to compare seeds with architectures. */
  readonly twice?: boolean;
}

/** One search, and what is trained of it. */
export interface CurveRun {
  /** Id of its trial. */
  readonly id: string;
  readonly space: SpaceName;
  readonly dataset: string;
  readonly seed: number;
  /** What sets the search apart from those of the same seed, such as `random`. */
  readonly arm: string;
  /** Settings by path that make the arm. */
  readonly fixed: Readonly<Record<string, ConfigValue>>;
  readonly picks: readonly Pick[];
}

/** The search's configuration. */
export function configOf(settings: StudySettings, run: CurveRun): SearchConfig {
  return searchConfig(settings, run);
}

/** Epochs at which a search's policy is described: before training, and the thesis's four. */
export function marksOf(epochs: number): number[] {
  return [...new Set([0, ...thesisMarks(epochs)])];
}

/** Last epoch in which the frozen arm's shared weights train: a marked one, half of the search. */
export function frozenAfter(epochs: number): number {
  return markAt(155, epochs);
}

/**
 * All trials that can be named: each search followed by its trainings as soon as it is done. As trials
 * run in the order in which they were first named, the searches of a seed are held back until one of
 * the seed before is done: a study that is cut short then has about as many runs of every arm, trained
 * ones included. One is enough, so that a search that fails holds back nothing.
 */
export function curveTrials(
  settings: StudySettings,
  runs: readonly CurveRun[],
  results: Results,
): Trial[] {
  const trials: Trial[] = [];
  for (const [, members] of Map.groupBy(runs, ({ seed }) => seed)) {
    const searches = members.map((run) => ({ run, search: results.of("supernet", run.id) }));
    for (const { run, search } of searches) {
      trials.push(supernetTrial(settings, run));
      if (search !== null) trials.push(...trainings(settings, run, search));
    }
    if (searches.every(({ search }) => search === null)) break;
  }
  return trials;
}

function supernetTrial(settings: StudySettings, run: CurveRun): Trial {
  const config = configOf(settings, run);
  return trial("supernet", run.id, {
    config,
    marks: marksOf(config.search.epochs),
    arcs: settings.arcs,
    keepWeights: [],
    donor: null,
  });
}

function trainings(settings: StudySettings, run: CurveRun, search: SupernetResult): Trial[] {
  return run.picks.flatMap((pick) => {
    const mark = markOf(search, pick.moment);
    if (mark === null) return [];
    return Array.from(
      { length: timesOf(settings, pick) },
      (_, repeat) =>
        trial("train", trainingId(run, pick, repeat), {
          config: trainingConfig(settings, run, repeat),
          arc: pickedArc(mark, pick),
        }),
    );
  });
}

/** How often a pick is trained. */
function timesOf({ trainings }: StudySettings, { twice = false }: Pick): number {
  return twice ? Math.max(2, trainings) : trainings;
}

/** Id of one training from scratch. */
export function trainingId(run: CurveRun, { moment, how }: Pick, repeat: number): string {
  return `${run.id}/${moment}-${how}/${repeat}`;
}

/**
 * How an architecture is trained from scratch. Every architecture of the runs of one seed gets the same
 * seeds, so that differences within a run are not those of the order of images.
 */
function trainingConfig(settings: StudySettings, run: CurveRun, repeat: number): SearchConfig {
  const depth = Object.entries(run.fixed).filter(([path]) => path === "child.layers");
  return searchConfig(settings, {
    ...run,
    seed: trainingSeed(run.seed, repeat),
    fixed: Object.fromEntries(depth),
  });
}

/** The mark of a moment; null where the search ended before. */
export function markOf(search: SupernetResult, moment: Moment): Mark | null {
  const { marks } = search;
  const found = moment === "last"
    ? marks.at(-1)
    : marks.find(({ epoch }) => moment === "untrained" ? epoch === 0 : epoch > 0);
  return found ?? null;
}

/** The architecture that a pick takes of those drawn at a mark; the earlier one of equal estimates. */
export function pickedArc(mark: Mark, { how }: Pick): string {
  return how === "drawn" ? mark.arcs[0] : bestEstimated(mark);
}

/**
 * What came of training a pick of a run; the finished ones of as many repeats as the settings ask for, so
 * that a pick that is trained once more than others is not measured better than they are.
 */
export function trainedResults(
  { trainings }: StudySettings,
  run: CurveRun,
  pick: Pick,
  results: Results,
): TrainResult[] {
  return Array.from(
    { length: trainings },
    (_, repeat) => results.of("train", trainingId(run, pick, repeat)),
  ).filter((result) => result !== null);
}

/** How many searches and trainings some runs take, by space and by what makes their cost differ. */
export function curveForecast(
  settings: StudySettings,
  runs: readonly CurveRun[],
): TrialForecast[] {
  const groups = Map.groupBy(
    runs,
    ({ space, dataset, fixed }) => `${space} space, ${dataset}${layersOf(fixed)}`,
  );
  return [...groups].flatMap(([label, members]) => {
    const [run] = members;
    const count = members.flatMap(({ picks }) => picks)
      .reduce((sum, pick) => sum + timesOf(settings, pick), 0);
    const config = trainingConfig(settings, run, 0);
    return [
      {
        label: `searches, ${label}`,
        count: members.length,
        example: supernetTrial(settings, run),
      },
      {
        label: `trainings from scratch, ${label}`,
        count,
        example: trial("train", `${run.id}/example`, { config, arc: exampleArc(config) }),
      },
    ];
  });
}

function layersOf(fixed: CurveRun["fixed"]): string {
  const layers = fixed["child.layers"];
  return layers === undefined ? "" : `, ${layers} layers`;
}
