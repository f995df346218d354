/**
 * Figures of a study as figures of the page, each with its numbers; one file a kind.
 *
 * @module
 */

import type { StudyFigure } from "../../nas/stats/study_report.ts";
import type { PageFigure } from "../figures.ts";
import { bumpChart } from "./bump.ts";
import { diagramFigure } from "./diagram.ts";
import { heatMap } from "./heat.ts";
import { intervalsChart } from "./intervals.ts";
import { linesChart } from "./lines.ts";
import { scatterChart } from "./scatter.ts";
import { sharesChart } from "./shares.ts";
import { stripsChart } from "./strips.ts";

/** A figure of a study as a figure of the page. */
export async function studyFigure(figure: StudyFigure): Promise<PageFigure> {
  const { id, title, caption } = figure;
  const head = { id, title, caption, wide: figure.kind === "intervals" };
  switch (figure.kind) {
    case "intervals":
      return { ...head, ...intervalsChart(figure) };
    case "scatter":
      return { ...head, ...scatterChart(figure) };
    case "lines":
      return { ...head, ...linesChart(figure) };
    case "strips":
      return { ...head, ...stripsChart(figure) };
    case "shares":
      return { ...head, ...sharesChart(figure) };
    case "bump":
      return { ...head, ...bumpChart(figure) };
    case "heat":
      return { ...head, ...heatMap(figure) };
    case "diagram":
      return { ...head, ...await diagramFigure(figure) };
  }
}
