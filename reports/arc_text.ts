/**
 * Arcs of both spaces as the report writes them.
 *
 * @module
 */

import { type Arc, arcOps, parseArc, type SpaceName, spaceOf } from "../nas/space/mod.ts";
import { type MicroCell, microCellLooseEnds } from "../nas/space/micro/arc.ts";
import { tensorName } from "./cell_drawing.ts";

/** What a table says of an arc. */
export interface ArcFacts {
  /** Such as `2 × Conv 3×3, 1 × Max pool 3×3`; of micro arcs over the operands of both cells. */
  readonly ops: string;
  /** Number of skip connections; null in a space without them. */
  readonly skips: number | null;
  /** Number of skip connections there could be; null in a space without them. */
  readonly possibleSkips: number | null;
}

/**
 * Reads an arc.
 *
 * @param text flat or row text
 * @param space the space it belongs to, where that is known
 * @returns the arc, or null when the text is none, or one of another space
 */
export function tryParseArc(text: string, space?: SpaceName | null): Arc | null {
  try {
    return parseArc(text, space ?? undefined);
  } catch {
    return null;
  }
}

/**
 * Counts ops and skips.
 *
 * @param arc A valid arc.
 * @returns the counts
 */
export function arcFacts(arc: Arc): ArcFacts {
  const space = spaceOf(arc);
  const ops = countOps(arc.space, space.opsOf(arc));
  if (!space.hasSkips) return { ops, skips: null, possibleSkips: null };
  const { set, possible } = space.skips(arc);
  return { ops, skips: set, possibleSkips: possible };
}

/**
 * Counts ops by id.
 *
 * @param space the space they belong to
 * @param ids op ids
 * @returns such as `2 × Conv 3×3, 1 × Max pool 3×3`
 */
export function countOps(space: SpaceName, ids: readonly number[]): string {
  return arcOps(space).flatMap(({ id, label }) => {
    const count = ids.filter((op) => op === id).length;
    return count === 0 ? [] : [`${count} × ${label}`];
  }).join(", ");
}

/**
 * Names the loose ends of a cell.
 *
 * @param cell A valid cell.
 * @returns such as `h[i−1], tensor 4`
 */
export function looseEnds(cell: MicroCell): string {
  return microCellLooseEnds(cell).map(tensorName).join(", ");
}

/**
 * An arc in words, for sentences.
 *
 * @param arc A valid arc, or null where the text could not be read.
 * @returns such as `6-layer network with 7 skip connections` or `pair of cells with 5 nodes each`
 */
export function arcInWords(arc: Arc | null): string {
  return arc === null ? "network" : spaceOf(arc).inWords(arc);
}
