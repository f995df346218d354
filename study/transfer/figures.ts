/**
 * The charts of `study transfer`, figures 16 and 17 of the thesis among them.
 *
 * @module
 */
import type { StudyFigure, StudyFigureOf } from "../../nas/stats/study_report.ts";
import { bandLine, FRACTION } from "../kit/bands.ts";
import { equivalenceFigure } from "../kit/paired_table.ts";
import { policyFigures } from "../kit/policy_figures.ts";
import { ACCURACY_MARGIN } from "../thesis/claims.ts";
import {
  accuracies,
  curveDistances,
  epochOf,
  learningCurves,
  ofMarks,
  poolingOf,
  present,
  type TransferData,
} from "./data.ts";
import { ARM_LABELS, comparisons, SHORT_LABELS } from "./tables.ts";
import { TRANSFER_ARMS, type TransferChoice, type TransferSearch } from "./trials.ts";

type Series = StudyFigureOf<"lines">["series"][number];

function differenceFigure(data: TransferData): StudyFigure | null {
  const found = comparisons(data).filter(({ pairs }) => pairs.differences.length > 0);
  if (found.length === 0) return null;
  return equivalenceFigure(found, {
    id: "differences-of-arms",
    title: "What transfer brings",
    caption: "Accuracy after training from scratch, pairs of one seed; right of 0 the arm named " +
      "first is better.",
    margin: ACCURACY_MARGIN,
  });
}

/** All charts for which there are numbers. */
export function transferFigures(data: TransferData): StudyFigure[] {
  return [
    differenceFigure(data),
    accuracyFigure(data),
    curveFigure(data, 155, "figure-16", "Figure 16: learning curves of the architectures"),
    curveFigure(data, 100, "figure-17", "Figure 17: learning curves of the architectures"),
    curveFigure(data, 310, "curves-last", "Learning curves of the last architectures"),
    distanceFigure(data),
    estimateFigure(data),
    poolingFigure(data),
    ...sharedPolicyFigures(data),
  ].filter((figure) => figure !== null);
}

function accuracyFigure(data: TransferData): StudyFigure | null {
  const { trained, last } = data;
  const choices: TransferChoice[] = [
    ...TRANSFER_ARMS.flatMap((arm) => trained.map((epoch) => ({ arm, epoch }))),
    { arm: "zero-shot", epoch: last },
  ];
  const arms = choices.map((choice) => ({
    label: choice.arm === "zero-shot" ? "zero-shot" : `${SHORT_LABELS[choice.arm]} ${choice.epoch}`,
    values: present(accuracies(data, choice)).map((value) => value / 100),
  }));
  if (arms.every(({ values }) => values.length === 0)) return null;
  return {
    id: "accuracies",
    kind: "strips",
    title: "Every run of every arm",
    caption:
      `Accuracy on the test split of ${data.second} after training from scratch, by arm and ` +
      "by the epoch of the search at which the architecture was drawn: without transfer, with " +
      "transfer, from the wrong donor, zero-shot. One point a seed.",
    y: { title: "accuracy from scratch", percent: true },
    arms,
  };
}

function curveFigure(
  data: TransferData,
  thesisEpoch: number,
  id: string,
  title: string,
): StudyFigure | null {
  const epoch = epochOf(data, thesisEpoch);
  const series = (["without", "with"] as const).flatMap((arm) =>
    bandOf(ARM_LABELS[arm], learningCurves(data, { arm, epoch }), arm === "without")
  );
  if (series.length === 0) return null;
  return {
    id,
    kind: "lines",
    title: `${title} drawn at epoch ${epoch}`,
    caption:
      `Validation accuracy on ${data.second} by epoch of training from scratch, for architectures ` +
      `that searches with and without transfer drew at epoch ${epoch} (the thesis's ` +
      `${thesisEpoch}). Mean over seeds, each with its own architecture; bars are the ` +
      "95 % interval of that mean. The thesis has one run a curve and no interval.",
    x: { title: "epoch of training from scratch", percent: false },
    y: { title: "validation accuracy", percent: true },
    series,
  };
}

function distanceFigure(data: TransferData): StudyFigure | null {
  const found = data.seeds.map(curveDistances).filter((distances) => distances !== null);
  if (found.length === 0) return null;
  return {
    id: "curve-distances",
    kind: "strips",
    title: "Do learning curves differ more between architectures than by chance?",
    caption:
      "How far two learning curves are apart (mean absolute difference over the epochs, in " +
      "points): of one architecture trained with two seeds, and of two architectures trained " +
      "with two seeds. One point a seed of the study, the mean of its pairs.",
    y: { title: "distance in points", percent: false },
    arms: [
      { label: "one architecture, two seeds", values: found.map(({ same }) => same) },
      { label: "two architectures, two seeds", values: found.map(({ different }) => different) },
    ],
  };
}

function estimateFigure(data: TransferData): StudyFigure | null {
  const series = TRANSFER_ARMS.flatMap((arm) =>
    bandOf(
      ARM_LABELS[arm],
      data.seeds.flatMap(({ searches: { [arm]: search } }) =>
        search === null ? [] : [search.epochs.map(({ meanEstimate }) => meanEstimate)]
      ),
      arm === "wrong",
    )
  );
  if (series.length === 0) return null;
  return {
    id: "estimates",
    kind: "lines",
    title: "Does a transferred controller start higher?",
    caption:
      "Mean estimate, under shared weights, of the architectures that the search sampled after each " +
      "epoch. The weights begin anew in every arm, only the controller does not. Mean over seeds; " +
      "bars are its 95 % interval.",
    x: { title: "epoch of the search", percent: false },
    y: { title: "mean estimate", percent: true },
    series,
  };
}

function poolingFigure(data: TransferData): StudyFigure | null {
  const { first, second, last } = data;
  const arms = [
    { label: "donor", search: "donor" as const },
    ...TRANSFER_ARMS.map((arm) => ({ label: SHORT_LABELS[arm], search: arm })),
  ].map(({ label, search }) => ({
    label,
    values: present(ofMarks(data, search, last, poolingOf)),
  }));
  if (arms.every(({ values }) => values.length === 0)) return null;
  return {
    id: "pooling",
    kind: "strips",
    title: "How much pooling does each seed's policy draw?",
    caption:
      `Share of pooling ops in the policy of epoch ${last}: of the donor on ${first}, and on ${second} ` +
      "of the searches without and with transfer and from the wrong donor; one point a seed. A third " +
      "of the six ops is pooling, so that a uniform policy draws 33 %.",
    y: { title: "share of pooling ops", percent: true },
    arms,
  };
}

/** Means with their intervals over epochs 1, 2, …; nothing where there is no run. */
function bandOf(label: string, runs: readonly (readonly number[])[], dashed: boolean): Series[] {
  if (runs.length === 0) return [];
  const points = bandLine(runs.map((run) => run.map((y, i) => ({ x: i + 1, y }))), FRACTION);
  return [{ label, dashed, points }];
}

/** The figures of policies that all studies share. */
function sharedPolicyFigures(data: TransferData): StudyFigure[] {
  const arm = (label: string, search: TransferSearch) => ({
    label,
    searches: data.seeds.map(({ searches }) => searches[search]).filter((one) => one !== null),
  });
  return policyFigures({
    space: "macro",
    id: "policy",
    of: `donors on ${data.first}, arms on ${data.second}`,
    arms: [
      arm("donor", "donor"),
      ...TRANSFER_ARMS.map((search) => arm(ARM_LABELS[search], search)),
    ],
  });
}
