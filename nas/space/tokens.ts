/**
 * Splits an architecture's text into brackets and integers, remembering where each stood. Spaces,
 * line breaks and commas separate.
 *
 * @module
 */

import { ArcError, type TextPlace } from "./errors.ts";

/** One bracket, bar or integer of the text. */
export interface ArcToken extends TextPlace {
  readonly kind: "open" | "close" | "bar" | "integer";
  /** The characters as they stand in the text. */
  readonly text: string;
  /** Value of an integer; NaN for a bracket or bar. */
  readonly value: number;
}

/** The tokens of a text and the place just past its last token. */
export interface ArcTokens {
  readonly tokens: readonly ArcToken[];
  readonly end: TextPlace;
}

const SEPARATOR = /[\s,]/;
const INTEGER = /^(?:0|[1-9][0-9]*)$/;

/**
 * Quotes a piece of user text for a message, cut to 20 characters.
 *
 * @param text Any text.
 * @returns The text in double quotes, control characters escaped.
 */
export function quote(text: string): string {
  return JSON.stringify(text.length > 20 ? `${text.slice(0, 20)}…` : text);
}

/**
 * Number of runs of digits in a text.
 *
 * @param text Any text.
 */
export function integersOf(text: string): number {
  return text.match(/\d+/g)?.length ?? 0;
}

/**
 * Splits text into brackets and non-negative integers.
 *
 * @param text Any text.
 * @param bar `"|"` where a bar is a token of its own; else it is refused like a letter.
 * @returns The tokens in order; empty for blank text.
 * @throws {ArcError} At the first run of characters that is neither a bracket, a separator nor a
 * decimal integer without sign or leading zero.
 */
export function tokenizeArc(text: string, bar?: "|"): ArcTokens {
  const marks = bar === undefined ? "[]" : "[]|";
  const tokens: ArcToken[] = [];
  let end: TextPlace = { line: 1, position: 1 };
  let line = 1;
  let lineStart = 0;
  let i = 0;
  while (i < text.length) {
    const place = { line, position: i - lineStart + 1 };
    const character = text[i];
    if (character === "\n") {
      line += 1;
      lineStart = i + 1;
      i += 1;
    } else if (SEPARATOR.test(character)) {
      i += 1;
    } else {
      const word = readWord(text, i, marks);
      tokens.push(toToken(word, place, marks));
      i += word.length;
      end = { line, position: i - lineStart + 1 };
    }
  }
  return { tokens, end };
}

/** The mark, or the run of characters up to the next mark or separator, that starts at i. */
function readWord(text: string, i: number, marks: string): string {
  if (marks.includes(text[i])) return text[i];
  let j = i + 1;
  while (j < text.length && !marks.includes(text[j]) && !SEPARATOR.test(text[j])) j += 1;
  return text.slice(i, j);
}

const MARKS: ReadonlyMap<string, "open" | "close" | "bar"> = new Map([
  ["[", "open"],
  ["]", "close"],
  ["|", "bar"],
]);

/** A word that holds a bar is only a mark where the tokenizer cut it out as one. */
function toToken(word: string, place: TextPlace, marks: string): ArcToken {
  const mark = marks.includes(word) ? MARKS.get(word) : undefined;
  if (mark !== undefined) return { kind: mark, text: word, value: NaN, ...place };
  if (!INTEGER.test(word)) {
    const advice = /^[0-9]+$/.test(word)
      ? "separate the values with spaces or commas"
      : "write only integers, spaces, commas and square brackets";
    throw new ArcError(`Expected an integer but found ${quote(word)}; ${advice}`, place);
  }
  return { kind: "integer", text: word, value: Number(word), ...place };
}
