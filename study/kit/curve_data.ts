/**
 * Numbers of finished trials of `study learning-curve` and `study depth`, run by run.
 *
 * @module
 */
import { datasetFacts } from "../../nas/data/facts.ts";
import type { SpaceName } from "../../nas/config/mod.ts";
import { mean } from "../../nas/stats/mod.ts";
import { type CurveRun, markOf, type Moment, type Pick, trainedResults } from "./curve_plan.ts";
import type { Mark, SupernetResult } from "../../nas/trials/kinds/supernet.ts";
import type { Results } from "../../nas/trials/results.ts";
import type { StudySettings } from "../study.ts";

/** The runs of a study with their results. */
export interface CurveData {
  readonly settings: StudySettings;
  readonly runs: readonly CurveRun[];
  readonly results: Results;
}

/** Runs on one data set in one space: what may be compared. */
export interface Cell {
  readonly space: SpaceName;
  readonly dataset: string;
  /** Such as `macro-mnist`. */
  readonly id: string;
  /** Such as `macro space, MNIST`. */
  readonly label: string;
  readonly runs: readonly CurveRun[];
}

/** The cells of a study, in the order of its settings. */
export function cellsOf({ settings, runs }: CurveData): Cell[] {
  return settings.spaces.flatMap((space) =>
    settings.datasets.map((dataset) => ({
      space,
      dataset,
      id: `${space}-${dataset}`,
      label: `${space} space, ${datasetLabel(dataset)}`,
      runs: runs.filter((run) => run.space === space && run.dataset === dataset),
    }))
  );
}

/** Name of a data set for people, as the thesis writes it. */
export function datasetLabel(name: string): string {
  return datasetFacts(name)?.label ?? name;
}

/** Test accuracy of a pick of a run in points, mean over its trainings; null where none is done. */
export function accuracyOf(
  { settings, results }: CurveData,
  run: CurveRun,
  pick: Pick,
): number | null {
  const trained = trainedResults(settings, run, pick, results);
  return trained.length === 0 ? null : 100 * mean(trained.map((one) => one.testAccuracy));
}

/** One number of a run; null where it is not known yet. */
export type RunValue = (run: CurveRun) => number | null;

/** {@link accuracyOf} as a value of runs. */
export function accuracyAt(
  data: CurveData,
  moment: Moment,
  how: Pick["how"],
): RunValue {
  return (run) => accuracyOf(data, run, { moment, how });
}

/** A number of a mark as a value of runs. */
export function markValue(
  { results }: CurveData,
  moment: Moment,
  of: (mark: Mark) => number,
): RunValue {
  return (run) => {
    const search = results.of("supernet", run.id);
    const mark = search === null ? null : markOf(search, moment);
    return mark === null ? null : of(mark);
  };
}

/** Entropy of the policy at a mark as a share of that of chance. */
export function entropyShare({ policy }: Mark): number {
  return policy.entropy / policy.uniformEntropy;
}

/** Mean estimate of the arcs drawn at a mark, in points. */
export function meanEstimate({ estimates }: Mark): number {
  return 100 * mean(estimates);
}

/** How much better those arcs do on the images of the rewards than on untouched ones, in points. */
export function splitGap({ estimates, untouched }: Mark): number {
  return 100 * (mean(estimates) - mean(untouched));
}

/** Values of the runs of an arm, in the order of the seeds; those not known are left out. */
export function valuesOf(cell: Cell, arm: string, value: RunValue): number[] {
  return cell.runs.filter((run) => run.arm === arm).map(value).filter((found) => found !== null);
}

/** What is compared: a value of an arm's runs. */
export interface Side {
  readonly arm: string;
  readonly value: RunValue;
}

/** Both values of each seed that has them. */
export interface Pairs {
  readonly a: number[];
  readonly b: number[];
  /** b − a. */
  readonly differences: number[];
}

/** Pairs two sides by the seed. */
export function pairsOf(cell: Cell, a: Side, b: Side): Pairs {
  const pairs = cell.runs.filter(({ arm }) => arm === a.arm).flatMap((run) => {
    const other = cell.runs.find(({ arm, seed }) => arm === b.arm && seed === run.seed);
    const [x, y] = [a.value(run), other === undefined ? null : b.value(other)];
    return x === null || y === null ? [] : [{ x, y }];
  });
  return {
    a: pairs.map(({ x }) => x),
    b: pairs.map(({ y }) => y),
    differences: pairs.map(({ x, y }) => y - x),
  };
}

/** The finished searches of an arm, in the order of the seeds. */
export function searchesOf({ results }: CurveData, cell: Cell, arm: string): SupernetResult[] {
  return cell.runs.filter((run) => run.arm === arm).map(({ id }) => results.of("supernet", id))
    .filter((search) => search !== null);
}

/** A sentence that says how much of the study is done; none where all of it is. */
export function progressWords(
  { results }: CurveData,
  forecast: readonly { readonly count: number }[],
): string[] {
  const planned = forecast.reduce((sum, { count }) => sum + count, 0);
  return results.count >= planned ? [] : [
    `The study is not finished: ${results.count} of ${planned} trials are done. Verdicts are those of ` +
    "the finished ones.",
  ];
}
