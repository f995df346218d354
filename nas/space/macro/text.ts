/**
 * Macro arcs as text: the thesis's bracketed rows (section 4.3) and the released code's flat list of
 * integers (`child_fixed_arc`).
 *
 * @module
 */

import { counted } from "../../text/words.ts";
import { ArcError, type TextPlace } from "../errors.ts";
import {
  layersOfCount,
  MACRO_OPS,
  MACRO_OPS_SENTENCE,
  type MacroArc,
  macroArcFromRows,
  macroArcLength,
  macroArcRows,
} from "./arc.ts";
import { type ArcToken, tokenizeArc } from "../tokens.ts";

/** How {@link formatMacroArc} writes an arc. */
export type MacroArcFormat = "rows" | "flat";

/** Options of {@link parseMacroArc}. */
export interface ParseMacroArcOptions {
  /** Number of layers the arc must have; inferred from the text when left out. */
  readonly layers?: number | undefined;
}

/**
 * Reads a macro arc from text. Two forms are accepted, with spaces, line breaks or commas between
 * the values:
 *
 * - rows, `[op s_0 … s_{l-1}]`, one or several a line, as the thesis prints them;
 * - the same integers in one flat list without brackets.
 *
 * @param text The text.
 * @param options What the arc must fulfil.
 * @returns The arc.
 * @throws {ArcError} With the line and position of the first mistake. Rows are counted from 1.
 * @throws {RangeError} If `options.layers` is not a positive integer.
 * @example Rows on one line
 * ```ts
 * import { parseMacroArc } from "./text.ts";
 *
 * const arc = parseMacroArc("[0] [5 1] [1 1 1] [2 1 0 1]");
 * arc.layers[3]; // { op: 2, skips: [true, false, true] }
 * ```
 */
export function parseMacroArc(text: string, options: ParseMacroArcOptions = {}): MacroArc {
  const { layers } = options;
  if (layers !== undefined && (!Number.isInteger(layers) || layers < 1)) {
    throw new RangeError(`Expected layers to be an integer greater than 0 but found ${layers}`);
  }
  const { tokens, end } = tokenizeArc(text);
  if (tokens.length === 0) {
    throw new ArcError(
      "Expected an architecture but found empty text; write one row per layer, such as " +
        "[0] [5 1] [1 1 1]",
      { line: 1, position: 1 },
    );
  }
  const rows = tokens[0].kind === "integer"
    ? splitFlat(tokens, end, layers)
    : splitRows(tokens, end, layers);
  return macroArcFromRows(rows.map(checkValues));
}

/**
 * Writes a macro arc as text that {@link parseMacroArc} reads back.
 *
 * @param arc A valid arc.
 * @param format `rows`: one bracketed row a line as in the thesis; `flat`: one line of integers,
 * as in the event log. Neither ends with a line break.
 * @returns The text.
 */
export function formatMacroArc(arc: MacroArc, format: MacroArcFormat): string {
  const rows = macroArcRows(arc).map((row) => row.join(" "));
  return format === "rows" ? rows.map((row) => `[${row}]`).join("\n") : rows.join(" ");
}

type Row = readonly ArcToken[];

/** Cuts a flat list of integers into rows of 1, 2, 3, … values. */
function splitFlat(tokens: Row, end: TextPlace, wanted: number | undefined): Row[] {
  const bracket = tokens.find(({ kind }) => kind !== "integer");
  if (bracket) {
    throw new ArcError(
      `Expected only integers because the text begins without a bracket but found ` +
        `"${bracket.text}"; put every row in brackets, or none`,
      bracket,
    );
  }
  const count = tokens.length;
  const layers = layersOfCount(count);
  if (wanted !== undefined && layers !== wanted) {
    throw new ArcError(
      `Expected ${counted(macroArcLength(wanted), "integer")} for ${
        counted(wanted, "layer")
      } but ` +
        `found ${count}`,
      end,
    );
  }
  if (layers === null) {
    const below = Math.floor((Math.sqrt(8 * count + 1) - 1) / 2);
    throw new ArcError(
      `Expected L + L(L-1)/2 integers for L layers but found ${count}; that is ` +
        `${macroArcLength(below)} for ${counted(below, "layer")} and ` +
        `${macroArcLength(below + 1)} for ${below + 1}`,
      end,
    );
  }
  return Array.from(
    { length: layers },
    (_, l) => tokens.slice(macroArcLength(l), macroArcLength(l + 1)),
  );
}

/** Groups tokens by brackets and checks that row r (counted from 1) holds r integers. */
function splitRows(tokens: Row, end: TextPlace, wanted: number | undefined): Row[] {
  const rows: Row[] = [];
  let open: ArcToken | null = null;
  let row: ArcToken[] = [];
  for (const token of tokens) {
    if (token.kind === "open") {
      if (open) throw misplaced('"]" before the next "["', token);
      if (rows.length === wanted) {
        throw new ArcError(
          `Expected ${counted(wanted, "row")}, one per layer, but found another`,
          token,
        );
      }
      open = token;
      row = [];
    } else if (!open) {
      throw misplaced('"[" at the beginning of a row', token);
    } else if (token.kind === "integer") {
      row.push(token);
    } else {
      checkRowLength(row, rows.length + 1, token);
      rows.push(row);
      open = null;
    }
  }
  if (open) throw new ArcError('Expected "]" at the end of the row but the text ends', end);
  if (wanted !== undefined && rows.length < wanted) {
    throw new ArcError(
      `Expected ${counted(wanted, "row")}, one per layer, but found ${rows.length}`,
      end,
    );
  }
  return rows;
}

function misplaced(expected: string, token: ArcToken): ArcError {
  return new ArcError(`Expected ${expected} but found "${token.text}"`, token);
}

function checkRowLength(row: Row, number: number, close: ArcToken): void {
  if (row.length === number) return;
  const surplus = row.length - number;
  const flat = number === 1 && layersOfCount(row.length) !== null
    ? ", or leave out the brackets to give a flat list"
    : "";
  throw new ArcError(
    `Expected row ${number} to hold ${counted(number, "integer")} (an op and ` +
      `${counted(number - 1, "skip bit")}) but found ${row.length}; ` +
      (surplus > 0 ? `remove ${surplus}${flat}` : `add ${-surplus}`),
    surplus > 0 ? row[number] : close,
  );
}

/** Checks the ranges of a row of the right length. */
function checkValues(row: Row, l: number): number[] {
  row.forEach((token, j) => {
    if (j === 0 && token.value >= MACRO_OPS.length) {
      throw new ArcError(
        `Expected the op of row ${l + 1} to be 0..${MACRO_OPS.length - 1} but found ` +
          `${token.text}; the ops are ${MACRO_OPS_SENTENCE}`,
        token,
      );
    }
    if (j > 0 && token.value > 1) {
      throw new ArcError(
        `Expected skip bit ${j} of row ${l + 1} to be 0 or 1 but found ${token.text}`,
        token,
      );
    }
  });
  return row.map(({ value }) => value);
}
