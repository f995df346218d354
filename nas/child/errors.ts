/**
 * Errors of a run.
 *
 * @module
 */

/** Training diverged: the loss or a gradient is no longer a finite number. */
export class DivergenceError extends Error {
  override name = "DivergenceError";
}
