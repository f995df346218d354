/**
 * The results of `study transfer` as numbers by arm, marked epoch and seed.
 *
 * @module
 */
import type { MacroSearchConfig } from "../../nas/config/mod.ts";
import { mean } from "../../nas/stats/mod.ts";
import type { Pairs } from "../kit/curve_data.ts";
import { curveDistance } from "../kit/curve_distance.ts";
import type { Mark, SupernetResult } from "../../nas/trials/kinds/supernet.ts";
import type { Results } from "../../nas/trials/results.ts";
import type { TrainResult } from "../../nas/trials/kinds/train.ts";
import { poolingShare } from "../kit/policy_figures.ts";
import { markAt } from "../kit/scales.ts";
import type { StudySettings } from "../study.ts";
import {
  chosenArc,
  datasetsOf,
  searchId,
  trainingId,
  TRANSFER_SEARCHES,
  type TransferArm,
  type TransferChoice,
  transferConfig,
  type TransferPlan,
  transferPlan,
  type TransferSearch,
} from "./trials.ts";

/** One number for each seed of the study; null for what was not run. */
export type BySeed = readonly (number | null)[];

/** What is there of one seed. */
export interface SeedResults {
  readonly seed: number;
  readonly searches: Readonly<Record<TransferSearch, SupernetResult | null>>;
  /** Finished trainings of each arc that was trained from scratch, by run. */
  readonly trainings: ReadonlyMap<string, readonly (TrainResult | null)[]>;
  /** The arc of a choice; null where its search has not finished. */
  readonly arcOf: (choice: TransferChoice) => string | null;
}

/** What is there of the study. */
export interface TransferData extends TransferPlan {
  readonly settings: StudySettings;
  /** Data sets of the donor and of the target. */
  readonly first: string;
  readonly second: string;
  /** Configuration of a search on the second data set. */
  readonly config: MacroSearchConfig;
  /** The trained marks that stand for the thesis's epochs 100, 155 and 310; the last alone if tiny. */
  readonly thesisMarks: readonly number[];
  readonly seeds: readonly SeedResults[];
}

/** Reads what is there. */
export function transferData(settings: StudySettings, results: Results): TransferData {
  const plan = transferPlan(settings);
  return {
    ...plan,
    settings,
    ...datasetsOf(settings),
    config: transferConfig(settings, "without", settings.seeds[0]) as MacroSearchConfig,
    thesisMarks: plan.trained.filter((epoch) => epoch > 0),
    seeds: settings.seeds.map((seed) => seedResults(settings, plan, results, seed)),
  };
}

/** The epoch of this study that stands for one of the thesis's. */
export function epochOf({ config: { search } }: TransferData, thesisEpoch: number): number {
  return markAt(thesisEpoch, search.epochs);
}

function seedResults(
  settings: StudySettings,
  plan: TransferPlan,
  results: Results,
  seed: number,
): SeedResults {
  const searches = Object.fromEntries(
    TRANSFER_SEARCHES.map((search) => [search, results.of("supernet", searchId(search, seed))]),
  ) as Record<TransferSearch, SupernetResult | null>;
  const arcOf = (choice: TransferChoice) => chosenArc((search) => searches[search], choice);
  const runs = Math.max(2, settings.trainings);
  const trainings = new Map<string, (TrainResult | null)[]>();
  for (const choice of plan.choices) {
    const arc = arcOf(choice);
    if (arc === null || trainings.has(arc)) continue;
    const ids = Array.from({ length: runs }, (_, run) => trainingId(results, arc, seed, run));
    trainings.set(arc, ids.map((id) => results.of("train", id)));
  }
  return { seed, searches, trainings, arcOf };
}

/** Trainings of a chosen arc by the runs of the settings; null unless all of them are done. */
function trainingsOf(
  { settings }: TransferData,
  { trainings, arcOf }: SeedResults,
  choice: TransferChoice,
): TrainResult[] | null {
  const arc = arcOf(choice);
  const runs = arc === null ? [] : trainings.get(arc) ?? [];
  const done = runs.slice(0, settings.trainings).filter((result) => result !== null);
  return done.length < settings.trainings ? null : done;
}

/** Accuracy of a chosen arc on the test split, in points, as the mean over its trainings. */
export function accuracies(data: TransferData, choice: TransferChoice): BySeed {
  return data.seeds.map((seed) => {
    const done = trainingsOf(data, seed, choice);
    return done === null ? null : 100 * mean(done.map(({ testAccuracy }) => testAccuracy));
  });
}

/** Mean accuracy of an arm over {@link TransferData.thesisMarks}, in points; null unless all are there. */
export function meanAccuracies(data: TransferData, arm: TransferArm): BySeed {
  const byMark = data.thesisMarks.map((epoch) => accuracies(data, { arm, epoch }));
  return data.seeds.map((_, i) => {
    const values = byMark.map((bySeed) => bySeed[i]);
    return values.includes(null) ? null : mean(values as number[]);
  });
}

/** Learning curve of a chosen arc, a fraction an epoch, as the mean over its trainings; by seed. */
export function learningCurves(
  data: TransferData,
  choice: TransferChoice,
): (readonly number[])[] {
  return data.seeds.flatMap((seed) => {
    const done = trainingsOf(data, seed, choice);
    if (done === null) return [];
    const [{ curve }] = done;
    return [curve.map((_, epoch) => mean(done.map((one) => one.curve[epoch])))];
  });
}

/**
 * How far learning curves are apart, in points (mean absolute difference over the epochs): those of one
 * arc trained with two seeds, and those of two arcs trained with two seeds. Means over all such pairs of
 * a seed of the study; null where there is no pair of either kind.
 */
export function curveDistances(
  { trainings }: SeedResults,
): { readonly same: number; readonly different: number } | null {
  const curves = [...trainings].flatMap(([arc, runs]) =>
    runs.flatMap((result, run) => result === null ? [] : [{ arc, run, curve: result.curve }])
  );
  const pairs = curves.flatMap((a, i) => curves.slice(i + 1).map((b) => ({ a, b })))
    .filter(({ a, b }) => a.run !== b.run);
  const distances = (same: boolean) =>
    pairs.filter(({ a, b }) => (a.arc === b.arc) === same)
      .map(({ a, b }) => curveDistance(a.curve, b.curve));
  const [same, different] = [distances(true), distances(false)];
  if (same.length === 0 || different.length === 0) return null;
  return { same: mean(same), different: mean(different) };
}

/** Something of a search's mark by seed. */
export function ofMarks(
  data: TransferData,
  search: TransferSearch,
  epoch: number,
  value: (mark: Mark, seed: SeedResults) => number | null,
): BySeed {
  return data.seeds.map((seed) => {
    const mark = seed.searches[search]?.marks.find((one) => one.epoch === epoch);
    return mark === undefined ? null : value(mark, seed);
  });
}

/** Share of pooling ops among those that the policy of a mark draws. */
export function poolingOf({ policy: { opShares } }: Mark): number {
  return poolingShare("macro", opShares);
}

/** How often, at the thesis's marks, the searches with and without transfer chose the same arc. */
export function equalChoices(
  data: TransferData,
): { readonly same: number; readonly pairs: number } {
  const pairs = data.seeds.flatMap(({ arcOf }) =>
    data.thesisMarks.map((
      epoch,
    ) => [arcOf({ arm: "without", epoch }), arcOf({ arm: "with", epoch })])
  ).filter((pair) => !pair.includes(null));
  return { same: pairs.filter(([a, b]) => a === b).length, pairs: pairs.length };
}

/**
 * Mean estimate of the arcs that a search sampled, in points, over its epochs up to the first of
 * the thesis's three: how high it starts.
 */
export function startingEstimates(data: TransferData, arm: TransferArm): BySeed {
  const until = startEpochs(data);
  return data.seeds.map(({ searches: { [arm]: search } }) =>
    search === null
      ? null
      : 100 * mean(search.epochs.slice(0, until).map(({ meanEstimate }) => meanEstimate))
  );
}

/** Epochs that count as the start of a search. */
export function startEpochs({ marks }: TransferData): number {
  return marks[1];
}

/** The seeds that have both values, and the differences `b − a`. */
export function pairsOf(a: BySeed, b: BySeed): Pairs {
  const both = a.flatMap((x, i) => {
    const y = b[i];
    return x === null || y === null ? [] : [{ x, y }];
  });
  return {
    a: both.map(({ x }) => x),
    b: both.map(({ y }) => y),
    differences: both.map(({ x, y }) => y - x),
  };
}

/** The values that are there. */
export function present(values: BySeed): number[] {
  return values.filter((value) => value !== null);
}
