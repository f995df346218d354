/**
 * Every chart and drawing of a report as PNG files, for papers, slides and readers without a browser.
 *
 * @module
 */

import { runArcSvg } from "./arc_view.ts";
import type { ChartFigure } from "./charts.ts";
import { searchFacts } from "./drawings/facts.ts";
import { runDrawings } from "./drawings/run_drawings.ts";
import { renderChartPng, renderDrawingPng } from "./pictures.ts";
import { profileFigures } from "./profile_section.ts";
import { searchFigures } from "./search_figures.ts";
import { type RunLog, type RunSummary, summariseRuns } from "./summary.ts";
import { trainingFigures } from "./training_figures.ts";

/** A picture of a report. */
export interface ReportPicture {
  /** Name of its file, such as `chart_estimates.png`; unique in the report, safe on any system. */
  readonly file: string;
  /** PNG on white ground. */
  readonly png: Uint8Array;
}

/**
 * Draws everything that the report of runs shows, one after the other.
 *
 * @param runs the runs, in the order of the report
 * @returns the pictures: charts first, then arcs, then the drawings of how a single search worked
 */
export async function* reportPictures(runs: readonly RunLog[]): AsyncGenerator<ReportPicture> {
  const summaries = summariseRuns(runs);
  yield* chartPictures([
    ...searchFigures(summaries),
    ...trainingFigures(summaries),
    ...profileFigures(summaries),
  ]);
  for (const [i, run] of summaries.entries()) {
    const svg = await runArcSvg(run);
    const file = summaries.length === 1 ? "arc.png" : `arc_${i + 1}.png`;
    if (svg !== null) yield { file, png: await renderDrawingPng(svg) };
  }
  if (summaries.length === 1) yield* searchPictures(summaries[0]);
}

/**
 * Draws charts.
 *
 * @param figures charts with different ids
 * @returns a picture each, in the size that the report has for it
 */
export async function* chartPictures(
  figures: readonly ChartFigure[],
): AsyncGenerator<ReportPicture> {
  for (const { id, config, wide } of figures) {
    const size = wide ? { width: 1060, height: 340 } : { width: 640, height: 340 };
    const png = await renderChartPng(config, { ...size, scale: 2 });
    yield { file: `chart_${safeName(id)}.png`, png };
  }
}

async function* searchPictures(run: RunSummary): AsyncGenerator<ReportPicture> {
  const facts = run.kind === "search" ? searchFacts(run) : null;
  if (facts === null) return;
  for (const { id, views } of await runDrawings(facts, "how")) {
    for (const { cell, svg } of views) {
      const file = `drawing_${id}${cell === null ? "" : `_${cell}`}.png`;
      yield { file, png: await renderDrawingPng(svg) };
    }
  }
}

/** Letters, digits, `_` and `-` alone, so that an id leads nowhere. */
function safeName(id: string): string {
  return id.replaceAll(/[^A-Za-z0-9_-]+/g, "_");
}
