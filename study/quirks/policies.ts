/**
 * What the controllers of `study quirks` learned: gain over random architectures, and how far ops and
 * skips moved.
 *
 * @module
 */
import { clipInterval, mean, pairedTest, stratifiedWelchTest } from "../../nas/stats/mod.ts";
import {
  OP_MODES,
  type OpMode,
  quirkArcs,
  REWARD_NORMS,
  type RewardNorm,
  scoreId,
  searchId,
} from "./design.ts";
import type { Mark, SupernetResult } from "../../nas/trials/kinds/supernet.ts";
import type { Results } from "../../nas/trials/results.ts";
import { POINTS } from "../kit/evidence.ts";
import type { StudySettings } from "../study.ts";

/** A finished search. */
export interface QuirkRun {
  readonly search: SupernetResult;
  /** At the last epoch. */
  readonly last: Mark;
  /** Estimates of the random architectures under the last weights; null where they are not done. */
  readonly random: readonly number[] | null;
  /** Mean estimate of the controller's architectures less that of random ones, in points. */
  readonly gain: number | null;
  /** Mean reward of the last epoch less the mean estimate of random architectures, in points. */
  readonly advantage: number | null;
  /** Entropy of the op shares at the last epoch, in nats; that of six equal shares is ln 6 = 1.79. */
  readonly opEntropy: number;
  /** Entropy of all decisions over that of uniform ones. */
  readonly policyEntropy: number;
  /** {@link opDrift} since before training, in points. */
  readonly opDrift: number;
  /** Skip rate less that before training, in points; null where the search has no skips. */
  readonly skipDrift: number | null;
}

/** The searches of two factors. */
export interface QuirkArm {
  readonly opMode: OpMode;
  readonly norm: RewardNorm;
  readonly runs: readonly QuirkRun[];
}

/** All four, those without results too. */
export function quirkArms(settings: StudySettings, results: Results): QuirkArm[] {
  const { layers: { length: layers } } = quirkArcs(settings)[0];
  return OP_MODES.flatMap((opMode) =>
    REWARD_NORMS.map((norm): QuirkArm => ({
      opMode,
      norm,
      runs: settings.seeds.flatMap((seed) => {
        const search = results.of("supernet", searchId(opMode, norm, seed));
        if (search === null || search.marks.length === 0) return [];
        const score = results.of("score", scoreId(opMode, norm, seed));
        return [runOf(search, score?.estimates[norm] ?? null, layers)];
      }),
    }))
  );
}

function runOf(
  search: SupernetResult,
  random: readonly number[] | null,
  layers: number,
): QuirkRun {
  const ops = search.policyArcs * layers;
  const first = search.marks[0];
  const last = search.marks.at(-1)!;
  const reward = search.epochs.at(-1)?.reward ?? null;
  const chance = random === null ? null : mean(random);
  const [before, after] = [first.policy.skipRate, last.policy.skipRate];
  return {
    search,
    last,
    random,
    gain: chance === null ? null : 100 * (mean(last.estimates) - chance),
    advantage: chance === null || reward === null ? null : 100 * (reward - chance),
    opEntropy: entropyOf(last.policy.opShares),
    policyEntropy: last.policy.entropy / last.policy.uniformEntropy,
    opDrift: 100 * opDrift(first.policy.opShares, last.policy.opShares, ops),
    skipDrift: before === null || after === null ? null : 100 * (after - before),
  };
}

/** Entropy of shares, in nats. */
export function entropyOf(shares: readonly number[]): number {
  return shares.reduce((sum, share) => share === 0 ? sum : sum - share * Math.log(share), 0);
}

/**
 * How far op shares moved between two descriptions of a policy by `ops` drawn ops each: Euclidean
 * distance, from whose square the expected square by the chance of the draws is taken. An op that gains
 * x from all others alike moves shares by 1.1 x. Below 0 by chance where nothing moved.
 */
export function opDrift(from: readonly number[], to: readonly number[], ops: number): number {
  const square = from.reduce((sum, share, i) => sum + (share - to[i]) ** 2, 0);
  const chance = [...from, ...to].reduce((sum, share) => sum + share * (1 - share) / ops, 0);
  return Math.sign(square - chance) * Math.sqrt(Math.abs(square - chance));
}

/** Gain over random architectures with its interval, in points. */
export interface Gain {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * Mean gain of some searches: with the spread between searches (Student's t) where there are several,
 * with that between the architectures of the one search (Welch) where there is one. Null without any.
 */
export function gainOf({ runs }: QuirkArm): Gain | null {
  const scored = runs.flatMap(({ gain, last, random }) =>
    gain === null ? [] : [{ gain, a: random!, b: last.estimates }]
  );
  if (scored.length === 0) return null;
  const value = mean(scored.map(({ gain }) => gain));
  const wide = scored.length > 1
    ? pairedTest(scored.map(({ gain }) => gain)).interval
    : scaled(stratifiedWelchTest(scored).interval);
  const { low, high } = clipInterval(wide, -POINTS, POINTS);
  return Number.isNaN(low) ? { value, low: null, high: null } : { value, low, high };
}

function scaled({ low, high }: { low: number; high: number }): { low: number; high: number } {
  return { low: 100 * low, high: 100 * high };
}

/** The numbers that the runs have. */
export function valuesOf(
  { runs }: QuirkArm,
  of: (run: QuirkRun) => number | null,
): number[] {
  return runs.flatMap((run) => of(run) ?? []);
}
