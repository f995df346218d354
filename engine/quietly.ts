/**
 * Promises whose rejection is not the only word about an error.
 *
 * @module
 */

/**
 * The same promise, whose rejection is no unhandled one where nobody waits for it: whoever recorded a
 * read may have left by the error that the submit threw.
 */
export function quietly<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
