/**
 * Numbers and tables as text that is readable as Markdown.
 *
 * @module
 */
import type { Timing } from "./measure.ts";

/** A table in Markdown; the first column is aligned to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (cells: readonly string[]) =>
    `| ${
      cells.map((cell, i) => i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join(
        " | ",
      )
    } |`;
  const rule = `|${
    widths.map((width, i) => "-".repeat(width + (i === 0 ? 2 : 1)) + (i === 0 ? "" : ":")).join("|")
  }|`;
  return [line(rows[0]), rule, ...rows.slice(1).map(line)].join("\n");
}

/** Three digits, or all before the point. */
export function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** A median with the range of its samples. */
export function spread({ median, min, max }: Timing): string {
  return `${number(median)} (${number(min)}..${number(max)})`;
}

/** How many times faster the engine is than a peer; `-` where the peer failed. */
export function ratio(ours: Timing, peer: Timing | null): string {
  return peer === null ? "-" : `${number(peer.median / ours.median)}x`;
}

/** A share, 0.5 for half, as text. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
