/**
 * Puts a page together: one file that opens from disk and asks the network for nothing.
 *
 * @module
 */

import { type FontFile, loadChartScript, loadFonts } from "./assets.ts";
import { completeChart } from "./chart_setup.ts";
import drawingStyle from "./drawings/drawing.css" with { type: "text" };
import { isChart, type PageFigure, pictureSize } from "./figures.ts";
import { escapeHtml, scriptJson, toBase64 } from "./format.ts";
import { figureCard } from "./fragments.ts";
import pageStyle from "./page.css" with { type: "text" };
import pageScript from "./page.js" with { type: "text" };
import { renderChartPng } from "./pictures.ts";
import { opStyles } from "./tables.ts";

/** Forbids every request, and every script but these: what is not in the file is not loaded. */
async function policy(scripts: readonly string[]): Promise<string> {
  const hashes = await Promise.all(scripts.map(async (script) => {
    const bytes = new TextEncoder().encode(script);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return `'sha256-${toBase64(digest)}'`;
  }));
  return `default-src 'none'; script-src ${hashes.join(" ")}; style-src 'unsafe-inline'; ` +
    "img-src data:; font-src data:; base-uri 'none'; form-action 'none'";
}

/** What a page is made of. */
export interface DocumentParts {
  /** Plain text. */
  readonly title: string;
  /** Parts of the page as HTML, in order; empty ones are left out. */
  readonly body: readonly string[];
  /** All figures that the parts show. */
  readonly figures: readonly PageFigure[];
  /** Style rules besides those of all pages. */
  readonly style?: string;
}

/** A whole HTML document that works offline. */
export async function renderDocument(
  { title, body, figures, style = "" }: DocumentParts,
): Promise<string> {
  const scripts = [await loadChartScript(), `${completeChart}\n${pageScript}`];
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${await policy(scripts)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="enaslab">
<title>${escapeHtml(title)} · enaslab</title>
<link rel="icon" href="data:,">
<style>
${fontFaces(await loadFonts())}
${pageStyle}
${drawingStyle}
${opStyles()}
${style}</style>
<noscript><style>.needs-script { display: none; }</style></noscript>
</head>
<body>
<a class="skip-link" href="#main">Skip to the contents</a>
<main id="main" tabindex="-1">
${body.filter((part) => part !== "").join("\n")}
</main>
<script type="application/json" id="charts">${
    scriptJson(Object.fromEntries(
      figures.filter(isChart).map(({ id, config, views = [] }) => [
        id,
        [
          config,
          ...views.map((view) => view.config),
        ],
      ]),
    ))
  }</script>
${scripts.map((script) => `<script>${script}</script>`).join("\n")}
</body>
</html>
`;
}

/** A section with figures below `intro`, which is HTML; empty where there are no figures. */
export async function chartSection(
  title: string,
  figures: readonly PageFigure[],
  intro = "",
): Promise<string> {
  if (figures.length === 0) return "";
  return `<section><h2>${title}</h2>\n${intro}${await figureGrid(figures)}</section>`;
}

/** Figures side by side where there is room; empty where there are none. */
export async function figureGrid(figures: readonly PageFigure[]): Promise<string> {
  if (figures.length === 0) return "";
  const drawn: string[] = [];
  for (const figure of figures) {
    const picture = isChart(figure)
      ? await renderChartPng(figure.config, pictureSize(figure))
      : new Uint8Array();
    drawn.push(figureCard(figure, toBase64(picture)));
  }
  return `<div class="charts">\n${drawn.join("\n")}\n</div>`;
}

/** Inter in its two Latin weights, so that the page looks alike everywhere. */
function fontFaces(fonts: readonly FontFile[]): string {
  return fonts.filter(({ subset }) => subset === "latin").map(({ weight, bytes }) =>
    `@font-face { font-family: "Inter"; font-weight: ${weight}; font-display: block; ` +
    `src: url(data:font/woff2;base64,${toBase64(bytes)}) format("woff2"); }`
  ).join("\n");
}
