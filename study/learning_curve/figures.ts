/**
 * Figures of `study learning-curve`.
 *
 * @module
 */
import type { StudyFigure } from "../../nas/stats/study_report.ts";
import type { Cell, CurveData } from "../kit/curve_data.ts";
import { curveDistances } from "../kit/curve_distance.ts";
import {
  type CellView,
  estimateFigure,
  finalStrips,
  overfitFigure,
  policyView,
  searchAnytimeFigure,
  trainingFigure,
} from "../kit/curve_figures.ts";
import { policyFigures } from "../kit/policy_figures.ts";

/** Arms by name, with what people are told. */
export const ARM_LABELS: Readonly<Record<string, string>> = {
  controller: "controller",
  random: "random sampler",
  shuffled: "shuffled rewards",
  frozen: "frozen weights",
};

/** A cell with the labels of this study's arms. */
export function viewOf(data: CurveData, cell: Cell): CellView {
  return { data, cell, labelOf: (arm) => ARM_LABELS[arm], shortLabelOf: (arm) => arm };
}

/** Figures of every cell, in the order in which a reader asks. */
export function cellFigures(data: CurveData, cells: readonly Cell[]): StudyFigure[] {
  return cells.map((cell) => viewOf(data, cell)).flatMap((view) => [
    ...finalStrips(view),
    ...estimateFigure(view),
    ...searchAnytimeFigure(view),
    ...trainingFigure(view, [
      { arm: "controller", moment: "first" },
      { arm: "controller", moment: "last" },
      { arm: "random", moment: "last" },
    ]),
    ...overfitFigure(view),
    ...policyFigures(policyView(view)),
  ]);
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
