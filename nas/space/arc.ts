/**
 * An architecture of either search space: what the macro and the micro space have in common.
 *
 * @module
 */

import { readArcFile, writeArcFile } from "./arc_file.ts";
import { ArcError } from "./errors.ts";
import {
  equalMacroArcs,
  layersOfCount,
  MACRO_OPS,
  type MacroArc,
  macroArcDecisions,
  type MacroOp,
} from "./macro/arc.ts";
import { opShares } from "./macro/set.ts";
import { formatMacroArc, parseMacroArc } from "./macro/text.ts";
import {
  equalMicroArcs,
  MICRO_OPS,
  type MicroArc,
  microArcDecisions,
  type MicroOp,
} from "./micro/arc.ts";
import { microOpShares } from "./micro/set.ts";
import { formatMicroArc, looksLikeMicroRows, parseMicroArc } from "./micro/text.ts";

/** An architecture of either space; `space` tells which. */
export type Arc = MacroArc | MicroArc;

/** Name of a search space. */
export type ArcSpace = Arc["space"];

/**
 * How {@link arcText} writes an arc: one line of integers; rows for people; a JSON file with a
 * format version.
 */
export type ArcStyle = "flat" | "rows" | "json";

/**
 * The arc on one line, as the event log holds it.
 *
 * @param arc A valid arc.
 * @returns Integers, with ` | ` between the cells of a micro arc. {@link parseArc} reads it back
 * with the space given; without it, unless the number of integers fits both spaces.
 */
export function formatArc(arc: Arc): string {
  return arcText(arc, "flat");
}

/**
 * The arc as text that {@link parseArc} reads back.
 *
 * @param arc A valid arc.
 * @param style `flat`, `rows` (brackets for macro arcs, named ops for micro arcs) or `json`.
 * @returns The text; only `json` ends with a line break.
 */
export function arcText(arc: Arc, style: ArcStyle): string {
  if (style === "json") return writeArcFile(arc);
  return arc.space === "macro" ? formatMacroArc(arc, style) : formatMicroArc(arc, style);
}

/**
 * Reads an arc of either space from any text form: those of `parseMacroArc` and `parseMicroArc`, and
 * the JSON of `writeArcFile`.
 *
 * The space follows from the text: JSON names it; ` | `, two bracketed lists of several integers, or
 * rows under `normal cell` are micro; other brackets are macro; bare integers go by their number.
 *
 * @param text The text.
 * @param space The space that the arc must belong to; decides where bare integers fit both.
 * @returns The arc.
 * @throws {ArcError} If the text is no arc, belongs to the other space, or fits both spaces and
 * `space` was left out.
 */
export function parseArc(text: string, space?: ArcSpace): Arc {
  if (text.trimStart().startsWith("{")) {
    const { arc } = readArcFile(text);
    if (space !== undefined && arc.space !== space) throw otherSpace(space, arc.space);
    return arc;
  }
  const found = spaceOfText(text);
  if (space !== undefined && found !== null && found !== "both" && found !== space) {
    throw otherSpace(space, found);
  }
  if (found === "both" && space === undefined) {
    const count = integersOf(text);
    throw new ArcError(
      `Expected an architecture of one space but ${count} integers fit both a macro arc of ` +
        `${layersOfCount(count)} layers and a micro arc of ${count / 8} nodes a cell; name the ` +
        'space, or put " | " between the cells of a micro arc or brackets around the rows of a ' +
        "macro arc",
    );
  }
  return (space ?? found) === "micro" ? parseMicroArc(text) : parseMacroArc(text);
}

/**
 * Whether two arcs are the same architecture text.
 *
 * @param a A valid arc.
 * @param b A valid arc.
 * @returns False for arcs of different spaces.
 */
export function equalArcs(a: Arc, b: Arc): boolean {
  if (a.space === "macro") return b.space === "macro" && equalMacroArcs(a, b);
  return b.space === "micro" && equalMicroArcs(a, b);
}

/**
 * An arc as the flat integers that a controller decides.
 *
 * @param arc A valid arc.
 * @returns L + L(L-1)/2 integers of a macro arc, 8B of a micro arc.
 */
export function arcDecisions(arc: Arc): number[] {
  return arc.space === "macro" ? macroArcDecisions(arc) : microArcDecisions(arc);
}

/**
 * The ops of a space.
 *
 * @param space Name of the space.
 * @returns Its ops by id, with names and labels.
 */
export function arcOps(space: ArcSpace): readonly (MacroOp | MicroOp)[] {
  return space === "macro" ? MACRO_OPS : MICRO_OPS;
}

/**
 * An arc's space and size in words, for headings and messages.
 *
 * @param arc A valid arc.
 * @returns For example "macro, 12 layers" or "micro, 5 nodes a cell".
 */
export function arcLabel(arc: Arc): string {
  const [count, noun, rest] = arc.space === "macro"
    ? [arc.layers.length, "layer", ""]
    : [arc.normal.nodes.length, "node", " a cell"];
  return `${arc.space}, ${count} ${noun}${count === 1 ? "" : "s"}${rest}`;
}

/**
 * Share of each op in some arcs of one space: over all layers of macro arcs, over all operands of
 * both cells of micro arcs.
 *
 * @param arcs At least one valid arc; all of one space.
 * @returns Fractions by op id that sum to 1: six for macro arcs, five for micro arcs.
 * @throws {RangeError} If there is no arc, or arcs of both spaces.
 */
export function opSharesOf(arcs: readonly Arc[]): number[] {
  const macro = arcs.filter((arc) => arc.space === "macro");
  const micro = arcs.filter((arc) => arc.space === "micro");
  if (macro.length > 0 && micro.length > 0) {
    throw new RangeError(
      "Expected architectures of one space, because the spaces have different ops, but found " +
        `${macro.length} macro and ${micro.length} micro`,
    );
  }
  return micro.length > 0 ? microOpShares(micro) : opShares(macro);
}

/** The space that a text's form says, `both` for an ambiguous number of integers, null for none. */
function spaceOfText(text: string): ArcSpace | "both" | null {
  if (text.includes("|") || looksLikeMicroRows(text)) return "micro";
  if (text.includes("[") || text.includes("]")) {
    const lists = text.split("[").slice(1).map(integersOf);
    return lists.length === 2 && lists[0] > 1 ? "micro" : "macro";
  }
  const count = integersOf(text);
  const macro = layersOfCount(count) !== null;
  const micro = count > 0 && count % 8 === 0;
  if (macro) return micro ? "both" : "macro";
  return micro ? "micro" : null;
}

/** Number of runs of digits in a text. */
function integersOf(text: string): number {
  return text.match(/\d+/g)?.length ?? 0;
}

function otherSpace(wanted: ArcSpace, found: ArcSpace): ArcError {
  return new ArcError(
    `Expected an architecture of the ${wanted} space but found one of the ${found} space; give ` +
      `one of the ${wanted} space, or choose the ${found} space`,
  );
}
