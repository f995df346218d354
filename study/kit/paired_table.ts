/**
 * Paired differences with all that judges them, as rows of a table and of a chart of intervals.
 *
 * @module
 */
import {
  clipInterval,
  equivalenceTest,
  hedgesG,
  mean,
  pairedTest,
  pairsForDifference,
  powerOfPairs,
  signFlipTest,
  standardDeviation,
  type Uniform,
} from "../../nas/stats/mod.ts";
import type { StudyFigure, StudyTable } from "../../nas/stats/study_report.ts";
import { fixedNumber } from "../../nas/text/words.ts";
import type { Pairs } from "./curve_data.ts";
import { POINTS } from "./evidence.ts";

/** One comparison: b less a, pair by pair. */
export interface PairedComparison {
  /** What is compared, b before a, such as `chosen: last − first epoch`. */
  readonly what: string;
  /** Where, such as `epoch 16`; left out where all comparisons of a table are of one place. */
  readonly where?: string;
  readonly pairs: Pairs;
  /** How far apart a pair can be, where intervals end; left out, {@link POINTS}. */
  readonly limit?: number;
  /** The difference that the thesis prints for it; null where it prints none. */
  readonly thesis: number | null;
}

/** How the numbers of a table are meant. */
export interface PairedTableOptions {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  /** Smallest difference that matters, in points. */
  readonly margin: number;
  readonly uniform: Uniform;
}

/** The comparisons as a table; null stands for what was not run or cannot be computed. */
export function pairedTable(
  comparisons: readonly PairedComparison[],
  { id, title, caption, margin, uniform }: PairedTableOptions,
): StudyTable {
  const placed = comparisons.some(({ where }) => where !== undefined);
  const place = <T>(value: T): T[] => placed ? [value] : [];
  const given = ["Comparison", ...place("Where"), "Thesis: difference", "Pairs"];
  const computed = [
    "Mean of the left",
    "Mean of the right",
    "Difference",
    "95 % interval",
    "p (sign flips)",
    "Smallest p",
    "Hedges' g",
    "p (equivalence)",
    `Power for ${margin}`,
    `Pairs that decide ${margin}`,
  ];
  return {
    id,
    title,
    caption:
      `${caption} In points of accuracy, left and right of the minus sign. p: by flipping signs ` +
      "of the pairs, all ways of up to 18; the smallest p is the least that so many pairs can give. " +
      `Equivalence: two one-sided tests that the difference is within ±${margin} points (below 0.05 ` +
      "shows it). Power: chance that so many pairs with this spread show a difference of " +
      `${margin} points.`,
    columns: [...given, ...computed],
    rows: comparisons.map(({ what, where, pairs, limit = POINTS, thesis }) => [
      what,
      ...place(where ?? null),
      thesis,
      pairs.differences.length,
      ...(pairs.differences.length === 0
        ? computed.map(() => null)
        : numbersOf(pairs, margin, limit, uniform)),
    ]),
    thesisColumns: [given.indexOf("Thesis: difference")],
    digits: [null, ...place(null), 2, 0, 2, 2, 2, null, 3, 3, 2, 3, 2, 0],
  };
}

function numbersOf(
  { a, b, differences }: Pairs,
  margin: number,
  limit: number,
  uniform: Uniform,
): (number | string | null)[] {
  const test = pairedTest(differences);
  const { low, high } = clipInterval(test.interval, -limit, limit);
  const flips = signFlipTest(differences, { uniform });
  const deviation = standardDeviation(differences);
  const spread = deviation > 0;
  return [
    mean(b),
    mean(a),
    test.difference,
    defined(low) === null ? null : `${fixedNumber(low, 2)} to ${fixedNumber(high, 2)}`,
    defined(flips.p),
    defined(flips.smallestP),
    defined(hedgesG(a, b)),
    defined(equivalenceTest(test, margin).p),
    spread ? powerOfPairs(differences.length, margin, deviation) : null,
    spread ? pairsForDifference(margin, deviation) : null,
  ];
}

function defined(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** The comparisons with their 95 % intervals beside the band of what does not matter. */
export function equivalenceFigure(
  comparisons: readonly PairedComparison[],
  { id, title, caption, margin }: Omit<PairedTableOptions, "uniform">,
): StudyFigure {
  return {
    id,
    kind: "intervals",
    title,
    caption:
      `${caption} 95 % intervals of the mean of paired differences, not yet widened for the ` +
      "number of claims. An interval inside the band shows that the difference does not matter, one " +
      "that leaves out 0 that there is one, any other shows nothing.",
    axis: { title: "points of accuracy", percent: false },
    margin,
    rows: comparisons.map(({ what, where, pairs: { differences }, limit = POINTS }) => {
      const label = where === undefined ? what : `${what}: ${where}`;
      if (differences.length === 0) return { label, value: null, low: null, high: null };
      const { difference, interval: wide } = pairedTest(differences);
      const interval = clipInterval(wide, -limit, limit);
      return {
        label,
        value: difference,
        low: defined(interval.low),
        high: defined(interval.high),
      };
    }),
  };
}
