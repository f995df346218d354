/**
 * Figures of a study as figures of the page, each with its numbers; one file a kind.
 *
 * @module
 */

import type { StudyFigure } from "../../nas/stats/study_report.ts";
import type { MarkupFigure, PageFigure } from "../figures.ts";
import { bumpChart } from "./bump.ts";
import { diagramFigure } from "./diagram.ts";
import { heatMap } from "./heat.ts";
import { intervalsChart } from "./intervals.ts";
import { linesChart } from "./lines.ts";
import { type DrawnChart, joinSentences, scaleNote } from "./parts.ts";
import { scatterChart } from "./scatter.ts";
import { sharesChart } from "./shares.ts";
import { stripsChart } from "./strips.ts";

/**
 * A figure of a study as a figure of the page.
 *
 * @param figure the data; its id must be fit for HTML and names of files
 * @param scale label of the study's scale, which the caption ends with unless the figure has its own
 * @throws {TypeError} If a diagram has no box, or arrows that join none.
 */
export async function studyFigure(figure: StudyFigure, scale: string): Promise<PageFigure> {
  const { id, title } = figure;
  const { note = "", ...content } = await drawn(figure);
  const caption = joinSentences([figure.caption, note, scaleNote(figure.scale ?? scale)]);
  const head = { id, title, caption, wide: false };
  if (figure.kind !== "diagram" && !content.table.rows.some(hasNumber)) {
    return { ...head, html: NOTHING, svg: "", table: content.table };
  }
  return { ...head, ...content };
}

const NOTHING = '<p class="nothing">Not run: there is nothing to draw yet.</p>';

/** Whether a row of a table holds a value; its first cell is what the value is of. */
function hasNumber(row: readonly (string | number | null)[]): boolean {
  return row.slice(1).some((cell) => typeof cell === "number");
}

type Drawn =
  & { readonly note?: string }
  & (DrawnChart | Pick<MarkupFigure, "html" | "svg" | "table" | "wide">);

function drawn(figure: StudyFigure): Drawn | Promise<Drawn> {
  switch (figure.kind) {
    case "intervals":
      return intervalsChart(figure);
    case "scatter":
      return scatterChart(figure);
    case "lines":
      return linesChart(figure);
    case "strips":
      return stripsChart(figure);
    case "shares":
      return sharesChart(figure);
    case "bump":
      return bumpChart(figure);
    case "heat":
      return heatMap(figure);
    case "diagram":
      return diagramFigure(figure);
  }
}
