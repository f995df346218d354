/**
 * The ledger: claims, what the data say of each, and a verdict by one rule for all of them.
 *
 * @module
 */
import type { Interval } from "./bootstrap.ts";
import { holm } from "./multiple.ts";
import { type ClaimedSide, judge, type Verdict } from "./verdict.ts";

/** What is known of the quantity that a claim is about. */
export interface Evidence {
  /** What is computed, such as `Kendall's tau-b of estimate and final accuracy`. */
  readonly statistic: string;
  readonly value: number;
  /** Two-sided p against 0; NaN where no test can be done. */
  readonly p: number;
  /** Least p that data of this size could reach; NaN where there is no such bound. */
  readonly smallestP: number;
  /** How many of what the conclusion rests on, such as 5 architectures; see {@link FEWEST_UNITS}. */
  readonly n: number;
  readonly unit: string;
  /** Probability that a study of this size sees an effect as large as the margin; null if unknown. */
  readonly power: number | null;
  /** Size at which an effect as large as the margin is seen with a power of 0.8; null if unknown. */
  readonly nToDecide: number | null;
  /** Interval of the value at a coverage. */
  readonly interval: (level: number) => Interval;
}

/** One claim, in the words of whoever makes it. */
export interface Claim {
  /** Short, such as `T3.estimator`. */
  readonly id: string;
  /** Verbatim. */
  readonly quote: string;
  /** Where it stands, such as `section 6.3`. */
  readonly where: string;
  /** The claim as a question that a newcomer understands. */
  readonly question: string;
  readonly side: ClaimedSide;
  /** Smallest effect that matters, in the unit of the value. */
  readonly margin: number;
  /** Null where the source gives no data. */
  readonly evidence: Evidence | null;
  /** What limits the evidence, or why there is none. */
  readonly remark: string;
}

/** A claim with its verdict; survives JSON, null standing for what is not defined. */
export interface JudgedClaim {
  readonly id: string;
  readonly quote: string;
  readonly where: string;
  readonly question: string;
  readonly side: ClaimedSide;
  readonly margin: number;
  /** Empty where there are no data. */
  readonly statistic: string;
  readonly value: number | null;
  /** Interval that the verdict rests on, and its coverage, widened for the number of claims. */
  readonly ci: readonly [low: number, high: number] | null;
  readonly level: number | null;
  readonly p: number | null;
  /** {@link JudgedClaim.p} adjusted for the number of claims (Holm). */
  readonly adjustedP: number | null;
  readonly smallestP: number | null;
  readonly n: number;
  readonly unit: string;
  readonly power: number | null;
  readonly verdict: Verdict;
  readonly nToDecide: number | null;
  readonly remark: string;
}

/** Chance of at least one false verdict of an effect, over all claims that are judged together. */
export const FAMILY_LEVEL = 0.05;

/**
 * Fewest units that a verdict may rest on where chance plays a part. Of fewer, one lucky agreement makes
 * the interval as narrow as one likes, and no permutation test comes below 0.1.
 */
export const FEWEST_UNITS = 5;

/**
 * Judges claims together. The rule: of m claims with a test, the one with the k-th smallest p is judged
 * by an interval of coverage 1 − level/(m − k + 1) (Holm's steps), and {@link judge} says what that
 * interval means. What is counted, and so has no p, takes no step. A claim without data, or from fewer
 * than {@link FEWEST_UNITS} units, is undecidable.
 *
 * @param level chance of at least one false verdict of an effect, over all claims
 */
export function judgeClaims(claims: readonly Claim[], level = FAMILY_LEVEL): JudgedClaim[] {
  const ps = claims.map(({ evidence }) => evidence === null ? NaN : evidence.p);
  const adjusted = holm(ps);
  const order = ps.map((_, i) => i).filter((i) => !Number.isNaN(ps[i])).sort((a, b) =>
    ps[a] - ps[b]
  );
  const stepOf = new Map(order.map((place, step) => [place, order.length - step]));
  return claims.map(({ evidence, ...claim }, i) => {
    if (evidence === null) return { ...claim, ...NOTHING };
    const coverage = 1 - level / (stepOf.get(i) ?? 1);
    const { interval: intervalAt, ...figures } = evidence;
    const interval = intervalAt(coverage);
    return {
      ...claim,
      ...figures,
      value: orNull(evidence.value),
      p: orNull(evidence.p),
      adjustedP: orNull(adjusted[i]),
      smallestP: orNull(evidence.smallestP),
      ci: Number.isNaN(interval.low) ? null : [interval.low, interval.high],
      level: coverage,
      verdict: isEnough(evidence) ? judge(claim.side, interval, claim.margin) : "undecidable",
    };
  });
}

/** Whether evidence has units enough for a verdict; what is counted has no chance in it. */
function isEnough({ p, n }: Evidence): boolean {
  return Number.isNaN(p) || n >= FEWEST_UNITS;
}

const NOTHING = {
  statistic: "",
  value: null,
  ci: null,
  level: null,
  p: null,
  adjustedP: null,
  smallestP: null,
  n: 0,
  unit: "",
  power: null,
  verdict: "undecidable",
  nToDecide: null,
} as const;

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
