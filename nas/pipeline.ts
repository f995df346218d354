/**
 * Keeps a few device steps in flight: a read-back costs some 11 ms on Deno, however short the step,
 * unless it is awaited while later steps run.
 *
 * @module
 */

/** Steps submitted before the oldest result is awaited. */
const DEPTH = 3;

/** Hands results on in order, a bounded number of steps late. */
export class Pipeline<T> {
  #pending: Promise<T>[] = [];
  #deliver: (result: T) => void;

  constructor(deliver: (result: T) => void) {
    this.#deliver = deliver;
  }

  /** Adds a step's result; waits for the oldest when too many are in flight. */
  async push(result: Promise<T>): Promise<void> {
    // A later step may fail first; its error surfaces when its turn comes.
    result.catch(() => {});
    this.#pending.push(result);
    if (this.#pending.length >= DEPTH) this.#deliver(await this.#pending.shift()!);
  }

  /** Waits for everything in flight. */
  async drain(): Promise<void> {
    while (this.#pending.length > 0) this.#deliver(await this.#pending.shift()!);
  }
}
