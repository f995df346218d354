/**
 * What the bench's command lines have in common.
 *
 * @module
 */

/** A command line that says something impossible; its message names the flag. */
export class UsageError extends Error {}

/**
 * Reads the whole number of a flag.
 *
 * @throws {UsageError} If it is none, or below 1.
 */
export function wholeNumber(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new UsageError(`${flag} expects a whole number from 1 but found ${text}`);
  }
  return value;
}

/** Prints a line on stderr. */
export function progress(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text + "\n"));
}
