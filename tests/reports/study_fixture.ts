/**
 * A study with figures of every kind.
 *
 * @module
 */
import type { StudyFigure, StudyReport } from "../../nas/stats/study_report.ts";
import { thesisReport } from "../../study/thesis/report.ts";
import { seeded } from "../nas/stats/helpers.ts";

/** The thesis's study, of which nothing was run. */
export const thesis: StudyReport = thesisReport(seeded(), () => ({
  seconds: 1.2,
  created: new Date("2026-03-04T12:00:00Z"),
  enaslab: "0.1.0",
}));

const HEAD = { id: "f", title: "T", caption: "C" };
const AXIS = { title: "accuracy", percent: true };
const BAND = [1, 2, 3].map((x) => ({ x, y: x / 4, low: x / 4 - 0.1, high: x / 4 + 0.1 }));

/** One figure of every kind. */
export const FIGURES: readonly StudyFigure[] = [
  ...thesis.figures,
  {
    ...HEAD,
    id: "bands",
    kind: "lines",
    x: { title: "epoch", percent: false },
    y: AXIS,
    series: [
      { label: "controller", dashed: false, points: BAND },
      { label: "random", dashed: true, points: BAND.map((p) => ({ ...p, y: 0.3 })) },
    ],
  },
  {
    ...HEAD,
    id: "strips",
    kind: "strips",
    y: AXIS,
    arms: [{ label: "first", values: [0.7, 0.8] }, { label: "last", values: [0.75] }, {
      label: "none",
      values: [],
    }],
  },
  {
    ...HEAD,
    id: "shares",
    kind: "shares",
    bars: ["1", "2"],
    parts: [{ label: "conv", shares: [0.4, null] }, { label: "pool", shares: [0.6, null] }],
  },
  {
    ...HEAD,
    id: "bump",
    kind: "bump",
    orders: ["epoch 1", "epoch 2"],
    lines: [{ label: "a", ranks: [1, 2] }, { label: "b", ranks: [2, null] }],
  },
  {
    ...HEAD,
    id: "heat",
    kind: "heat",
    value: { title: "Kendall's tau", percent: false },
    columns: ["epoch 1", "epoch 2", "epoch 3"],
    rows: [
      { label: "seed 0", values: [-0.4, 0.1, 0.9] },
      { label: "seed 1", values: [0.5, null] },
    ],
    range: [-0.2, 0.8],
  },
  {
    ...HEAD,
    id: "diagram",
    kind: "diagram",
    direction: "right",
    boxes: [
      { id: "a", title: "CIFAR-10", lines: ["search of 31 epochs"], tone: "plain" },
      { id: "b", title: "CIFAR-100", lines: ["sampled at 10, 15, 31"], tone: "strong" },
    ],
    arrows: [{ from: "a", to: "b", label: "controller" }],
  },
];

/** The study with all of them. */
export function makeStudy(): StudyReport {
  return { ...thesis, figures: [...FIGURES] };
}
