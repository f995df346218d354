/**
 * What a page shows as a figure: a chart that scripts draw, or markup that stands as it is.
 *
 * @module
 */

import type { ChartFigure, ChartTable } from "./charts.ts";
import type { PictureSize } from "./pictures.ts";

/** A figure made of HTML or SVG, which needs no script. */
export interface MarkupFigure {
  /** Unique on the page; also the name of the CSV file. */
  readonly id: string;
  readonly title: string;
  /** What one sees, in plain words. */
  readonly caption: string;
  /** What the page shows; safe HTML. */
  readonly html: string;
  /** The same as an `<svg>` element with width and height, for pictures; empty where there is none. */
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

/**
 * Size of a figure's picture: that of the page's chart, with room for the legend in it.
 *
 * @param figure a chart
 * @returns CSS pixels
 */
export function pictureSize({ config, wide, height }: ChartFigure): PictureSize {
  const width = wide ? 1060 : 640;
  const labels = config.data.datasets.filter(({ silent }) => silent !== true)
    .map(({ label }) => Math.min(label.length, 48));
  // About how many lines the legend takes; a chart has room for two of them.
  const lines = labels.reduce((sum, length) => sum + 6.6 * length + 34, 0) / width;
  return { width, height: (height ?? (wide ? 340 : 300)) + 22 * Math.max(0, Math.ceil(lines) - 2) };
}
