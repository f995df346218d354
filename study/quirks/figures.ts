/**
 * Figures of `study quirks`.
 *
 * @module
 */
import { MACRO_OPS } from "../../nas/space/macro/arc.ts";
import { mean, standardDeviation } from "../../nas/stats/mod.ts";
import type { StudyFigure, StudyFigureOf } from "../../nas/stats/study_report.ts";
import type { QuirkCell, QuirkData } from "./cells.ts";
import { OP_MODES, type OpMode } from "./design.ts";
import { type QuirkArm, valuesOf } from "./policies.ts";
import type { QuirkTaus, Resampled } from "./taus.ts";
import { armLabel, cellLabel, LEVELS, shortLabel } from "./words.ts";
import { TAU_MARGIN } from "../thesis/claims.ts";

/** All figures for which there is something to show. */
export function quirkFigures(
  data: QuirkData,
  taus: QuirkTaus,
  arms: readonly QuirkArm[],
): StudyFigure[] {
  const finished = arms.filter(({ runs }) => runs.length > 0);
  return [
    tauIntervals(taus),
    effectIntervals(taus),
    ...OP_MODES.map((opMode) => scatter(data, opMode)),
    gainStrips(finished),
    ...(finished.length === 0 ? [] : [opShares(finished)]),
    entropyLines(finished),
  ];
}

function tauIntervals({ cells }: QuirkTaus): StudyFigure {
  return {
    id: "taus",
    kind: "intervals",
    title: "How well do estimates rank, cell by cell?",
    caption: "Tau-b of estimate and final accuracy with 95 % intervals over architectures and " +
      "searches (not yet widened for several claims). In the band correlations are too small to " +
      "matter to a search.",
    axis: { title: "Kendall's tau-b", percent: false },
    margin: TAU_MARGIN,
    rows: cells.map(({ cell, tau }) => ({ label: cellLabel(cell), ...ends(tau) })),
  };
}

function effectIntervals({ effects }: QuirkTaus): StudyFigure {
  return {
    id: "effects",
    kind: "intervals",
    title: "What does each factor do to tau?",
    caption: "Differences of tau-b with 95 % intervals: main effects, differences within one " +
      "level, interactions. Right of 0 the repaired level ranks better than the released one.",
    axis: { title: "difference of tau-b", percent: false },
    margin: TAU_MARGIN,
    rows: effects.map(({ contrast, difference }) => ({
      label: contrast.label,
      ...ends(difference),
    })),
  };
}

function ends({ value, interval }: Resampled) {
  const { low, high } = interval(0.95);
  return { value: orNull(value), low: orNull(low), high: orNull(high) };
}

function scatter({ cells }: QuirkData, opMode: OpMode): StudyFigure {
  return {
    id: `scatter-${opMode}`,
    kind: "scatter",
    title: `Estimate against final accuracy: ${LEVELS.opMode[opMode]}`,
    caption: "Every architecture: mean estimate over the searches, mean final accuracy over the " +
      "trainings, with standard errors where there are several. " +
      (opMode === "correct"
        ? "The same architectures stand in all groups."
        : "Estimates know the skips only; where the searched graph is retrained, so do the final " +
          "accuracies."),
    x: { title: "estimate under shared weights", percent: true },
    y: { title: "accuracy from scratch", percent: true },
    groups: cells.filter((cell) => cell.opMode === opMode).map((cell) => ({
      label: `${LEVELS.norm[cell.norm]}; retrained ${LEVELS.graph[cell.graph]}`,
      points: cell.searches.length === 0 ? [] : cell.places.map((place) => pointOf(cell, place)),
    })),
  };
}

function pointOf({ searches, retrained }: QuirkCell, place: number) {
  const x = barOf(searches.map((estimates) => estimates[place]));
  const y = barOf(retrained.accuracies[place]!);
  return {
    label: `architecture ${place + 1}`,
    x: x.value,
    y: y.value,
    xLow: x.low,
    xHigh: x.high,
    yLow: y.low,
    yHigh: y.high,
  };
}

/** Mean and standard error of at least one value. */
function barOf(values: readonly number[]) {
  const value = mean(values);
  if (values.length < 2) return { value, low: null, high: null };
  const error = standardDeviation(values) / Math.sqrt(values.length);
  return { value, low: value - error, high: value + error };
}

const SHORT = "Ops run or the closure bug (bug); rewards by batch statistics or moving averages.";

function gainStrips(arms: readonly QuirkArm[]): StudyFigure {
  return {
    id: "gains",
    kind: "strips",
    title: "Does the controller sample better than chance?",
    caption: "One point a search: mean estimate of its controller's architectures at the last " +
      "epoch less that of random architectures, under the same weights, on the same images. 0 is " +
      "what chance gives. " + SHORT,
    y: { title: "gain in points of estimate", percent: false },
    arms: arms.map((arm) => ({
      label: shortLabel(arm),
      values: valuesOf(arm, ({ gain }) => gain),
    })),
  };
}

function opShares(arms: readonly QuirkArm[]): StudyFigure {
  const uniform = 1 / MACRO_OPS.length;
  return {
    id: "ops",
    kind: "shares",
    title: "Which ops do the controllers sample?",
    caption: "Shares of the ops at the last epoch, mean over the searches, beside equal shares. " +
      "With the closure bug no reward depends on an op: what differs from equal there is chance. " +
      SHORT,
    bars: ["equal shares", ...arms.map(shortLabel)],
    parts: MACRO_OPS.map(({ id, label }) => ({
      label,
      shares: [
        uniform,
        ...arms.map(({ runs }) => mean(runs.map(({ last }) => last.policy.opShares[id]))),
      ],
    })),
  };
}

function entropyLines(arms: readonly QuirkArm[]): StudyFigureOf<"lines"> {
  return {
    id: "entropy",
    kind: "lines",
    title: "How sure do the controllers become?",
    caption: "Entropy of all decisions at each marked epoch, as a share of that of uniform ones: " +
      "100 % is undecided. Mean over searches, with the lowest and the highest. Falling entropy " +
      "alone is no learning: skips are rewarded with the closure bug, too, and ops can drift.",
    x: { title: "epoch of the search", percent: false },
    y: { title: "entropy over that of chance", percent: true },
    series: arms.map((arm) => ({
      label: armLabel(arm),
      dashed: arm.opMode === "released",
      points: epochsOf(arm).map((epoch) => {
        const values = arm.runs.flatMap(({ search }) =>
          search.marks.filter((mark) => mark.epoch === epoch)
            .map(({ policy }) => policy.entropy / policy.uniformEntropy)
        );
        const several = values.length > 1;
        return {
          x: epoch,
          y: mean(values),
          low: several ? Math.min(...values) : null,
          high: several ? Math.max(...values) : null,
        };
      }),
    })),
  };
}

function epochsOf({ runs }: QuirkArm): number[] {
  const epochs = runs.flatMap(({ search }) => search.marks.map(({ epoch }) => epoch));
  return [...new Set(epochs)].sort((a, b) => a - b);
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
