/**
 * An architecture of any search space: what is asked of an arc without knowing its space.
 *
 * @module
 */

import { readArcFile, writeArcFile } from "./arc_file.ts";
import { ArcError } from "./errors.ts";
import { type Arc, DEFAULT_SPACE, type SpaceName, spaceOf, SPACES } from "./registry.ts";
import type { GraphReading } from "./reading.ts";
import type { SpaceOp } from "./space.ts";
import { integersOf } from "./tokens.ts";

export type { Arc, SpaceName as ArcSpace } from "./registry.ts";

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
 * with the space given; without it, unless the number of integers fits several spaces.
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
  return style === "json" ? writeArcFile(arc) : spaceOf(arc).format(arc, style);
}

/**
 * Reads an arc of any space from any text form: those of each space, and the JSON of `writeArcFile`.
 *
 * The space follows from the text: JSON names it; ` | `, two bracketed lists of several integers, or
 * rows under `normal cell` are micro; other brackets are macro; bare integers go by their number.
 *
 * @param text The text.
 * @param space The space that the arc must belong to; decides where bare integers fit several.
 * @returns The arc.
 * @throws {ArcError} If the text is no arc, belongs to another space, or fits several spaces and
 * `space` was left out.
 */
export function parseArc(text: string, space?: SpaceName): Arc {
  if (text.trimStart().startsWith("{")) {
    const { arc } = readArcFile(text);
    if (space !== undefined && arc.space !== space) throw otherSpace(space, arc.space);
    return arc;
  }
  const found = Object.values(SPACES).filter((candidate) => candidate.recognises(text));
  if (space === undefined && found.length > 1) {
    const count = integersOf(text);
    const sizes = found.map((candidate) =>
      `a ${candidate.name} arc of ${candidate.sizeLabel(candidate.sizeOfCount(count) ?? 0)}`
    );
    throw new ArcError(
      `Expected an architecture of one space but ${count} integers fit ${sizes.join(" and ")}; ` +
        `name the space, or put ${found.map(({ textHint }) => textHint).join(" or ")}`,
    );
  }
  if (space !== undefined && found.length > 0 && !found.some(({ name }) => name === space)) {
    throw otherSpace(space, found[0].name);
  }
  return SPACES[space ?? found[0]?.name ?? DEFAULT_SPACE].parse(text);
}

/**
 * Whether two arcs are the same architecture text.
 *
 * @param a A valid arc.
 * @param b A valid arc.
 * @returns False for arcs of different spaces.
 */
export function equalArcs(a: Arc, b: Arc): boolean {
  return a.space === b.space && spaceOf(a).equal(a, b);
}

/**
 * An arc as the flat integers that a controller decides.
 *
 * @param arc A valid arc.
 * @returns L + L(L-1)/2 integers of a macro arc, 8B of a micro arc.
 */
export function arcDecisions(arc: Arc): number[] {
  return spaceOf(arc).toDecisions(arc);
}

/**
 * The ops of a space.
 *
 * @param space Name of the space.
 * @returns Its ops by id, with names and labels.
 */
export function arcOps(space: SpaceName): readonly SpaceOp[] {
  return SPACES[space].ops;
}

/**
 * An arc's space and size in words, for headings and messages.
 *
 * @param arc A valid arc.
 * @returns For example "macro, 12 layers" or "micro, 5 nodes a cell".
 */
export function arcLabel(arc: Arc): string {
  return spaceOf(arc).describe(arc);
}

/**
 * Share of each op in some arcs of one space: over all layers of macro arcs, over all operands of
 * both cells of micro arcs.
 *
 * @param arcs At least one valid arc; all of one space.
 * @returns Fractions by op id that sum to 1: six for macro arcs, five for micro arcs.
 * @throws {RangeError} If there is no arc, or arcs of several spaces.
 */
export function opSharesOf(arcs: readonly Arc[]): number[] {
  const bySpace = Map.groupBy(arcs, ({ space }) => space);
  if (bySpace.size > 1) {
    throw new RangeError(
      "Expected architectures of one space, because the spaces have different ops, but found " +
        Array.from(bySpace, ([space, { length }]) => `${length} ${space}`).join(" and "),
    );
  }
  return SPACES[arcs[0]?.space ?? DEFAULT_SPACE].opShares(arcs);
}

/**
 * A text that two arcs share exactly where they are the same network up to the order of its parts.
 *
 * @param arc A valid arc.
 * @param reading How it becomes a network.
 */
export function graphKey(arc: Arc, reading?: GraphReading): string {
  return formatArc(spaceOf(arc).canonical(arc, reading));
}

function otherSpace(wanted: SpaceName, found: SpaceName): ArcError {
  return new ArcError(
    `Expected an architecture of the ${wanted} space but found one of the ${found} space; give ` +
      `one of the ${wanted} space, or choose the ${found} space`,
  );
}
