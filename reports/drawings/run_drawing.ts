/**
 * One drawing of a search, and what drawings have in common.
 *
 * @module
 */

import type { MicroCellName } from "../../nas/space/micro/arc.ts";
import { type Diagram, renderDiagram } from "../diagram.ts";
import { formatLarge } from "../format.ts";

/** One drawing of a search. */
export interface RunDrawing {
  /** Name among the drawings of the run, for ids and files. */
  readonly id: string;
  /** Number of the figure of the thesis that shows the same. */
  readonly figure: number;
  readonly title: string;
  /** What one sees, for a newcomer. */
  readonly sentence: string;
  /** What is drawn: one, or one for each cell. */
  readonly views: readonly DrawingView[];
}

/** One of the pictures of a drawing. */
export interface DrawingView {
  /** Name of the cell; null for a drawing of one picture. */
  readonly cell: MicroCellName | null;
  /** An `<svg>` element as text. */
  readonly svg: string;
  /** The same for narrow screens; left out where one picture serves both. */
  readonly narrow?: string;
}

/** A diagram that runs to the right, and one that runs down for narrow screens. */
export async function diagramView(diagram: Diagram, most: number): Promise<DrawingView> {
  return {
    cell: null,
    svg: await renderDiagram(diagram, { most }),
    narrow: await renderDiagram(
      { ...diagram, id: `${diagram.id}-narrow`, direction: "down" },
      { most: 160 },
    ),
  };
}

/** A drawing of one picture, an `<svg>` element as text. */
export function whole(svg: string): DrawingView {
  return { cell: null, svg };
}

/** Says how probable it is to draw exactly the arc. */
export function chance(logProbability: number): string {
  if (logProbability === -Infinity) return "By now it would not draw this one.";
  const times = Math.exp(-logProbability);
  const often = times < 1e15
    ? formatLarge(Math.max(1, times))
    : `10^${Math.round(-logProbability / Math.LN10)}`;
  return `It would draw exactly this one about once in ${often} draws.`;
}
