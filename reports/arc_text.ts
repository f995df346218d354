/**
 * Arcs as the report writes them. Only the macro space can be read here; other arcs stay text.
 *
 * @module
 */

import { MACRO_OPS, type MacroArc } from "../nas/arc/macro.ts";
import { parseMacroArc } from "../nas/arc/macro_text.ts";

/** What a table says of an arc. */
export interface ArcFacts {
  /** Such as `2 × Conv 3×3, 1 × Max pool 3×3`. */
  readonly ops: string;
  /** Number of skip connections. */
  readonly skips: number;
  /** Number of skip connections there could be. */
  readonly possibleSkips: number;
}

/**
 * Reads an arc of the macro space.
 *
 * @param text flat or row text
 * @returns the arc, or null when the text is none of the macro space
 */
export function tryParseArc(text: string): MacroArc | null {
  try {
    return parseMacroArc(text);
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
export function arcFacts(arc: MacroArc): ArcFacts {
  const layers = arc.layers.length;
  const ops = MACRO_OPS.flatMap(({ id, label }) => {
    const count = arc.layers.filter(({ op }) => op === id).length;
    return count === 0 ? [] : [`${count} × ${label}`];
  });
  return {
    ops: ops.join(", "),
    skips: arc.layers.reduce((sum, { skips }) => sum + skips.filter(Boolean).length, 0),
    possibleSkips: layers * (layers - 1) / 2,
  };
}

/**
 * Names the tensors that the skips of a layer add: the stem, or layers counted from 1.
 *
 * @param arc A valid arc.
 * @param layer 0-based layer
 * @returns such as `stem, 2`; empty when there is none
 */
export function skipSources(arc: MacroArc, layer: number): string {
  return arc.layers[layer].skips
    .flatMap((set, bit) => set ? [bit === 0 ? "stem" : String(bit)] : [])
    .join(", ");
}
