/**
 * The drawing of an arc of either space as one SVG file.
 *
 * @module
 */

import type { Arc } from "../nas/space/arc.ts";
import type { SkipIndex } from "../nas/space/macro/structure.ts";
import { type CellGraph, describeCell, drawCell } from "./cell_drawing.ts";
import { drawCellStack } from "./cell_stack.ts";
import { describeNetwork, drawNetwork } from "./network_drawing.ts";
import { type PlacedDrawing, standaloneSvg } from "./svg.ts";

/** What is known of the network besides its arc; whatever is left out is not drawn. */
export interface DrawArcOptions {
  /** `[height, width, channels]` of the images. */
  readonly shape?: readonly [number, number, number] | undefined;
  /** Outputs of the head. */
  readonly classes?: number | undefined;
  /** Layers of a micro network without its reduction cells; draws how the cells are stacked. */
  readonly layers?: number | undefined;
  /** Filters of the first stage of a micro network. */
  readonly filters?: number | undefined;
  /** Network of a micro arc: with the 1×1 convolution behind each cell or without. */
  readonly graph?: CellGraph | undefined;
  /** How the skip bits of a macro arc are read. */
  readonly skipIndex?: SkipIndex | undefined;
}

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
  const { shape, classes, layers, filters, graph, skipIndex } = options;
  if (arc.space === "macro") {
    const svg = await drawNetwork(arc, { id: "network", shape, classes, skipIndex });
    return standaloneSvg([[{ svg, title: "" }]], describeNetwork(arc));
  }
  const normal = await drawCell(arc.normal, { id: "normal", name: "normal", graph });
  const reduction = await drawCell(arc.reduction, { id: "reduction", name: "reduction", graph });
  const rows: PlacedDrawing[][] = [[
    { svg: normal, title: "Normal cell (N)" },
    { svg: reduction, title: "Reduction cell (R)" },
  ]];
  if (layers !== undefined) {
    const svg = drawCellStack({ layers, filters, shape, classes });
    rows.push([{ svg, title: "How the cells are stacked" }]);
  }
  const label = `${describeCell(arc.normal, "normal")}. ${
    describeCell(arc.reduction, "reduction")
  }`;
  return standaloneSvg(rows, label);
}
