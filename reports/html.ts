/**
 * The report of runs.
 *
 * @module
 */

import { drawings } from "./arc_view.ts";
import { comparisonTable } from "./comparison.ts";
import { chartSection, renderDocument } from "./document.ts";
import { howSection } from "./drawings/section.ts";
import { searchFigures } from "./search_figures.ts";
import { trainingFigures } from "./training_figures.ts";
import { escapeHtml } from "./format.ts";
import { explanation } from "./explanation.ts";
import { datasetName, titleBlock } from "./headline.ts";
import { profileFigures, profileText } from "./profile_section.ts";
import { predictionFigures } from "./predictions.ts";
import { headlineBox } from "./results.ts";
import { settingsTable } from "./settings_table.ts";
import { summariseRuns } from "./summary.ts";
import type { RunLog, RunSummary } from "./run_summary.ts";
import { heatStyles } from "./study_figures/heat.ts";
import { arcsTable } from "./tables.ts";

/**
 * Makes the report of one run, or of several side by side, from configuration and event log alone.
 *
 * @param runs the runs, in the order of the report
 * @returns a whole HTML document that works offline
 */
export async function renderReport(runs: readonly RunLog[]): Promise<string> {
  const summaries = summariseRuns(runs);
  const search = searchFigures(summaries);
  const training = trainingFigures(summaries);
  const profile = profileFigures(summaries);
  const predicted = predictionFigures(summaries);
  const figures = [...search, ...training, ...predicted, ...profile];
  const body = [
    titleBlock(summaries),
    headlineBox(summaries),
    comparisonTable(summaries),
    explanation(summaries),
    await drawings(summaries),
    await howSection(summaries),
    await chartSection("The search", search),
    await chartSection("Training from scratch", training),
    await chartSection("Test images", predicted),
    arcsTable(summaries),
    await chartSection("Where the time went", profile, profileText(summaries)),
    settingsTable(summaries),
    footer(summaries),
  ];
  const title = summaries.length === 1
    ? `${summaries[0].label}: ${datasetName(summaries[0].config)}`
    : `Comparison of ${summaries.length} runs`;
  return await renderDocument({
    ...{ title, body, figures },
    style: predicted.length === 0 ? "" : heatStyles(),
  });
}

function footer(runs: readonly RunSummary[]): string {
  const versions = [...new Set(runs.map(({ config }) => config.versions.enaslab))].map(escapeHtml);
  return `<footer>Made by enaslab from the event ${runs.length === 1 ? "log" : "logs"} of version ${
    versions.join(" and ")
  }. This file is complete in itself and sends nothing anywhere. Charts: Chart.js (MIT). Drawing:
Graphviz by Viz.js (MIT). Font: Inter (SIL Open Font License).</footer>`;
}
