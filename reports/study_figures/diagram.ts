/**
 * Boxes and arrows, drawn as SVG; their numbers and words as a table.
 *
 * @module
 */

import type { StudyFigureOf } from "../../nas/stats/study_report.ts";
import { renderDiagram } from "../diagram.ts";
import type { MarkupFigure } from "../figures.ts";

/** The drawing, and a table of one row a box and one an arrow. */
export async function diagramFigure(
  figure: StudyFigureOf<"diagram">,
): Promise<Pick<MarkupFigure, "html" | "svg" | "table" | "wide">> {
  const svg = await renderDiagram(figure);
  const titles = new Map(figure.boxes.map(({ id, title }) => [id, title]));
  const table = {
    columns: ["", "title", "text"],
    rows: [
      ...figure.boxes.map(({ title, lines }) => ["box", title, lines.join("; ")]),
      ...figure.arrows.map(({ from, to, label }) => [
        "arrow",
        `${titles.get(from)} → ${titles.get(to)}`,
        label,
      ]),
    ],
  };
  return { html: `<div class="drawing">${svg}</div>`, svg, table, wide: true };
}
