/**
 * Figures of the runs of one cell, arm by arm: accuracy from scratch, estimates, learning curves,
 * overfitting. For `study learning-curve` and `study depth`.
 *
 * @module
 */
import type { StudyFigure, StudyFigureOf } from "../../nas/stats/study_report.ts";
import { anytimeFigure, searchFound } from "./anytime.ts";
import { bandLine, type BandPoint, FRACTION } from "./bands.ts";
import {
  accuracyAt,
  type Cell,
  type CurveData,
  searchesOf,
  splitGap,
  valuesOf,
} from "./curve_data.ts";
import { type Moment, type Pick, trainedResults } from "./curve_plan.ts";
import type { PolicyView } from "./policy_figures.ts";
import type { SupernetResult } from "../../nas/trials/kinds/supernet.ts";

/** What is drawn: a cell of a study, and what people are told of its arms. */
export interface CellView {
  readonly data: CurveData;
  readonly cell: Cell;
  /** Label of an arm, such as `random sampler`. */
  readonly labelOf: (arm: string) => string;
  /** The same where there is little room, such as `random`. */
  readonly shortLabelOf: (arm: string) => string;
}

/** When an architecture was drawn, for people. */
export const MOMENT_LABELS: Readonly<Record<Moment, string>> = {
  untrained: "untrained",
  first: "first epoch",
  last: "last epoch",
};

/** How an architecture came to be trained, for people. */
export const HOW_LABELS: Readonly<Record<Pick["how"], string>> = {
  chosen: "chosen",
  drawn: "not chosen",
};

const BANDS = "Bands: 95 % interval of the mean over seeds.";

/** The finished searches by arm, for the figures and the table of policies. */
export function policyView(view: CellView): PolicyView {
  const { cell: { space, id, label } } = view;
  return { space, id, of: label, arms: searchArms(view) };
}

function searchArms({ data, cell, labelOf }: CellView) {
  return armsOf(cell).map((arm) => ({
    label: labelOf(arm),
    searches: searchesOf(data, cell, arm),
  }));
}

function armsOf({ runs }: Cell): string[] {
  return [...new Set(runs.map(({ arm }) => arm))];
}

/** Accuracy from scratch, every run as a point: of chosen architectures, and of those not chosen. */
export function finalStrips({ data, cell, shortLabelOf }: CellView): StudyFigure[] {
  return (["chosen", "drawn"] as const).map((how) => ({
    id: `${cell.id}-${how}`,
    kind: "strips",
    title: `Accuracy from scratch, ${TITLES[how]}: ${cell.label}`,
    caption: CAPTIONS[how],
    y: { title: "test accuracy", percent: true },
    arms: armsOf(cell).flatMap((arm) =>
      cell.runs.find((run) => run.arm === arm)!.picks.filter((pick) => pick.how === how)
        .map(({ moment }) => ({
          label: `${shortLabelOf(arm)}, ${moment}`,
          values: valuesOf(cell, arm, accuracyAt(data, moment, how)).map((value) => value / 100),
        }))
    ),
  }));
}

const TITLES = { chosen: "best by estimate", drawn: "not chosen" } as const;
const CAPTIONS = {
  chosen:
    "Every search as a point: the best by estimate of the samples of its first or last epoch, as in the thesis.",
  drawn:
    "Every search as a point: the first sample of its first or last epoch, or of the untrained " +
    "policy, so that the mean is what the policy is worth without any choice.",
} as const;

/** Lines of several arms, the first one drawn through; none where all are empty. */
function linesOf(
  figure: Omit<StudyFigureOf<"lines">, "kind" | "series">,
  arms: readonly { readonly label: string; readonly points: BandPoint[] }[],
): StudyFigure[] {
  const series = arms.filter(({ points }) => points.length > 0)
    .map((arm, i) => ({ ...arm, dashed: i > 0 }));
  return series.length === 0 ? [] : [{ ...figure, kind: "lines", series }];
}

/** One number of each finished search by epoch, as lines with bands. */
function searchLines(
  view: CellView,
  pointsOf: (search: SupernetResult) => { x: number; y: number }[],
): { label: string; points: BandPoint[] }[] {
  return searchArms(view).map(({ label, searches }) => ({
    label,
    points: bandLine(searches.map(pointsOf), FRACTION),
  }));
}

/** Mean estimate by epoch. */
export function estimateFigure(view: CellView): StudyFigure[] {
  const { cell } = view;
  return linesOf(
    {
      id: `${cell.id}-estimates`,
      title: `Mean estimate by epoch: ${cell.label}`,
      caption:
        "Mean accuracy of each epoch's samples under the shared weights. All arms rise, because " +
        `the weights train; only what lies above the other arms can be the controller's. ${BANDS}`,
      x: { title: "epoch of the search", percent: false },
      y: { title: "mean estimate", percent: true },
    },
    searchLines(
      view,
      ({ epochs }) => epochs.map(({ epoch, meanEstimate }) => ({ x: epoch, y: meanEstimate })),
    ),
  );
}

/** Best estimate so far, against seconds. */
export function searchAnytimeFigure(view: CellView): StudyFigure[] {
  const { cell } = view;
  const figure = anytimeFigure({
    id: `${cell.id}-anytime`,
    title: `Best estimate so far: ${cell.label}`,
    caption:
      "The best estimate that the search had met after so many seconds: an arm that takes longer " +
      "for an epoch must find better architectures to be worth it. The best of many noisy estimates is " +
      "too high, in all arms alike.",
    axis: { title: "best estimate so far", percent: true },
    arms: searchArms(view).map(({ label, searches }) => ({
      label,
      runs: searches.map(searchFound),
    })),
  });
  return figure === null ? [] : [figure];
}

/** Figures 16 and 17 of the thesis, with bands: how chosen architectures learn from scratch. */
export function trainingFigure(
  { data, cell, labelOf }: CellView,
  lines: readonly { readonly arm: string; readonly moment: Moment }[],
): StudyFigure[] {
  return linesOf(
    {
      id: `${cell.id}-training`,
      title: `Learning curves from scratch: ${cell.label}`,
      caption:
        "Accuracy by epoch of training the chosen architectures from scratch; on validation " +
        `images, or on training images where none are left to validate on. ${BANDS}`,
      x: { title: "epoch of the training", percent: false },
      y: { title: "accuracy", percent: true },
    },
    lines.map(({ arm, moment }) => ({
      label: `${labelOf(arm)}, ${MOMENT_LABELS[moment]}`,
      points: bandLine(
        cell.runs.filter((run) => run.arm === arm).flatMap((run) =>
          trainedResults(data.settings, run, { moment, how: "chosen" }, data.results)
            .map(({ curve }) => curve.map((y, epoch) => ({ x: epoch + 1, y })))
        ),
        FRACTION,
      ),
    })),
  );
}

/** By how much the images of the rewards are better than untouched ones. */
export function overfitFigure(view: CellView): StudyFigure[] {
  const { cell } = view;
  return linesOf({
    id: `${cell.id}-overfit`,
    title: `Reward images less untouched images: ${cell.label}`,
    caption:
      "Mean estimate of each marked epoch's samples on the images of the rewards less that on " +
      "test images that the search never saw, in points. A gap of the controller beyond that of the " +
      `random sampler is overfitting; a gap of both is a split that is easier. ${BANDS}`,
    x: { title: "epoch of the search", percent: false },
    y: { title: "points", percent: false },
  }, searchLines(view, ({ marks }) => marks.map((mark) => ({ x: mark.epoch, y: splitGap(mark) }))));
}
