/**
 * Numbers and counts in words: one place for signs, separators and plurals, for messages, reports and
 * the terminal alike.
 *
 * @module
 */

/** A whole number with separators: `1391652` becomes `1,391,652`. */
export function grouped(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 0 });
}

/**
 * A count with its noun: `1 row`, `3 rows`, `12,000 images`.
 *
 * @param noun in the singular
 * @param plural where it is not the noun and an s
 */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${grouped(count)} ${count === 1 ? noun : plural}`;
}

/**
 * A count of units that are named in the plural, as evidence names them: `1 pair` of `pairs`,
 * `1 run an arm` of `runs an arm`.
 */
export function countedOf(count: number, units: string): string {
  return `${grouped(count)} ${count === 1 ? units.replace(/^(\w+)s\b/, "$1") : units}`;
}

/** A number with so many decimal places and a proper minus, which a number that rounds to 0 has not. */
export function fixedNumber(value: number, places: number): string {
  const text = value.toFixed(places);
  return text.replace("-", Number(text) === 0 ? "" : "−");
}

/** {@link fixedNumber} with a plus before what is above 0. */
export function signedNumber(value: number, places: number): string {
  const text = fixedNumber(value, places);
  return Number(value.toFixed(places)) > 0 ? `+${text}` : text;
}
