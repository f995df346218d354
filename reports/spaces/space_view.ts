/**
 * What a report draws and says of one search space.
 *
 * @module
 */

import type { Arc } from "../../nas/space/registry.ts";
import type { SkipIndex } from "../../nas/space/macro/structure.ts";
import type { CellGraph } from "../cell_drawing.ts";
import type { SearchFacts } from "../drawings/facts.ts";
import type { RunDrawing } from "../drawings/run_drawing.ts";
import type { RunSummary } from "../run_summary.ts";

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

/** How the arcs of one space are drawn and spoken of. */
export interface SpaceView<A extends Arc = Arc> {
  /** Explains the drawing of an arc to a newcomer. */
  readonly introduction: string;
  /** Class of the card around the drawing, for its columns; empty for none. */
  readonly cardClass: string;
  /** Where else the report draws what the drawings of a search leave out; HTML. */
  readonly elsewhere: string;
  /** What one decides in this space, such as "op and skips of 6 layers". */
  decides(arc: A): string;
  /** The arc in a few words, such as "6 layers, 3 skips". */
  outline(arc: A): string;
  /** An SVG document that stands alone. */
  svg(arc: A, options: DrawArcOptions): Promise<string>;
  /** What is known of the network of a run. */
  drawOptions(run: RunSummary): DrawArcOptions;
  /** The drawing with its legend and tables, for the page; `id` starts the ids in it. */
  view(arc: A, run: RunSummary, id: string): Promise<string>;
  /** The drawings of a search that only this space has; `prefix` starts their ids. */
  drawings(facts: SearchFacts<A>, prefix: string): RunDrawing[] | Promise<RunDrawing[]>;
}

/** Layers of the deepest network that is drawn; of a deeper one there is only the text. */
export const MAX_DRAWN = 200;
