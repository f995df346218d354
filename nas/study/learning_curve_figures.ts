/**
 * Figures of `study learning-curve`.
 *
 * @module
 */
import type { StudyFigure } from "../stats/study_report.ts";
import { anytimeFigure, searchFound } from "./anytime.ts";
import { bandLine } from "./bands.ts";
import {
  accuracyAt,
  type Cell,
  type CurveData,
  searchesOf,
  splitGap,
  valuesOf,
} from "./curve_data.ts";
import { curveDistances } from "./curve_distance.ts";
import { type Moment, type Pick, trainedResults } from "./curve_plan.ts";
import { policyFigures, type PolicyView } from "./policy_figures.ts";
import type { SupernetResult } from "./results.ts";

/** Arms by name, with what people are told. */
export const ARM_LABELS: Readonly<Record<string, string>> = {
  controller: "controller",
  random: "random sampler",
  shuffled: "shuffled rewards",
  frozen: "frozen weights",
};

/** Figures of every cell, in the order in which a reader asks. */
export function cellFigures(data: CurveData, cells: readonly Cell[]): StudyFigure[] {
  return cells.flatMap((cell) => [
    strips(data, cell),
    ...estimates(data, cell),
    ...anytime(data, cell),
    ...trainingCurves(data, cell),
    ...overfit(data, cell),
    ...policyFigures(policyView(data, cell)),
  ]);
}

/** The searches of a cell by arm, for the figures and the table of policies. */
export function policyView(data: CurveData, cell: Cell): PolicyView {
  return { space: cell.space, id: cell.id, of: cell.label, arms: armsOf(data, cell) };
}

function armsOf(data: CurveData, cell: Cell): { label: string; searches: SupernetResult[] }[] {
  return [...new Set(cell.runs.map(({ arm }) => arm))].map((arm) => ({
    label: ARM_LABELS[arm] ?? arm,
    searches: searchesOf(data, cell, arm),
  }));
}

function strips(data: CurveData, cell: Cell): StudyFigure {
  const arms = [...new Set(cell.runs.flatMap(({ arm, picks }) => picks.length === 0 ? [] : [arm]))];
  return {
    id: `${cell.id}-final`,
    kind: "strips",
    title: `Accuracy after training from scratch: ${cell.label}`,
    caption:
      "Every run as a point. Chosen: the best of the epoch's samples by estimate, as in the " +
      "thesis. Not chosen: the first sample, so the mean is what the policy is worth by itself.",
    y: { title: "test accuracy", percent: true },
    arms: arms.flatMap((arm) =>
      cell.runs.find((run) => run.arm === arm)!.picks.map(({ moment, how }) => ({
        label: `${ARM_LABELS[arm]}, ${MOMENTS[moment]}, ${HOW_LABELS[how]}`,
        values: valuesOf(cell, arm, accuracyAt(data, moment, how)).map((value) => value / 100),
      }))
    ),
  };
}

const MOMENTS: Readonly<Record<Moment, string>> = {
  untrained: "untrained",
  first: "first epoch",
  last: "last epoch",
};
/** How an architecture came to be trained, for people. */
export const HOW_LABELS: Readonly<Record<Pick["how"], string>> = {
  chosen: "chosen",
  drawn: "not chosen",
};

/** Nothing of a figure whose lines are all empty. */
function unlessEmpty(figure: StudyFigure & { kind: "lines" }): StudyFigure[] {
  return figure.series.some(({ points }) => points.length > 0) ? [figure] : [];
}

function estimates(data: CurveData, cell: Cell): StudyFigure[] {
  return unlessEmpty({
    id: `${cell.id}-estimates`,
    kind: "lines",
    title: `Mean estimate by epoch: ${cell.label}`,
    caption:
      "Mean accuracy of each epoch's samples under the shared weights. All arms rise, because " +
      "the weights train; learning is what lifts the controller above the others. Bars: 95 % interval " +
      "of the mean over seeds.",
    x: { title: "epoch of the search", percent: false },
    y: { title: "mean estimate", percent: true },
    series: armsOf(data, cell).filter(({ searches }) => searches.length > 0).map((arm, i) => ({
      label: arm.label,
      dashed: i > 0,
      points: bandLine(
        arm.searches.map(({ epochs }) =>
          epochs.map(({ epoch, meanEstimate }) => ({ x: epoch, y: meanEstimate }))
        ),
      ),
    })),
  });
}

function anytime(data: CurveData, cell: Cell): StudyFigure[] {
  const figure = anytimeFigure({
    id: `${cell.id}-anytime`,
    title: `Best estimate so far: ${cell.label}`,
    caption:
      "The best estimate that the search had met after so many seconds, arm by arm: a search that " +
      "costs more per epoch must find better architectures to be worth it. The best of many noisy " +
      "estimates is too high; all arms are too high alike.",
    axis: { title: "best estimate so far", percent: true },
    arms: armsOf(data, cell).map(({ label, searches }) => ({
      label,
      runs: searches.map(searchFound),
    })),
  });
  return figure === null ? [] : [figure];
}

/** Figures 16 and 17 of the thesis, with bands: how the architectures learn from scratch. */
function trainingCurves(data: CurveData, cell: Cell): StudyFigure[] {
  const arms = [["controller", "first"], ["controller", "last"], ["random", "last"]] as const;
  return unlessEmpty({
    id: `${cell.id}-training`,
    kind: "lines",
    title: `Learning curves from scratch: ${cell.label}`,
    caption:
      "Accuracy by epoch of training the chosen architectures from scratch, mean over searches; " +
      "on validation images, or on training images where none are left. Bars: 95 % interval of the mean.",
    x: { title: "epoch of the training", percent: false },
    y: { title: "accuracy", percent: true },
    series: arms.map(([arm, moment], i) => ({
      label: `${ARM_LABELS[arm]}, ${MOMENTS[moment]}`,
      dashed: i > 0,
      points: bandLine(
        cell.runs.filter((run) => run.arm === arm).flatMap((run) =>
          trainedResults(data.settings, run, { moment, how: "chosen" }, data.results)
            .map(({ curve }) => curve.map((y, epoch) => ({ x: epoch + 1, y })))
        ),
      ),
    })),
  });
}

function overfit(data: CurveData, cell: Cell): StudyFigure[] {
  return unlessEmpty({
    id: `${cell.id}-overfit`,
    kind: "lines",
    title: `Reward split less untouched split: ${cell.label}`,
    caption:
      "Mean estimate of each marked epoch's samples on the images of the rewards less that on " +
      "test images that the search never saw, in points. A gap of the controller beyond that of the " +
      "random sampler is overfitting; a gap of both is a split that is easier. Bars: 95 % interval.",
    x: { title: "epoch of the search", percent: false },
    y: { title: "points", percent: false },
    series: armsOf(data, cell).filter(({ searches }) => searches.length > 0).map((arm, i) => ({
      label: arm.label,
      dashed: i > 0,
      points: bandLine(
        arm.searches.map(({ marks }) =>
          marks.map((mark) => ({ x: mark.epoch, y: splitGap(mark) }))
        ),
      ),
    })),
  });
}

/** E6: distances of learning curves, between architectures and between seeds of one. */
export function distanceFigure(data: CurveData, cells: readonly Cell[]): StudyFigure {
  const arms = cells.flatMap((cell) => {
    const found = cell.runs.map((run) => curveDistances(data, run)).filter((one) => one !== null);
    return [
      { label: `two seeds of one: ${cell.label}`, values: found.map(({ seeds }) => seeds) },
      {
        label: `two architectures: ${cell.label}`,
        values: found.map(({ architectures }) => architectures),
      },
    ];
  });
  return {
    id: "curve-distance",
    kind: "strips",
    title: "Are all learning curves alike?",
    caption:
      "Mean distance of two learning curves from scratch, epoch by epoch, in points. If two " +
      "architectures are as close as two trainings of one, all learn along one curve.",
    y: { title: "points", percent: false },
    arms,
  };
}
