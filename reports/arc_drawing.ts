/**
 * The drawing of an arc of either space as one SVG file.
 *
 * @module
 */

import type { Arc } from "../nas/space/arc.ts";
import { SPACE_VIEWS } from "./spaces/mod.ts";
import type { DrawArcOptions } from "./spaces/space_view.ts";

export type { DrawArcOptions } from "./spaces/space_view.ts";

/**
 * Draws an arc as an SVG document that stands alone, on white ground: the network of a macro arc, or
 * the two cells of a micro arc side by side, with their stack below where `layers` is given.
 *
 * @param arc A valid arc of either space.
 * @param options what is known of the network besides
 * @returns the text of the file
 * @example A cell pair
 * ```ts
 * import { parseArc } from "../nas/space/arc.ts";
 * import { drawArcSvg } from "./arc_drawing.ts";
 *
 * const svg = await drawArcSvg(parseArc("0 0 1 1 2 2 0 3 | 1 4 0 0 2 1 1 2"));
 * svg.startsWith("<?xml"); // true
 * ```
 */
export async function drawArcSvg(arc: Arc, options: DrawArcOptions = {}): Promise<string> {
  return await SPACE_VIEWS[arc.space].svg(arc, options);
}
