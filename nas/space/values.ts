/**
 * Small helpers for checking values of unknown origin.
 *
 * @module
 */

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
