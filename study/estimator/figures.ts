/**
 * Figures of `study estimator` of one epoch: what predicts, figure 18 of the thesis beside ours, size, and
 * power.
 *
 * @module
 */
import {
  criticalTau,
  kendallTau,
  mean,
  powerOfTau,
  standardDeviation,
  type Uniform,
} from "../../nas/stats/mod.ts";
import type { StudyFigure, StudyFigureOf } from "../../nas/stats/study_report.ts";
import { fixedNumber } from "../../nas/text/words.ts";
import { type ArmAnalysis, estimateOf, type Judged } from "./analysis.ts";
import { allPredictors } from "./measures.ts";
import { imageCurve } from "./noise.ts";
import { commonSupernets, type Predictor } from "./predictors.ts";
import { finiteOrNull } from "./tables.ts";
import { TAU_MARGIN } from "../thesis/claims.ts";
import { TABLE_3 } from "../thesis/tables.ts";

/** Tau of everything that predicts, the ceiling first. */
export function predictorsFigure(analysis: ArmAnalysis): StudyFigure {
  const { ceiling, thesis, last } = analysis;
  const row = ({ predictor, tau }: Judged) => {
    const interval = tau?.interval(0.95);
    return {
      label: predictor.label,
      value: tau === null ? null : finiteOrNull(tau.value),
      low: interval === undefined ? null : finiteOrNull(interval.low),
      high: interval === undefined ? null : finiteOrNull(interval.high),
    };
  };
  const shown = allPredictors(analysis).filter((one) =>
    !("epoch" in one) || one.epoch === thesis || one.epoch === last
  );
  return {
    id: "predictors",
    kind: "intervals",
    title: "Who predicts final accuracy?",
    caption:
      "Kendall's tau with the accuracy after training from scratch, and its 95 % interval. First the " +
      "ceiling: how well one half of the trainings orders the architectures as the other half does. " +
      `Inside the band a correlation is too weak to matter. Epoch ${thesis} stands for the thesis's 155.`,
    axis: { title: "Kendall's tau", percent: false },
    margin: TAU_MARGIN,
    rows: [
      {
        label: "ceiling: training again",
        value: ceiling === null ? null : finiteOrNull(ceiling.half),
        low: ceiling === null ? null : finiteOrNull(ceiling.interval.low),
        high: ceiling === null ? null : finiteOrNull(ceiling.interval.high),
      },
      ...shown.map(row),
      {
        label: "the thesis's table 3",
        value: kendallTau(TABLE_3.map((one) => one.estimate), TABLE_3.map((one) => one.final)),
        low: -1,
        high: 1,
      },
    ],
  };
}

/** Figure 18 of the thesis from our data, with error bars both ways. */
export function figure18(analysis: ArmAnalysis): StudyFigure {
  const { thesis, last, mode, ceiling } = analysis;
  const { predictor, tau } = estimateOf(analysis, thesis, mode);
  const words = tau === null ? "" : ` Kendall's tau ${fixedNumber(tau.value, 2)}` +
    `, n = ${tau.n}${ceiling === null ? "" : `, ceiling ${ceiling.half.toFixed(2)}`}.`;
  return {
    id: "figure-18",
    kind: "scatter",
    title: "Figure 18: estimate against final accuracy",
    caption:
      `Each point is an architecture: its accuracy under shared weights at epoch ${thesis} of ` +
      `${last} (mean over supernets) and after training from scratch (mean over seeds). Error bars: one ` +
      `standard deviation between supernets, and between trainings.${words}`,
    x: { title: "estimate under shared weights", percent: true },
    y: { title: "accuracy from scratch", percent: true },
    groups: bySource(analysis, spreadScores(predictor)),
  };
}

/** Number of parameters against final accuracy. */
export function parametersFigure(analysis: ArmAnalysis): StudyFigure | null {
  const { proxies } = analysis.data;
  if (proxies === null) return null;
  const of = proxies.parameters.map((x) => ({ x, deviation: null }));
  return {
    id: "parameters",
    kind: "scatter",
    title: "Is it only size?",
    caption:
      "Parameters of each architecture against its accuracy after training from scratch. Where the " +
      "points rise here, an estimator that merely likes large networks looks good.",
    x: { title: "parameters", percent: false },
    y: { title: "accuracy from scratch", percent: true },
    groups: bySource(analysis, of),
  };
}

interface Place {
  readonly x: number;
  readonly deviation: number | null;
}

function spreadScores(predictor: Predictor): Place[] {
  const lists = commonSupernets(predictor).map((place) => predictor.bySupernet[place]!);
  return (lists[0] ?? []).map((_, arc) => {
    const scores = lists.map((list) => list[arc]);
    return { x: mean(scores), deviation: scores.length < 2 ? null : standardDeviation(scores) };
  });
}

function bySource(
  { data: { arcs, truths, replicates } }: ArmAnalysis,
  places: readonly Place[],
): StudyFigureOf<"scatter">["groups"] {
  const point = (arc: number) => {
    const { x, deviation } = places[arc];
    const y = truths[arc];
    const dy = replicates[arc].length < 2 ? null : standardDeviation(replicates[arc]);
    return {
      label: arcs[arc].name,
      x,
      y,
      xLow: deviation === null ? null : Math.max(0, x - deviation),
      xHigh: deviation === null ? null : Math.min(1, x + deviation),
      yLow: dy === null ? null : Math.max(0, y - dy),
      yHigh: dy === null ? null : Math.min(1, y + dy),
    };
  };
  return (["controller", "uniform"] as const).map((source) => ({
    label: source === "controller" ? "drawn by controllers" : "drawn uniformly",
    points: arcs.flatMap((arc, i) => arc.source === source && i < places.length ? [point(i)] : []),
  }));
}

/** Final accuracies by who drew the architectures. */
export function sourcesFigure({ data: { arcs, truths } }: ArmAnalysis): StudyFigure {
  return {
    id: "accuracies-by-source",
    kind: "strips",
    title: "Final accuracies by who drew the architecture",
    caption: "Every architecture as a point, mean over its trainings.",
    y: { title: "accuracy from scratch", percent: true },
    arms: (["controller", "uniform"] as const).map((source) => ({
      label: source === "controller" ? "drawn by controllers" : "drawn uniformly",
      values: truths.filter((_, i) => arcs[i].source === source),
    })),
  };
}

/** Reliability of an estimate by its number of images. */
export function imagesFigure(analysis: ArmAnalysis): StudyFigure | null {
  const curve = imageCurve(analysis);
  if (curve === null) return null;
  const line = (points: readonly { images: number; reliability: number }[]) =>
    points.map(({ images, reliability }) => ({ x: images, y: reliability, low: null, high: null }));
  return {
    id: "images",
    kind: "lines",
    title: "How many images does an estimate need?",
    caption:
      "Reliability of the estimate of one architecture (1: the same order every time) by the " +
      "number of images, computed from the two halves of the validation images (Spearman and Brown), " +
      "and as measured: the thesis's way, and one half. Noise of supernets and seeds comes on top.",
    x: { title: "images", percent: false, logarithmic: true },
    y: { title: "reliability", percent: false },
    series: [
      { label: "computed", dashed: true, points: line(curve.computed) },
      { label: "measured", dashed: false, points: line(curve.measured) },
    ],
  };
}

/** Simulated studies behind each point of the power curve. */
const POWER_TRIALS = 500;
/** Sizes at which power is computed. */
const SIZES = [5, 8, 10, 15, 20, 30, 40, 60, 80, 100];

/** Power by the number of architectures, this study's among them. */
export function powerFigure(analysis: ArmAnalysis, uniform: Uniform): StudyFigure {
  const n = analysis.data.truths.length;
  const sizes = [...new Set([...SIZES, ...(n >= 4 ? [n] : [])])].sort((a, b) => a - b);
  return {
    id: "power",
    kind: "lines",
    title: "How many architectures does a correlation need?",
    caption:
      "Probability that the exact test of Kendall's tau is significant at 0.05, by the number of " +
      `architectures, for three true correlations (500 simulated studies a point). Here there are ${n}; ` +
      "the thesis had 5.",
    x: { title: "architectures", percent: false },
    y: { title: "power", percent: true },
    series: [TAU_MARGIN, 0.4, 0.6].map((tau) => ({
      label: `true tau ${tau}`,
      dashed: false,
      points: sizes.map((size) => ({
        x: size,
        y: criticalTau(size) === null
          ? 0
          : powerOfTau(size, tau, uniform, { trials: POWER_TRIALS }),
        low: null,
        high: null,
      })),
    })),
  };
}
