/**
 * Arcs of both spaces as the report writes them.
 *
 * @module
 */

import { type Arc, arcOps, type ArcSpace, arcText, parseArc } from "../nas/space/arc.ts";
import type { MacroArc } from "../nas/space/macro/arc.ts";
import { type SkipIndex, skipSource } from "../nas/space/macro/structure.ts";
import { MICRO_CELLS, type MicroCell, microCellLooseEnds } from "../nas/space/micro/arc.ts";
import { tensorName } from "./cell_drawing.ts";

/** What a table says of an arc. */
export interface ArcFacts {
  /** Such as `2 × Conv 3×3, 1 × Max pool 3×3`; of micro arcs over the operands of both cells. */
  readonly ops: string;
  /** Number of skip connections; null in the micro space, which has none. */
  readonly skips: number | null;
  /** Number of skip connections there could be; null in the micro space. */
  readonly possibleSkips: number | null;
}

/**
 * Reads an arc.
 *
 * @param text flat or row text
 * @param space the space it belongs to, where that is known
 * @returns the arc, or null when the text is none, or one of another space
 */
export function tryParseArc(text: string, space?: ArcSpace | null): Arc | null {
  try {
    return parseArc(text, space ?? undefined);
  } catch {
    return null;
  }
}

/**
 * The ops of an arc in its own order: by layer, or by cell and operand.
 *
 * @param arc A valid arc.
 * @returns one list of op ids for a macro arc, one a cell for a micro arc
 */
export function arcOpIds(arc: Arc): number[][] {
  if (arc.space === "macro") return [arc.layers.map(({ op }) => op)];
  return MICRO_CELLS.map((cell) =>
    arc[cell].nodes.flatMap(({ operands }) => operands.map(({ op }) => op))
  );
}

/**
 * Counts ops and skips.
 *
 * @param arc A valid arc.
 * @returns the counts
 */
export function arcFacts(arc: Arc): ArcFacts {
  const ids = arcOpIds(arc);
  const ops = countOps(arc.space, ids.flat());
  if (arc.space === "micro") return { ops, skips: null, possibleSkips: null };
  const layers = arc.layers.length;
  return {
    ops,
    skips: arc.layers.reduce((sum, { skips }) => sum + skips.filter(Boolean).length, 0),
    possibleSkips: layers * (layers - 1) / 2,
  };
}

/**
 * Counts ops by id.
 *
 * @param space the space they belong to
 * @param ids op ids
 * @returns such as `2 × Conv 3×3, 1 × Max pool 3×3`
 */
export function countOps(space: ArcSpace, ids: readonly number[]): string {
  return arcOps(space).flatMap(({ id, label }) => {
    const count = ids.filter((op) => op === id).length;
    return count === 0 ? [] : [`${count} × ${label}`];
  }).join(", ");
}

/**
 * Names the tensors that the skips of a layer add: the stem, or layers counted from 1.
 *
 * @param arc A valid arc.
 * @param layer 0-based layer
 * @param skipIndex how skip bits are read
 * @returns such as `stem, 2`; empty when there is none
 */
export function skipSources(
  arc: MacroArc,
  layer: number,
  skipIndex: SkipIndex = "stem-first",
): string {
  return arc.layers[layer].skips
    .flatMap((set, bit) => {
      const source = skipSource(bit, skipIndex);
      return set ? [source === 0 ? "stem" : String(source)] : [];
    })
    .join(", ");
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
 * @returns such as `6-layer network with 7 skip connections` or `network of two cells of 5 nodes`
 */
export function arcInWords(arc: Arc | null): string {
  if (arc === null) return "network";
  if (arc.space === "micro") {
    const nodes = arc.normal.nodes.length;
    return `pair of cells with ${nodes} ${nodes === 1 ? "node" : "nodes"} each`;
  }
  const { skips } = arcFacts(arc);
  return `${arc.layers.length}-layer network with ${skips} skip ${
    skips === 1 ? "connection" : "connections"
  }`;
}

/**
 * The text of an arc with one row a layer or node.
 *
 * @param arc A valid arc.
 * @returns bracketed rows of a macro arc, named ops of a micro arc
 */
export function arcRowsText(arc: Arc): string {
  return arcText(arc, "rows");
}
