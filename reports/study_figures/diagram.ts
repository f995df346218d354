/**
 * Boxes and arrows, drawn as SVG; their numbers and words as a table.
 *
 * @module
 */

import type { StudyFigureOf } from "../../nas/stats/study_report.ts";
import { renderDiagram } from "../diagram.ts";
import type { MarkupFigure } from "../figures.ts";
import { escapeHtml } from "../format.ts";

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
  const width = Number(/ width="(\d+)"/.exec(svg)?.[1] ?? 0);
  // Shrunk further, the words could not be read: a narrow screen scrolls.
  const drawing = svg.replace("<svg ", `<svg style="min-width: ${Math.round(0.8 * width)}px" `);
  const html = `<div class="diagram-box" tabindex="0" role="region" aria-label="${
    escapeHtml(figure.title)
  }">${drawing}</div>`;
  return { html, svg, table, wide: true };
}
