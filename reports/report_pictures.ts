/**
 * Every chart and drawing of a report as PNG files, for papers, slides and readers without a browser.
 *
 * @module
 */

import { runArcSvg } from "./arc_view.ts";
import { searchFacts } from "./drawings/facts.ts";
import { runDrawings } from "./drawings/run_drawings.ts";
import { isChart, type PageFigure, pictureSize } from "./figures.ts";
import { renderChartPng, renderDrawingPng } from "./pictures.ts";
import { profileFigures } from "./profile_section.ts";
import { searchFigures } from "./search_figures.ts";
import { summariseRuns } from "./summary.ts";
import type { RunLog, RunSummary } from "./run_summary.ts";
import { trainingFigures } from "./training_figures.ts";

/** A picture of a report. */
export interface ReportPicture {
  /** Name of its file, such as `chart_estimates.png`; unique in the report, safe on any system. */
  readonly file: string;
  /** PNG on white ground. */
  readonly png: Uint8Array;
}

/** Drawings end at their last line: a picture has white around them. */
const MARGIN = 12;
/** Device pixels for each CSS pixel. */
const SCALE = 2;

/**
 * Draws everything that the report of runs shows, one after the other.
 *
 * @param runs the runs, in the order of the report
 * @returns the pictures: charts first, then arcs, then the drawings of how a single search worked
 */
export async function* reportPictures(runs: readonly RunLog[]): AsyncGenerator<ReportPicture> {
  const summaries = summariseRuns(runs);
  yield* figurePictures([
    ...searchFigures(summaries),
    ...trainingFigures(summaries),
    ...profileFigures(summaries),
  ]);
  for (const [i, run] of summaries.entries()) {
    const svg = await runArcSvg(run);
    const file = summaries.length === 1 ? "arc.png" : `arc_${i + 1}.png`;
    if (svg !== null) yield { file, png: await renderDrawingPng(svg, SCALE, MARGIN) };
  }
  if (summaries.length === 1) yield* searchPictures(summaries[0]);
}

/** Pictures of figures, in the size that the page has for them. */
async function* figurePictures(figures: readonly PageFigure[]): AsyncGenerator<ReportPicture> {
  for (const figure of figures) {
    const name = safeName(figure.id);
    if (isChart(figure)) {
      const size = { ...pictureSize(figure), scale: SCALE };
      yield { file: `chart_${name}.png`, png: await renderChartPng(figure.config, size) };
    } else if (figure.svg !== "") {
      yield { file: `drawing_${name}.png`, png: await renderDrawingPng(figure.svg, SCALE, MARGIN) };
    }
  }
}

async function* searchPictures(run: RunSummary): AsyncGenerator<ReportPicture> {
  const facts = run.kind === "search" ? searchFacts(run) : null;
  if (facts === null) return;
  for (const { id, views } of await runDrawings(facts, "how")) {
    for (const { cell, svg } of views) {
      const file = `drawing_${id}${cell === null ? "" : `_${cell}`}.png`;
      yield { file, png: await renderDrawingPng(svg, SCALE, MARGIN) };
    }
  }
}

/** Letters, digits, `_` and `-` alone, so that an id leads nowhere. */
function safeName(id: string): string {
  return id.replaceAll(/[^A-Za-z0-9_-]+/g, "_");
}
