/**
 * Keeps a few device steps in flight: on Deno a read-back waits until the queue is empty, and some
 * 11 ms more, so it is done once for several steps.
 *
 * @module
 */

/** Steps submitted before the oldest result is awaited. */
const DEPTH = 8;

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
