/**
 * Tables of `study quirks`.
 *
 * @module
 */
import {
  attenuationCorrected,
  type Interval,
  kendallTau,
  mean,
  standardDeviation,
  varianceComponents,
} from "../../nas/stats/mod.ts";
import type { StudyTable } from "../../nas/stats/study_report.ts";
import { fixedNumber } from "../../nas/text/words.ts";
import { bandText, FRACTION } from "../kit/bands.ts";
import { POINTS } from "../kit/evidence.ts";
import type { QuirkData, Retrained } from "./cells.ts";
import type { Ceilings } from "./claims.ts";
import { gainOf, type QuirkArm, type QuirkRun, valuesOf } from "./policies.ts";
import { type QuirkTaus, SMALLEST_P } from "./taus.ts";
import { intervalText, LEVELS, networkLabel } from "./words.ts";

/** The eight cells: how estimates rank, and what the controller learned. */
export function cellsTable(
  { cells }: QuirkTaus,
  ceilings: Ceilings,
  arms: readonly QuirkArm[],
): StudyTable {
  return {
    id: "cells",
    title: "The eight cells",
    caption: "Rows: every combination of the three factors. Tau: mean over the searches of " +
      "Kendall's tau-b of estimate and final accuracy, with its 95 % interval over architectures " +
      "and searches. Ceiling: tau that accuracies from other training seeds would reach. Gain: " +
      "mean estimate of the controller's architectures less that of random ones under the same " +
      "weights, in points. Op entropy: of the shares of the ops that the controller samples, in " +
      "nats, 1.79 for equal shares. Drifts: how far the op shares (about as many points as " +
      "one op gained) and the skip rate moved since before training. Gain, entropy and drifts belong to the search, whatever is retrained; " +
      "their intervals stand in the table of the controllers.",
    columns: [
      "Ops in the search",
      "Rewards and estimates",
      "Retrained graph",
      "Architectures",
      "Searches",
      "Tau",
      "95 % interval",
      "Spearman",
      "p",
      "Smallest p",
      "Ceiling",
      "Range",
      "Tau over ceiling",
      "Gain",
      "Op entropy",
      "Op drift",
      "Skip drift",
    ],
    rows: cells.map(({ cell, tau, spearman, test }) => {
      const { opMode, norm, graph, places, searches, retrained } = cell;
      const arm = arms.find((one) => one.opMode === opMode && one.norm === norm)!;
      const ceiling = ceilings.get(retrained) ?? null;
      return [
        LEVELS.opMode[opMode],
        LEVELS.norm[norm],
        LEVELS.graph[graph],
        places.length,
        searches.length,
        orNull(tau.value),
        intervalText(tau.interval(0.95), 2),
        orNull(spearman),
        orNull(test?.p ?? NaN),
        orNull(test?.smallestP ?? NaN),
        orNull(ceiling?.full ?? NaN),
        ceiling === null ? null : ceiling.wideEnough ? "wide" : "too narrow",
        ceiling === null || !(ceiling.full > 0)
          ? null
          : orNull(attenuationCorrected(tau.value, 1, ceiling.full)),
        gainOf(arm)?.value ?? null,
        meanOf(arm, ({ opEntropy }) => opEntropy),
        meanOf(arm, ({ opDrift }) => opDrift),
        meanOf(arm, ({ skipDrift }) => skipDrift),
      ];
    }),
    thesisColumns: [],
    digits: [null, null, null, 0, 0, 2, null, 2, 3, 4, 2, null, 2, 2, 3, 1, 1],
  };
}

/** Main effects and interactions. */
export function effectsTable({ effects }: QuirkTaus): StudyTable {
  return {
    id: "effects",
    title: "What each factor does to tau",
    caption: "Differences of tau, with 95 % intervals from resampled architectures and searches, " +
      "the same ones in all cells (not yet widened for several claims). A main effect is the mean " +
      "of four cells less the mean of the other four; an interaction is how much one factor's " +
      "difference depends on another's level.",
    columns: [
      "Comparison",
      "Architectures",
      "Difference of tau",
      "95 % interval",
      "p",
      "Smallest p",
    ],
    rows: effects.map(({ contrast, difference, n }) => [
      contrast.label,
      n,
      orNull(difference.value),
      intervalText(difference.interval(0.95), 2),
      orNull(difference.p),
      Number.isNaN(difference.p) ? null : SMALLEST_P,
    ]),
    thesisColumns: [],
    digits: [null, 0, 2, null, 3, 4],
  };
}

/** What is known of the final accuracies before any estimate is held against them. */
export function ceilingsTable({ retrained }: QuirkData, ceilings: Ceilings): StudyTable {
  return {
    id: "ceilings",
    title: "How repeatable are the final accuracies?",
    caption: "Accuracy from scratch by kind of network, in per cent. Seed deviation: of one " +
      "network trained again. Spread: deviation of the networks' means. The noise ceiling is the " +
      "tau of two disjoint halves of the trainings, carried to all of them (Spearman–Brown). Where " +
      "its interval touches 0 the range is too narrow for any estimate to show anything.",
    columns: [
      "Kind of network",
      "Networks",
      "Trainings done",
      "of",
      "Mean",
      "Spread",
      "Seed deviation",
      "Tau of halves",
      "95 % interval",
      "Ceiling",
      "Range",
    ],
    rows: retrained.map((one) => {
      const ceiling = ceilings.get(one) ?? null;
      const values = replicatesOf(one);
      const means = values.map(mean);
      const repeated = one.trainings > 1 && values.length > 1;
      return [
        networkLabel(one),
        values.length,
        one.done,
        one.all,
        means.length === 0 ? null : 100 * mean(means),
        means.length < 2 ? null : 100 * standardDeviation(means),
        repeated ? 100 * Math.sqrt(varianceComponents(values).within) : null,
        orNull(ceiling?.half ?? NaN),
        ceiling === null ? null : intervalText(ceiling.interval, 2),
        orNull(ceiling?.full ?? NaN),
        ceiling === null ? null : ceiling.wideEnough ? "wide" : "too narrow",
      ];
    }),
    thesisColumns: [],
    digits: [null, 0, 0, 0, 2, 2, 2, 2, null, 2, null],
  };
}

/** The four kinds of searches: what their controllers learned. */
export function searchesTable(arms: readonly QuirkArm[]): StudyTable {
  return {
    id: "searches",
    title: "What the controllers learned",
    caption: "Means over searches with 95 % intervals (Student's t) where there are several; the " +
      "gain of a single search has the interval over its architectures (Welch). Reward advantage: " +
      "mean reward of the last epoch less the mean estimate of random architectures. Policy " +
      "entropy: of all decisions, as a share of uniform ones. With the closure bug no reward " +
      "depends on an op, so that ops drift by chance alone: these rows show how far that goes. Op " +
      "drift leaves out the chance of the drawn architectures that describe a policy, and is " +
      "below 0 by chance where nothing moved.",
    columns: [
      "Ops in the search",
      "Rewards",
      "Searches",
      "Gain, points",
      "Reward advantage, points",
      "Op entropy, nats",
      "Policy entropy",
      "Op drift, points",
      "Skip drift, points",
      "Distinct architectures",
    ],
    rows: arms.map((arm) => [
      LEVELS.opMode[arm.opMode],
      LEVELS.norm[arm.norm],
      arm.runs.length,
      gainText(arm),
      bandText(valuesOf(arm, ({ advantage }) => advantage), 2, [-POINTS, POINTS]),
      bandText(valuesOf(arm, ({ opEntropy }) => opEntropy), 3, [0, Infinity]),
      bandText(valuesOf(arm, ({ policyEntropy }) => policyEntropy), 3, FRACTION),
      bandText(valuesOf(arm, ({ opDrift }) => opDrift), 1, [-POINTS, POINTS]),
      bandText(valuesOf(arm, ({ skipDrift }) => skipDrift), 1, [-POINTS, POINTS]),
      bandText(valuesOf(arm, ({ last }) => last.policy.distinct), 3, FRACTION),
    ]),
    thesisColumns: [],
    digits: [null, null, 0],
  };
}

/** How far the kinds of trained networks rank the architectures alike. */
export function graphsTable(data: QuirkData, agreement: readonly Agreement[]): StudyTable {
  return {
    id: "graphs",
    title: "Do the retrained networks rank alike?",
    caption:
      "Kendall's tau of the same architectures' final accuracies as two kinds of networks. " +
      "Corrected: over the geometric mean of their ceilings, what tau would be without the noise " +
      "of seeds.",
    columns: ["Networks", "and", "Architectures", "Tau", "95 % interval", "Corrected"],
    rows: agreement.map(({ a, b, tau, interval, n, corrected }) => [
      networkLabel(data.retrained[a]),
      networkLabel(data.retrained[b]),
      n,
      orNull(tau),
      intervalText(interval, 2),
      orNull(corrected),
    ]),
    thesisColumns: [],
    digits: [null, null, 0, 2, null, 2],
  };
}

/** Agreement of two kinds of trained networks, by their places in the data. */
export interface Agreement {
  readonly a: number;
  readonly b: number;
  readonly n: number;
  readonly tau: number;
  readonly interval: Interval;
  readonly corrected: number;
}

/** The rank correlation of some architectures' final accuracies as two kinds of networks. */
export function agreementOf(
  one: Retrained,
  other: Retrained,
  places: readonly number[],
): number {
  const both = places.filter((place) => one.truths[place] !== null && other.truths[place] !== null);
  if (both.length < 2) return NaN;
  return kendallTau(both.map((p) => one.truths[p]!), both.map((p) => other.truths[p]!));
}

function replicatesOf({ accuracies, same }: Retrained): (readonly number[])[] {
  return accuracies.flatMap((values, place) =>
    values === null || same[place] !== place ? [] : [values]
  );
}

function gainText(arm: QuirkArm): string | null {
  const gain = gainOf(arm);
  if (gain === null) return null;
  const { value, low, high } = gain;
  return low === null || high === null
    ? fixedNumber(value, 2)
    : `${fixedNumber(value, 2)} (${fixedNumber(low, 2)} to ${fixedNumber(high, 2)})`;
}

function meanOf(arm: QuirkArm, of: (run: QuirkRun) => number | null): number | null {
  const values = valuesOf(arm, of);
  return values.length === 0 ? null : mean(values);
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
