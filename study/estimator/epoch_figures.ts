/**
 * Figures of `study estimator` over the epochs of a search: when is the estimate worth something?
 *
 * @module
 */
import { kendallTau, midranks } from "../../nas/stats/mod.ts";
import type { StudyFigure, StudyFigureOf } from "../../nas/stats/study_report.ts";
import {
  agreement,
  agreementOfSupernets,
  type ArmAnalysis,
  estimateOf,
  imageReliability,
} from "./analysis.ts";
import { BATCH_NORMS } from "./data.ts";
import { BATCH_NORM_WORDS, commonSupernets, scoresAt } from "./predictors.ts";
import { correlationOf } from "./inference.ts";
import { finiteOrNull, meanScores } from "./tables.ts";

type Points = StudyFigureOf<"lines">["series"][number]["points"];

/** Tau by epoch and batch norm, over the learning rate. */
export function epochsFigure(analysis: ArmAnalysis): StudyFigure {
  const { data, ceiling, restart } = analysis;
  const { epochs } = data;
  const series = BATCH_NORMS.map((mode) => ({
    label: BATCH_NORM_WORDS[mode],
    dashed: false,
    points: epochs.map((epoch) => {
      const { tau } = estimateOf(analysis, epoch, mode);
      const interval = tau?.interval(0.95);
      return {
        x: epoch,
        y: tau === null ? null : finiteOrNull(tau.value),
        low: interval === undefined ? null : finiteOrNull(interval.low),
        high: interval === undefined ? null : finiteOrNull(interval.high),
      };
    }),
  }));
  const ends = [1, analysis.last];
  return {
    id: "tau-by-epoch",
    kind: "lines",
    title: "When does the estimate predict?",
    caption:
      "Kendall's tau of estimate and final accuracy by epoch of the search, in three modes of " +
      "batch norm, with 95 % intervals; dashed: the ceiling. Below: the learning rate of the shared " +
      `weights${
        restart === null ? "" : `, which restarts after epoch ${restart.before}`
      }; they are noisiest where it is high.`,
    x: { title: "epoch", percent: false },
    y: { title: "Kendall's tau", percent: false },
    series: [
      ...series,
      ...(ceiling === null ? [] : [{
        label: "ceiling",
        dashed: true,
        points: ends.map((x) => ({ x, y: finiteOrNull(ceiling.half), low: null, high: null })),
      }]),
    ],
    under: {
      y: { title: "learning rate", percent: false },
      series: [{ label: "learning rate", dashed: false, points: rateOf(analysis) }],
    },
  };
}

/** The learning rate of the first finished search. */
function rateOf({ data: { supernets } }: ArmAnalysis): Points {
  const rates = supernets.find((one) => one !== null)?.epochs ?? [];
  return rates.map(({ epoch, learningRate }) => ({
    x: epoch,
    y: learningRate,
    low: null,
    high: null,
  }));
}

/** Tau of every supernet at every epoch, by batch norm. */
export function heatFigure(analysis: ArmAnalysis): StudyFigure {
  const { data } = analysis;
  const { epochs, seeds, truths } = data;
  const places = truths.map((_, place) => place);
  return {
    id: "tau-heat",
    kind: "heat",
    title: "Tau of every supernet at every epoch",
    caption:
      "Kendall's tau of estimate and final accuracy: one row for each supernet (by its seed) and " +
      "mode of batch norm, one column for each epoch. Rows of one mode that differ show what a single " +
      "supernet leaves to chance.",
    value: { title: "Kendall's tau", percent: false },
    columns: epochs.map((epoch) => `epoch ${epoch}`),
    rows: BATCH_NORMS.flatMap((mode) =>
      seeds.map((seed, supernet) => ({
        label: `${BATCH_NORM_WORDS[mode]}, seed ${seed}`,
        values: epochs.map((epoch) => {
          const { predictor } = estimateOf(analysis, epoch, mode);
          if (places.length < 2 || predictor.bySupernet[supernet] === null) return null;
          return finiteOrNull(
            correlationOf(predictor)({ places, supernets: [supernet], truths }),
          );
        }),
      }))
    ),
    range: [-1, 1],
  };
}

/** Do estimates agree with themselves? */
export function agreementFigure(analysis: ArmAnalysis): StudyFigure {
  const { data, mode } = analysis;
  const { epochs } = data;
  const points = (of: (epoch: number, place: number) => number): Points =>
    epochs.map((epoch, place) => ({
      x: epoch,
      y: finiteOrNull(of(epoch, place)),
      low: null,
      high: null,
    }));
  return {
    id: "agreement",
    kind: "lines",
    title: "Do estimates agree with themselves?",
    caption:
      "Kendall's tau between two orders of the same architectures: by two supernets at one epoch, " +
      "by one supernet at an epoch and at the one before in this list, and by two halves of the " +
      "validation images. Where the first is low, an estimate says more about its supernet than about " +
      "architectures.",
    x: { title: "epoch", percent: false },
    y: { title: "Kendall's tau", percent: false },
    series: [
      {
        label: "two supernets",
        dashed: false,
        points: points((epoch) =>
          agreementOfSupernets(estimateOf(analysis, epoch, mode).predictor)
        ),
      },
      {
        label: "the epoch before",
        dashed: false,
        points: points((epoch, place) => {
          if (place === 0) return NaN;
          const [now, before] = [epoch, epochs[place - 1]].map((at) =>
            estimateOf(analysis, at, mode).predictor
          );
          return agreement(now, before, commonSupernets(now, before));
        }),
      },
      {
        label: "two halves of the images",
        dashed: false,
        points: points((epoch) => imageReliability(data, epoch, mode, kendallTau).half),
      },
    ],
  };
}

/** Ranks of the architectures by estimate over the epochs, and by final accuracy. */
export function bumpFigure(analysis: ArmAnalysis): StudyFigure | null {
  const { data, mode } = analysis;
  const { epochs, arcs, truths } = data;
  const shown = epochs.filter((epoch) => scoresAt(data, epoch).some((score) => score !== null));
  if (truths.length < 2 || shown.length === 0) return null;
  const orders = [
    ...shown.map((epoch) => meanScores(estimateOf(analysis, epoch, mode).predictor)),
    truths,
  ].map((scores) => midranks(scores.map((score) => -score)));
  return {
    id: "ranks",
    kind: "bump",
    title: "How do ranks change?",
    caption:
      "Rank of each architecture by its estimate (mean over supernets) at each epoch, 1 for the " +
      "best, and last by its final accuracy. Parallel lines would be an estimator to rely on.",
    orders: [...shown.map((epoch) => `epoch ${epoch}`), "trained"],
    lines: arcs.map(({ name }, arc) => ({
      label: name,
      ranks: orders.map((ranks) => ranks[arc]),
    })),
  };
}
