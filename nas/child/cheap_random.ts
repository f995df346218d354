/**
 * A generator for networks whose values do not matter.
 *
 * @module
 */
import { Random } from "../../engine/random.ts";

/** Weights that are soon drawn: large networks have millions, and only their number matters here. */
export class CheapRandom extends Random {
  #state: number;

  constructor(seed: number) {
    super(seed);
    this.#state = seed;
  }

  override fork(label: string): CheapRandom {
    return new CheapRandom(label.length + 1);
  }

  /** Between −1.7 and 1.7, of deviation 1. */
  override normal(): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) | 0;
    return this.#state * (Math.sqrt(3) / 2 ** 31);
  }
}
