/**
 * Numbers and text as the report writes them. Every text that comes from a run passes through
 * {@linkcode escapeHtml} on its way into the page.
 *
 * @module
 */

/** No-break space: keeps a number and its unit on one line. */
export const NBSP = "\u00a0";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Makes text safe inside HTML elements and quoted attributes.
 *
 * @param text any text
 * @returns the text with `& < > " '` as entities
 */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]);
}

/**
 * Writes a value as JSON that is safe inside a `<script>` element.
 *
 * @param value anything `JSON.stringify` takes
 * @returns JSON in which no `<` and no line separator is left
 */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll("<", "\\u003c")
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
}

/**
 * A fraction as per cent: `0.9731` becomes `97.3 %`.
 *
 * @param fraction value, 0..1
 * @param digits digits after the point
 * @returns the text, or a dash when the value is not finite
 */
export function formatPercent(fraction: number, digits = 1): string {
  return Number.isFinite(fraction) ? `${(fraction * 100).toFixed(digits)}${NBSP}%` : "–";
}

/**
 * An accuracy with its standard error: `73.4 ± 0.6 %`.
 *
 * @param accuracy value, 0..1
 * @param error its standard error as a fraction
 * @returns the text
 */
export function formatWithError(accuracy: number, error: number): string {
  if (!Number.isFinite(error)) return formatPercent(accuracy);
  const digits = error > 0 && error < 0.0005 ? 2 : 1;
  return `${(accuracy * 100).toFixed(digits)}${NBSP}±${NBSP}${
    (error * 100).toFixed(digits)
  }${NBSP}%`;
}

/**
 * A count with separators: `1391652` becomes `1,391,652`.
 *
 * @param value any number
 * @returns the text
 */
export function formatCount(value: number): string {
  return Number.isFinite(value) ? value.toLocaleString("en-US", { maximumFractionDigits: 0 }) : "–";
}

/**
 * A large count in short: `12345678` becomes `12.3 million`.
 *
 * @param value any number
 * @returns the text
 */
export function formatLarge(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const steps: readonly [number, string][] = [[1e12, "trillion"], [1e9, "billion"], [
    1e6,
    "million",
  ]];
  for (const [size, word] of steps) {
    if (value >= size) return `${Number((value / size).toPrecision(3))}${NBSP}${word}`;
  }
  return formatCount(value);
}

/**
 * A whole number of any size: exact up to a million, then in powers of ten.
 *
 * @param value a whole number, not negative
 * @returns HTML such as `1,728` or `2.56 × 10<sup>25</sup>`
 */
export function formatBig(value: bigint): string {
  if (value < 1_000_000n) return value.toLocaleString("en-US");
  const digits = String(value);
  const [mantissa, exponent] = Number(`0.${digits}`).toExponential(2).split("e");
  return `${mantissa}${NBSP}×${NBSP}10<sup>${digits.length + Number(exponent)}</sup>`;
}

/**
 * A duration in words: `3725` becomes `1 h 2 min`.
 *
 * @param seconds length in seconds
 * @returns the text with its two largest units
 */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "–";
  if (seconds < 9.95) return `${seconds.toFixed(1)}${NBSP}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}${NBSP}s`;
  const units: readonly [number, string][] = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const first = units.findIndex(([size]) => whole >= size);
  const parts: string[] = [];
  let rest = whole;
  for (const [size, unit] of units.slice(first, first + 2)) {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0) parts.push(`${amount}${NBSP}${unit}`);
  }
  return parts.join(" ");
}

/**
 * A number for a table cell, with at most six significant digits.
 *
 * @param value any number, or null where nothing was measured
 * @returns the text, empty for null; safe in HTML even if a log holds no number here
 */
export function formatNumber(value: number | null): string {
  if (value === null) return "";
  if (!Number.isFinite(value)) return escapeHtml(String(value));
  return String(Number(value.toPrecision(6)));
}

/** What a spreadsheet takes for the beginning of a formula, unless the whole cell is a number. */
const FORMULA = /^[=+\-@\t\r]/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * Writes rows as comma-separated values (RFC 4180). A text that a spreadsheet would run as a formula,
 * because it begins with `=`, `+`, `-`, `@`, a tab or a carriage return, gets an apostrophe before it;
 * numbers stay as they are.
 *
 * @param columns names of the columns
 * @param rows one cell a column; null becomes an empty cell
 * @returns the text with CRLF line ends
 */
export function toCsv(
  columns: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): string {
  const cell = (value: string | number | null): string => {
    const given = value === null ? "" : String(value);
    const formula = typeof value === "string" && FORMULA.test(given) && !NUMBER.test(given);
    const text = formula ? `'${given}` : given;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns, ...rows].map((row) => row.map(cell).join(",") + "\r\n").join("");
}

/**
 * Bytes in base64, for `data:` addresses.
 *
 * @param bytes any bytes
 * @returns the text
 */
export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let start = 0; start < bytes.length; start += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  }
  return btoa(binary);
}
