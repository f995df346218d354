/**
 * How large a study must be: from the effect that it shall see to architectures, trainings and runs.
 *
 * @module
 */
import {
  architecturesForTau,
  binomial,
  criticalTau,
  normalRuns,
  pairsForDifference,
  powerOfDifference,
  powerOfPairs,
  powerOfTau,
  runsForDifference,
  spearmanBrown,
  type Uniform,
} from "../../nas/stats/mod.ts";

/** Most architectures, and most runs of an arm, that a plan names. */
export const MOST_PLANNED = { architectures: 500, runs: 1000 } as const;

/** What every plan starts from. */
export interface Aim {
  /** Probability with which the effect shall be found. */
  readonly power: number;
  /** Level of the two-sided test. */
  readonly level: number;
}

/** Power at another size of the study. */
export interface PowerPoint {
  readonly n: number;
  readonly power: number;
}

/** What a study of a rank correlation shall see. */
export interface CorrelationAim extends Aim {
  /** Kendall's tau of estimate and final accuracy, if trainings had no noise of their own. */
  readonly tau: number;
  /**
   * Reliability of the accuracy after one training from scratch: variance between architectures, as a
   * share of that and the variance between seeds. 1 is no noise.
   */
  readonly reliability: number;
  /** Seeds with which each architecture is trained. */
  readonly trainings: number;
}

/** A number of trainings and what it takes. */
export interface CorrelationDesign {
  readonly trainings: number;
  /** Reliability of the mean of that many trainings (Spearman–Brown). */
  readonly reliability: number;
  /** Tau that is to be expected: the noise of trainings lowers it. */
  readonly seen: number;
  /** Tau that a perfect estimator is to be expected to reach. */
  readonly ceiling: number;
  /** Null where {@link MOST_PLANNED} are not enough. */
  readonly architectures: number | null;
  /** Power with that many architectures, by simulation; of {@link MOST_PLANNED} where they are too few. */
  readonly power: number;
  /** Architectures times trainings. */
  readonly networks: number | null;
}

/** The size of a study of a rank correlation. */
export interface CorrelationPlan extends CorrelationDesign {
  readonly aim: CorrelationAim;
  /** Least p that any ranking of so many architectures can have. */
  readonly smallestP: number | null;
  /** Least tau that is significant with so many architectures. */
  readonly critical: number | null;
  readonly curve: readonly PowerPoint[];
  /** The same with other numbers of trainings; none where trainings have no noise. */
  readonly others: readonly CorrelationDesign[];
}

/** What a study that compares two arms shall see. All in one unit. */
export interface DifferenceAim extends Aim {
  readonly difference: number;
  /** Standard deviation between runs of an arm. */
  readonly deviation: number;
  /** Correlation between the two runs of a pair, which share a seed. */
  readonly correlation: number;
}

/** The size of a study of two arms, paired or not. */
export interface ArmPlan {
  /** Runs of each arm; null where {@link MOST_PLANNED} are not enough. */
  readonly runs: number | null;
  /** Deviation that the test meets: of runs, or of the differences within pairs. */
  readonly deviation: number;
  /** Of the t-test with so many runs; null without any. */
  readonly power: number | null;
  /** Least p of the exact permutation test of so many runs. */
  readonly smallestP: number | null;
  readonly curve: readonly PowerPoint[];
}

/** Both ways to compare two arms. */
export interface DifferencePlan {
  readonly aim: DifferenceAim;
  readonly unpaired: ArmPlan;
  readonly paired: ArmPlan;
}

/** Numbers of trainings that a plan compares. */
const COMPARED_TRAININGS = [1, 2, 3, 5];

/** Simulated studies behind a power that a plan gives, behind each step of a search, behind a guess. */
const [SIMULATED, SEARCHED, SKETCHED] = [2000, 1000, 200];

/**
 * Tau that is to be expected when ground truth has a reliability.
 *
 * Assumes that estimates, true accuracies and the noise of seeds are normal, and the noise independent
 * of both. Pearson's correlation falls by the root of the reliability (Spearman's attenuation), and tau
 * of a bivariate normal pair is `2/π·asin` of it: `2/π·asin(√reliability · sin(π/2·tau))`.
 */
export function attenuatedTau(tau: number, reliability: number): number {
  return 2 / Math.PI * Math.asin(Math.sqrt(reliability) * Math.sin(Math.PI / 2 * tau));
}

/**
 * Plans a study of how well an estimator ranks architectures, by the exact test of Kendall's tau. Powers
 * are simulated, so their last figure depends on the draws.
 */
export function planCorrelation(aim: CorrelationAim, uniform: Uniform): CorrelationPlan {
  const design = designOf(aim, aim.trainings, uniform);
  const { seen, architectures, power } = design;
  const n = architectures ?? MOST_PLANNED.architectures;
  const { level } = aim;
  const sizes = architectures === null ? [n / 10, n / 5, n / 2, n] : around(n, 4);
  const curve = sizes.map((size) => ({
    n: size,
    power: size === n ? power : powerOfTau(size, seen, uniform, { level, trials: SIMULATED }),
  }));
  return {
    ...{ aim, ...design, curve },
    smallestP: architectures === null ? null : 2 / permutations(n),
    critical: architectures === null ? null : criticalTau(n, level),
    others: aim.reliability === 1
      ? []
      : COMPARED_TRAININGS.filter((count) => count !== aim.trainings)
        .map((count) => designOf(aim, count, uniform)),
  };
}

function designOf(aim: CorrelationAim, trainings: number, uniform: Uniform): CorrelationDesign {
  const { level } = aim;
  const most = MOST_PLANNED.architectures;
  const reliability = spearmanBrown(aim.reliability, trainings);
  const seen = attenuatedTau(aim.tau, reliability);
  const powerAt = (n: number, trials = SIMULATED) =>
    powerOfTau(n, seen, uniform, { level, trials });
  // Where the most are far from enough, all smaller numbers need not be looked at.
  const hopeless = powerAt(most, SKETCHED) < aim.power - 0.1;
  const found = hopeless ? null : architecturesForTau(seen, uniform, {
    ...{ power: aim.power, level, trials: SEARCHED, most },
  });
  // The search's draws may have been lucky: the power that is told is that of other ones.
  let n = found ?? most;
  let power = powerAt(n);
  while (found !== null && power < aim.power && n < most) power = powerAt(++n);
  const enough = found !== null && power >= aim.power;
  return {
    ...{ trainings, reliability, seen, power },
    ceiling: attenuatedTau(1, reliability),
    architectures: enough ? n : null,
    networks: enough ? n * trainings : null,
  };
}

/**
 * Plans a comparison of two arms by the t-test, for independent runs and for pairs. There are at least as
 * many runs as the exact permutation test needs for a p at the level: it judges the same runs.
 */
export function planDifference(aim: DifferenceAim): DifferencePlan {
  const { difference, deviation, correlation, power, level } = aim;
  const ofPairs = deviation * Math.sqrt(2 * (1 - correlation));
  return {
    aim,
    unpaired: planArm(aim, deviation, {
      runs: () => runsForDifference(difference, deviation, power, level),
      powerAt: (n) => powerOfDifference(n, difference, deviation, level),
      smallestP: (n) => 2 / binomial(2 * n, n),
    }),
    paired: planArm(aim, ofPairs, {
      runs: () => pairsForDifference(difference, ofPairs, power, level),
      powerAt: (n) => powerOfPairs(n, difference, ofPairs, level),
      smallestP: (n) => 2 / 2 ** n,
    }),
  };
}

/** How runs are compared. */
interface Comparison {
  /** Runs that the t-test needs. */
  readonly runs: () => number;
  readonly powerAt: (n: number) => number;
  /** Of the exact permutation test. */
  readonly smallestP: (n: number) => number;
}

function planArm(aim: DifferenceAim, deviation: number, test: Comparison): ArmPlan {
  const { difference, power, level } = aim;
  // The approximation is about one run short, and quick at any size.
  if (normalRuns(difference, deviation, power, level) > MOST_PLANNED.runs) {
    return { runs: null, deviation, power: null, smallestP: null, curve: [] };
  }
  let least = 2;
  while (test.smallestP(least) > level) least++;
  const runs = Math.max(least, test.runs());
  return {
    ...{ runs, deviation },
    power: test.powerAt(runs),
    smallestP: test.smallestP(runs),
    curve: around(runs, least).map((n) => ({ n, power: test.powerAt(n) })),
  };
}

/** Sizes around `n`, none below `least`. */
function around(n: number, least: number): number[] {
  const sizes = [0.5, 0.75, 1, 1.25, 1.5, 2].map((factor) => Math.round(factor * n));
  return [...new Set(sizes.filter((size) => size >= least))];
}

function permutations(n: number): number {
  return n <= 1 ? 1 : n * permutations(n - 1);
}
