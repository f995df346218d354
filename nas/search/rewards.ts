/**
 * Which accuracy the sampler is rewarded with for each architecture of an update.
 *
 * @module
 */
import type { Random, RandomState } from "../../engine/random.ts";
import type { Snapshot } from "../run/snapshot.ts";

/** Name of the stream in a checkpoint. */
const STREAM = "rewards/random";

/**
 * Deals the accuracies of an update to its architectures: each its own or, as a control, that of
 * another one. Architectures of one update are drawn independently, so another one's accuracy says
 * nothing of one's own choices, and the sampler can learn nothing from it; what it learns from the
 * entropy bonus and the skip penalty stays.
 */
export class RewardDealer {
  readonly #rewards: "own" | "shuffled";
  readonly #random: Random;

  /** @param random The stream that shuffles; nobody else may read it. */
  constructor(rewards: "own" | "shuffled", random: Random) {
    this.#rewards = rewards;
    this.#random = random;
  }

  /**
   * The accuracies in the order in which the architectures get them. Shuffled ones are moved by a random
   * cycle through all of them (Sattolo): a permutation of any kind would leave one architecture in each
   * update, on the mean, with its own accuracy, and the sampler with a share of what it could learn.
   */
  deal(accuracies: readonly number[]): readonly number[] {
    if (this.#rewards === "own") return accuracies;
    const dealt = [...accuracies];
    for (let last = dealt.length - 1; last > 0; last--) {
      const other = this.#random.integer(last);
      [dealt[last], dealt[other]] = [dealt[other], dealt[last]];
    }
    return dealt;
  }

  /** Writes what decides the next shuffles, where there are any. */
  save(snapshot: Snapshot): void {
    if (this.#rewards === "shuffled") snapshot.values[STREAM] = this.#random.state();
  }

  /** Goes on from what {@link save} wrote. */
  load(snapshot: Snapshot): void {
    if (this.#rewards === "shuffled") this.#random.restore(snapshot.value<RandomState>(STREAM));
  }
}
