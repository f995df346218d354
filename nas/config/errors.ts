/**
 * Errors of configurations.
 *
 * @module
 */

/** One setting, or combination of settings, that cannot be. */
export interface ConfigIssue {
  /** Path of the setting, such as `child.layers`; for a combination, of the setting to change. */
  readonly path: string;
  /** What was expected, what was found and what to do; no final period. */
  readonly message: string;
}

/** A configuration that no run could follow. The message holds one line an issue. */
export class ConfigError extends RangeError {
  /** Everything that is wrong, at least one. */
  readonly issues: readonly ConfigIssue[];

  /** @param issues Everything that is wrong, at least one. */
  constructor(issues: readonly ConfigIssue[]) {
    super(issues.map(({ message }) => message).join("\n"));
    this.name = "ConfigError";
    this.issues = issues;
  }
}

/**
 * Writes a value of unknown origin into a message.
 *
 * @param value Anything.
 * @returns Short text: JSON for plain values, a word for the rest.
 */
export function showValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  return typeof value === "string" ? JSON.stringify(value.slice(0, 40)) : String(value);
}
