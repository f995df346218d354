/**
 * REINFORCE with a moving baseline (Williams, 1992), as in spec C.4: rewards, advantages and loss.
 *
 * @module
 */
import { weightedTotal } from "./ops/weighted_total.ts";
import type { Tape } from "../../../engine/tape.ts";
import type { Tensor } from "../../../engine/tensor.ts";
import type { SampledArcs } from "../strategy.ts";
import type { PolicyTrace } from "./trace.ts";

/** Where the baseline begins: 0 as in the released code, or the first reward. */
export type BaselineInit = "zero" | "first-reward";

/** Numbers of reward and baseline; names as in the configuration. */
export interface RewardOptions {
  /** Weight of the entropy bonus, in accuracy per nat: 1e-4. */
  readonly entropyWeight: number;
  /**
   * The entropy of the bonus: `sampled`, −p·log p of the drawn values alone, as in the released
   * macro code (default of {@link computeAdvantages}), or `full`, as in the released micro code
   * (spec C.2, C.3, K). Neither carries a gradient.
   */
  readonly entropy?: "sampled" | "full";
  /** Share of the baseline that is kept at each arc: 0.99. */
  readonly baselineDecay: number;
  readonly baselineInit: BaselineInit;
}

/** What {@link computeAdvantages} returns. */
export interface Advantages {
  /** Accuracy plus entropy bonus of each arc. */
  readonly rewards: Float64Array;
  /** Reward minus the baseline that has just taken this reward in. */
  readonly advantages: Float64Array;
  /** Baseline after the last arc. */
  readonly baseline: number;
}

/**
 * Rewards `R = accuracy + entropyWeight·entropy` and advantages `R − b`. The baseline moves at every
 * arc, in order: `b ← b − (1 − decay)·(b − R)`, and the advantage is taken after that (spec C.4).
 *
 * @param sampled The arcs with their entropies.
 * @param accuracies Accuracy of each, 0..1.
 * @param baseline The baseline so far, or null before the first arc.
 * @param options Reward and baseline.
 */
export function computeAdvantages(
  sampled: SampledArcs,
  accuracies: readonly number[],
  baseline: number | null,
  options: RewardOptions,
): Advantages {
  const entropy = options.entropy === "full" ? sampled.entropy : sampled.sampledEntropy;
  const rewards = Float64Array.from(
    accuracies,
    (accuracy, r) => accuracy + options.entropyWeight * entropy[r],
  );
  let moving = baseline ?? (options.baselineInit === "zero" ? 0 : rewards[0]);
  const advantages = rewards.map((reward) => {
    moving -= (1 - options.baselineDecay) * (moving - reward);
    return reward - moving;
  });
  return { rewards, advantages, baseline: moving };
}

/**
 * The loss `mean over arcs of (nll·advantage + skipWeight·penalty)` as a tensor `[1]`, where nll is
 * −log p of an arc and penalty the mean of its layers 1..L-1 (spec C.4); micro arcs have none. Advantages carry no
 * gradient. Minimising it raises the probability of arcs with a positive advantage.
 */
export function reinforceLoss(
  tape: Tape,
  { logProbabilities, penalties }: PolicyTrace,
  advantages: Float64Array,
  skipWeight: number,
): Tensor {
  const n = advantages.length;
  const perLogProbability = advantages.map((advantage) => -advantage / n);
  const perPenalty = new Float64Array(n).fill(skipWeight / (n * penalties.length));
  return tape.apply(weightedTotal, [...logProbabilities, ...penalties], {
    coefficients: [
      ...logProbabilities.map(() => perLogProbability),
      ...penalties.map(() => perPenalty),
    ],
  })[0];
}
