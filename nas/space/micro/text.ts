/**
 * Micro arcs as text: the flat list of integers with a bar between the cells, the two bracketed
 * lists that the thesis (section 4.5) and the released code print, and readable rows with names of
 * ops.
 *
 * @module
 */

import { counted } from "../../text/words.ts";
import { ArcError, type TextPlace } from "../errors.ts";
import {
  MICRO_CELLS,
  MICRO_OPS,
  MICRO_OPS_SENTENCE,
  type MicroArc,
  microArcFromRows,
  microArcLength,
  type MicroCell,
  type MicroCellName,
  type MicroCellRows,
  microCellRows,
  microValueMistake,
} from "./arc.ts";
import { type ArcToken, quote, tokenizeArc } from "../tokens.ts";

/** How {@link formatMicroArc} writes an arc. */
export type MicroArcFormat = "flat" | "rows";

/** Options of {@link parseMicroArc}. */
export interface ParseMicroArcOptions {
  /** Number of nodes each cell must have; inferred from the text when left out. */
  readonly nodes?: number | undefined;
}

/** Shown where a text is empty or cut short. */
const EXAMPLE = "0 0 1 1 2 2 0 3 | 1 4 0 0 2 1 1 2";

/**
 * Reads a micro arc from text. Spaces, line breaks or commas stand between integers. Accepted are:
 *
 * - flat: the normal cell's 4B integers, ` | `, the reduction cell's 4B integers;
 * - the same 8B integers without the bar;
 * - two bracketed lists of 4B integers, the normal cell first;
 * - rows, as {@link formatMicroArc} writes them.
 *
 * @param text The text.
 * @param options What the arc must fulfil.
 * @returns The arc.
 * @throws {ArcError} With the line and position of the first mistake. Nodes are counted from 1.
 * @throws {RangeError} If `options.nodes` is not a positive integer.
 * @example An arc of two nodes a cell
 * ```ts
 * import { parseMicroArc } from "./text.ts";
 *
 * const arc = parseMicroArc("0 0 1 1 2 2 0 3 | 1 4 0 0 2 1 1 2");
 * arc.normal.nodes[0].operands[1]; // { input: 1, op: 1 }
 * ```
 */
export function parseMicroArc(text: string, options: ParseMicroArcOptions = {}): MicroArc {
  const { nodes } = options;
  if (nodes !== undefined && (!Number.isInteger(nodes) || nodes < 1)) {
    throw new RangeError(`Expected nodes to be an integer greater than 0 but found ${nodes}`);
  }
  const { normal, reduction, end } = looksLikeMicroRows(text) ? readRows(text) : readLists(text);
  if (normal.length !== reduction.length) {
    throw new ArcError(
      "Expected both cells to have the same number of nodes but found " +
        `${normal.length} in the normal cell and ${reduction.length} in the reduction cell`,
      end,
    );
  }
  if (nodes !== undefined && normal.length !== nodes) {
    throw new ArcError(
      `Expected ${counted(nodes, "node")} a cell (${microArcLength(nodes)} integers) but found ` +
        `${normal.length} (${microArcLength(normal.length)} integers)`,
      end,
    );
  }
  return microArcFromRows(normal, reduction);
}

/**
 * Writes a micro arc as text that {@link parseMicroArc} reads back.
 *
 * @param arc A valid arc.
 * @param format `flat`: one line of integers with ` | ` between the cells, as in the event log;
 * `rows`: a heading a cell and one line a node, such as `2 = sep_conv3x3(0) + identity(1)`. Neither
 * ends with a line break.
 * @returns The text.
 */
export function formatMicroArc(arc: MicroArc, format: MicroArcFormat): string {
  if (format === "flat") {
    return MICRO_CELLS.map((name) => microCellRows(arc[name]).flat().join(" ")).join(" | ");
  }
  return MICRO_CELLS.map((name) => `${name} cell\n${formatNodes(arc[name])}`).join("\n");
}

/**
 * Whether a text is meant as the rows of {@link formatMicroArc}, valid or not.
 *
 * @param text Any text.
 * @returns True if it begins with the heading of a cell.
 */
export function looksLikeMicroRows(text: string): boolean {
  return /^\s*(normal|reduction)\b/.test(text);
}

function formatNodes(cell: MicroCell): string {
  return cell.nodes.map(({ operands }, c) => {
    const sum = operands.map(({ input, op }) => `${MICRO_OPS[op].name}(${input})`).join(" + ");
    return `${c + 2} = ${sum}`;
  }).join("\n");
}

/** Rows of both cells, checked, and the place just past the text's last token. */
interface CellsOfText {
  readonly normal: MicroCellRows;
  readonly reduction: MicroCellRows;
  readonly end: TextPlace;
}

function readLists(text: string): CellsOfText {
  const { tokens, end } = tokenizeArc(text, "|");
  if (tokens.length === 0) {
    throw new ArcError(
      "Expected an architecture but found empty text; write the normal and the reduction cell, " +
        `such as ${EXAMPLE}`,
      end,
    );
  }
  const [normal, reduction] = splitCells(tokens, end);
  return {
    normal: cellRows(normal, "normal", end),
    reduction: cellRows(reduction, "reduction", end),
    end,
  };
}

/** Cuts the tokens into the normal and the reduction cell. */
function splitCells(tokens: readonly ArcToken[], end: TextPlace): [ArcToken[], ArcToken[]] {
  if (tokens[0].kind === "open") return splitLists(tokens, end);
  const stray = tokens.find(({ kind }) => kind === "open" || kind === "close");
  if (stray) throw misplaced("integers without brackets, or both cells in brackets,", stray);
  const bars = tokens.filter(({ kind }) => kind === "bar");
  if (bars.length > 1) throw misplaced('one "|" between the two cells', bars[1]);
  if (bars.length === 1) {
    const at = tokens.indexOf(bars[0]);
    return [tokens.slice(0, at), tokens.slice(at + 1)];
  }
  if (tokens.length % 8 !== 0) {
    throw new ArcError(
      `Expected 8B integers for B nodes a cell (8, 16, 24, …) but found ${tokens.length}; ` +
        `write ${EXAMPLE} for two nodes`,
      end,
    );
  }
  return [tokens.slice(0, tokens.length / 2), tokens.slice(tokens.length / 2)];
}

/** Reads `[…] […]`; a bar may stand between the lists. */
function splitLists(tokens: readonly ArcToken[], end: TextPlace): [ArcToken[], ArcToken[]] {
  const cells: ArcToken[][] = [];
  let open = false;
  for (const token of tokens) {
    if (token.kind === "open") {
      if (open) throw misplaced('"]" before the next "["', token);
      if (cells.length === 2) throw misplaced("two lists, normal and reduction cell,", token);
      cells.push([]);
      open = true;
    } else if (token.kind === "close") {
      if (!open) throw misplaced('"[" before it', token);
      open = false;
    } else if (open && token.kind === "integer") {
      cells[cells.length - 1].push(token);
    } else if (open || token.kind !== "bar" || cells.length !== 1) {
      throw misplaced("integers within two bracketed lists", token);
    }
  }
  if (open) throw new ArcError('Expected "]" at the end of the list but the text ends', end);
  if (cells.length !== 2) {
    throw new ArcError(
      "Expected two lists, the normal cell and the reduction cell, but found one",
      end,
    );
  }
  return [cells[0], cells[1]];
}

/** Checks and groups the integers of one cell. */
function cellRows(
  tokens: readonly ArcToken[],
  cell: MicroCellName,
  end: TextPlace,
): number[][] {
  if (tokens.length === 0 || tokens.length % 4 !== 0) {
    throw new ArcError(
      `Expected the ${cell} cell to hold 4 integers (idx1, op1, idx2, op2) for each node but ` +
        `found ${tokens.length}`,
      tokens.at(-1) ?? end,
    );
  }
  tokens.forEach((token, i) => {
    const place = {
      cell,
      node: Math.floor(i / 4),
      operand: Math.floor(i / 2) % 2,
      part: i % 2 === 0 ? "input" as const : "op" as const,
    };
    const mistake = microValueMistake(place, token.value);
    if (mistake !== null) throw new ArcError(mistake, token);
  });
  return Array.from(
    { length: tokens.length / 4 },
    (_, node) => tokens.slice(4 * node, 4 * node + 4).map(({ value }) => value),
  );
}

const HEADING = /^(?:normal|reduction)\b/;
const ROW = /^(\d+) = (\w+)\((\d+)\) \+ (\w+)\((\d+)\)$/;

/** Reads the headings and rows of {@link formatMicroArc}. */
function readRows(text: string): CellsOfText {
  const cells: Record<MicroCellName, number[][]> = { normal: [], reduction: [] };
  let headings = 0;
  let end: TextPlace = { line: 1, position: 1 };
  text.split("\n").forEach((raw, i) => {
    const row = raw.trim().replaceAll(/\s+/g, " ");
    if (row === "") return;
    const place = { line: i + 1, position: raw.search(/\S/) + 1 };
    end = { line: i + 1, position: raw.trimEnd().length + 1 };
    if (HEADING.test(row) || headings === 0) {
      const wanted = MICRO_CELLS.at(headings);
      if (wanted === undefined || row !== `${wanted} cell`) {
        throw new ArcError(
          'Expected "normal cell" with its rows, then "reduction cell" with its rows, but found ' +
            quote(row),
          place,
        );
      }
      headings += 1;
    } else {
      const cell = MICRO_CELLS[headings - 1];
      cells[cell].push(parseRow(row, cell, cells[cell].length, place));
    }
  });
  for (const cell of MICRO_CELLS) {
    if (cells[cell].length === 0) {
      throw new ArcError(`Expected rows under "${cell} cell" but found none`, end);
    }
  }
  return { ...cells, end };
}

function parseRow(row: string, cell: MicroCellName, node: number, place: TextPlace): number[] {
  const match = ROW.exec(row);
  if (!match || Number(match[1]) !== node + 2) {
    throw new ArcError(
      `Expected node ${node + 1} of the ${cell} cell as "${node + 2} = op(input) + op(input)" ` +
        `but found ${quote(row)}`,
      place,
    );
  }
  return [[match[2], match[3]], [match[4], match[5]]].flatMap(([name, input], operand) => {
    const op = MICRO_OPS.findIndex((op) => op.name === name);
    if (op < 0) {
      throw new ArcError(
        `Expected op ${operand + 1} of node ${node + 1} of the ${cell} cell to be a name but ` +
          `found ${quote(name)}; the ops are ${MICRO_OPS_SENTENCE}`,
        place,
      );
    }
    const mistake = microValueMistake({ cell, node, operand, part: "input" }, Number(input));
    if (mistake !== null) throw new ArcError(mistake, place);
    return [Number(input), op];
  });
}

function misplaced(expected: string, token: ArcToken): ArcError {
  return new ArcError(`Expected ${expected} but found "${token.text}"`, token);
}
