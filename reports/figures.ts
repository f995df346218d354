/**
 * What a page shows as a figure: a chart that scripts draw, or markup that stands as it is.
 *
 * @module
 */

import type { ChartFigure, ChartTable } from "./charts.ts";

/** A figure made of HTML or SVG, which needs no script. */
export interface MarkupFigure {
  /** Unique on the page; also the name of the CSV file. */
  readonly id: string;
  readonly title: string;
  /** What one sees, in plain words. */
  readonly caption: string;
  /** What the page shows; safe HTML. */
  readonly html: string;
  /** The same as an `<svg>` element with width and height, for pictures. */
  readonly svg: string;
  readonly table: ChartTable;
  /** Takes the whole width of the page. */
  readonly wide: boolean;
}

/** A figure of either kind. */
export type PageFigure = ChartFigure | MarkupFigure;

/** Whether a figure is a chart. */
export function isChart(figure: PageFigure): figure is ChartFigure {
  return "config" in figure;
}
