/**
 * Small helpers for checking values of unknown origin.
 *
 * @module
 */

import { ArcError } from "./errors.ts";

/**
 * Whether a value is an object with named fields.
 *
 * @param value Anything.
 * @returns False for lists, null and plain values.
 */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Names a value in a message without printing all of it.
 *
 * @param value Anything.
 * @returns A few words, such as `a list`, `space "micro"` or `"text"`.
 */
export function describe(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (isRecord(value)) return "space" in value ? `space ${describe(value.space)}` : "an object";
  if (value === undefined) return "nothing";
  return typeof value === "string" ? JSON.stringify(value.slice(0, 20)) : String(value);
}

/**
 * Rows of integers of a JSON value; their numbers are checked when the arc is built.
 *
 * @param value Anything.
 * @param name What the message calls it.
 * @throws {ArcError} If it is no list of lists.
 */
export function rowsOf(value: unknown, name: string): number[][] {
  if (Array.isArray(value) && value.every(Array.isArray)) return value;
  throw new ArcError(`Expected ${name} to be a list of rows but found ${describe(value)}`);
}

/**
 * Refuses a number that is not a positive integer.
 *
 * @param name What the message calls it.
 * @param value The number.
 * @throws {RangeError} If it is not an integer greater than 0.
 */
export function checkPositiveInteger(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(`Expected ${name} to be an integer greater than 0 but found ${value}`);
  }
}
