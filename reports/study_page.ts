/**
 * The report of a study: what was asked, what was done, what came out, how sure it is, what it cost.
 *
 * @module
 */

import type { StudyReport } from "../nas/stats/study_report.ts";
import { figureGrid, renderDocument } from "./document.ts";
import type { PageFigure } from "./figures.ts";
import { escapeHtml, formatDuration, NBSP } from "./format.ts";
import { sectionHeading } from "./fragments.ts";
import { uniqueSlugs } from "./slugs.ts";
import { claimsSection, verdictCounts } from "./study_claims.ts";
import { costSection } from "./study_cost.ts";
import { heatStyles } from "./study_figures/heat.ts";
import { studyFigure } from "./study_figures/mod.ts";
import { scaleSection, tablesSection } from "./study_tables.ts";
import studyStyle from "./study.css" with { type: "text" };

/**
 * Makes the report of a study from its data alone.
 *
 * @param report contents of `study.json`
 * @returns a whole HTML document that works offline
 */
export async function renderStudyReport(report: StudyReport): Promise<string> {
  const figures = await studyFigures(report);
  const sections: readonly Section[] = [
    { id: "asked", title: "What was asked", html: paragraphs(report.asked) },
    { id: "done", title: "What was done", html: paragraphs(report.done) },
    { id: "found", title: "What came out", html: paragraphs(report.found), card: true },
    {
      id: "claims",
      title: "How sure: claims and verdicts",
      html: claimsSection(report),
      count: report.claims.length,
    },
    { id: "caveats", title: "What these data cannot say", html: list(report.caveats) },
    {
      id: "figures",
      title: "Figures",
      html: await figureGrid(figures),
      count: figures.length,
    },
    { id: "tables", title: "Tables", html: tablesSection(report), count: report.tables.length },
    { id: "scale", title: "At what scale", html: scaleSection(report) },
    { id: "cost", title: "What it cost, and how to repeat it", html: costSection(report) },
  ].filter(({ html }) => html !== "");
  return await renderDocument({
    title: report.title,
    figures,
    style: `${studyStyle}\n${heatStyles()}`,
    body: [
      head(report),
      contents(sections),
      `<div class="pair">${sections.filter(isPlan).map(section).join("\n")}</div>`,
      ...sections.filter((one) => !isPlan(one)).map(section),
      footer(report),
    ],
  });
}

/** The figures of a study with their numbers, under ids that are fit for names of files. */
export async function studyFigures({ figures, scale }: StudyReport): Promise<PageFigure[]> {
  const slugs = uniqueSlugs(figures.map(({ id }) => id));
  return await Promise.all(
    figures.map((figure, i) => studyFigure({ ...figure, id: slugs[i] }, scale.label)),
  );
}

/** A part of the page; left out where its HTML is empty. */
interface Section {
  readonly id: string;
  readonly title: string;
  readonly html: string;
  /** Stands out from the page. */
  readonly card?: boolean;
  /** How many things it holds, for the contents. */
  readonly count?: number;
}

/** What was asked and done stand side by side. */
function isPlan({ id }: Section): boolean {
  return id === "asked" || id === "done";
}

function section({ id, title, html, card = false }: Section): string {
  return `<section id="${id}"${card ? ' class="card answer"' : ""}>${
    sectionHeading(id, title)
  }\n${html}</section>`;
}

function head({ title, study, scale, claims, cost }: StudyReport): string {
  const trained = cost.trials > 0;
  const tags = [
    scale.label,
    ...(trained
      ? [
        `${cost.trials} ${cost.trials === 1 ? "trial" : "trials"}`,
        formatDuration(cost.seconds),
        cost.adapter,
      ]
      : []),
  ].map((tag) => `<li>${escapeHtml(tag)}</li>`).join("");
  return `<header>
<p class="eyebrow">Study${NBSP}· ${escapeHtml(study)}</p>
<h1>${escapeHtml(title)}</h1>
<ul class="tags">${tags}</ul>
${verdictCounts(claims)}</header>`;
}

function contents(sections: readonly Section[]): string {
  const links = sections.map(({ id, title, count }) =>
    `<li><a href="#${id}">${title}</a>${count === undefined ? "" : ` <span>${count}</span>`}</li>`
  );
  return `<nav class="contents" aria-label="Contents"><ol>${links.join("")}</ol></nav>`;
}

function paragraphs(texts: readonly string[]): string {
  return texts.map((text) => `<p>${escapeHtml(text)}</p>`).join("\n");
}

function list(texts: readonly string[]): string {
  if (texts.length === 0) return "";
  const items = texts.map((text) => `<li>${escapeHtml(text)}</li>`).join("");
  return `<ul class="prose-list">${items}</ul>`;
}

function footer({ enaslab, created }: StudyReport): string {
  return `<footer>Made by enaslab ${escapeHtml(enaslab)} on ${
    escapeHtml(created.slice(0, 10))
  }. This file is complete in itself and sends nothing anywhere. Charts: Chart.js (MIT) with error bars by
chartjs-chart-error-bars (MIT). Diagrams: Graphviz by Viz.js (MIT). Font: Inter (SIL Open Font License).</footer>`;
}
