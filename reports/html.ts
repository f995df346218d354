/**
 * Puts the page together: one file that opens from disk and asks the network for nothing.
 *
 * @module
 */

import { type FontFile, loadChartScript, loadFonts } from "./assets.ts";
import { drawings } from "./arc_view.ts";
import type { ChartFigure } from "./charts.ts";
import { comparisonTable } from "./comparison.ts";
import { searchFigures } from "./search_figures.ts";
import { trainingFigures } from "./training_figures.ts";
import { escapeHtml, scriptJson, toBase64 } from "./format.ts";
import { chartFigure } from "./fragments.ts";
import { explanation } from "./explanation.ts";
import { datasetName, titleBlock } from "./headline.ts";
import pageStyle from "./page.css" with { type: "text" };
import pageScript from "./page.js" with { type: "text" };
import { renderChartPng } from "./pictures.ts";
import { headlineBox } from "./results.ts";
import { settingsTable } from "./settings_table.ts";
import { type RunLog, type RunSummary, summariseRuns } from "./summary.ts";
import { arcsTable, opStyles } from "./tables.ts";

/** Forbids every request: what is not in the file is not loaded. */
const POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; " +
  "img-src data:; font-src data:; base-uri 'none'; form-action 'none'";

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
  const figures = [...search, ...training];
  const body = [
    titleBlock(summaries),
    headlineBox(summaries),
    comparisonTable(summaries),
    explanation(summaries),
    await drawings(summaries),
    await chartSection("The search", search),
    await chartSection("Training from scratch", training),
    arcsTable(summaries),
    settingsTable(summaries),
    footer(summaries),
  ];
  const title = summaries.length === 1
    ? `${summaries[0].label}: ${datasetName(summaries[0].config)}`
    : `Comparison of ${summaries.length} runs`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="enaslab">
<title>${escapeHtml(title)} · enaslab</title>
<link rel="icon" href="data:,">
<style>
${fontFaces(await loadFonts())}
${pageStyle}
${opStyles()}</style>
<noscript><style>.needs-script { display: none; }</style></noscript>
</head>
<body>
<main>
${body.filter((part) => part !== "").join("\n")}
</main>
<script type="application/json" id="charts">${
    scriptJson(Object.fromEntries(figures.map(({ id, config }) => [id, config])))
  }</script>
<script>${await loadChartScript()}</script>
<script>${pageScript}</script>
</body>
</html>
`;
}

async function chartSection(title: string, figures: readonly ChartFigure[]): Promise<string> {
  if (figures.length === 0) return "";
  const drawn: string[] = [];
  for (const figure of figures) {
    const size = figure.wide ? { width: 1060, height: 340 } : { width: 640, height: 300 };
    drawn.push(chartFigure(figure, toBase64(await renderChartPng(figure.config, size))));
  }
  return `<section><h2>${title}</h2>\n<div class="charts">\n${drawn.join("\n")}\n</div></section>`;
}

/** Inter in its two Latin weights, so that the page looks alike everywhere. */
function fontFaces(fonts: readonly FontFile[]): string {
  return fonts.filter(({ subset }) => subset === "latin").map(({ weight, bytes }) =>
    `@font-face { font-family: "Inter"; font-weight: ${weight}; font-display: block; ` +
    `src: url(data:font/woff2;base64,${toBase64(bytes)}) format("woff2"); }`
  ).join("\n");
}

function footer(runs: readonly RunSummary[]): string {
  const versions = [...new Set(runs.map(({ config }) => config.versions.enaslab))].map(escapeHtml);
  return `<footer>Made by enaslab from the event ${runs.length === 1 ? "log" : "logs"} of version ${
    versions.join(" and ")
  }. This file is complete in itself and sends nothing anywhere. Charts: Chart.js (MIT). Drawing:
Graphviz by Viz.js (MIT). Font: Inter (SIL Open Font License).</footer>`;
}
