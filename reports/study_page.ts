/**
 * The report of a study: what was asked, what was done, what came out, how sure it is, what it cost.
 *
 * @module
 */

import type { StudyReport, StudyTable } from "../nas/stats/study_report.ts";
import { figureSection, renderDocument } from "./document.ts";
import { escapeHtml, formatDuration, formatNumber } from "./format.ts";
import { csvLink } from "./fragments.ts";
import { uniqueSlugs } from "./slugs.ts";
import { claimsSection } from "./study_claims.ts";
import { studyFigure } from "./study_figures/mod.ts";

/**
 * Makes the report of a study from its data alone.
 *
 * @param report contents of `study.json`
 * @returns a whole HTML document that works offline
 */
export async function renderStudyReport(report: StudyReport): Promise<string> {
  const slugs = uniqueSlugs(report.figures.map(({ id }) => id));
  const figures = await Promise.all(
    report.figures.map((figure, i) => studyFigure({ ...figure, id: slugs[i] })),
  );
  return await renderDocument({
    title: report.title,
    figures,
    body: [
      head(report),
      prose("What was asked", report.asked),
      prose("What was done", report.done),
      scaleSection(report),
      claimsSection(report),
      await figureSection("Figures", figures),
      tablesSection(report),
      list("What these data cannot say", report.caveats),
      footer(report),
    ],
  });
}

function head({ title, study, scale, found, cost }: StudyReport): string {
  const tags = [
    `study ${study}`,
    scale.label,
    ...(cost.trials > 0
      ? [`${cost.trials} trials`, cost.adapter, formatDuration(cost.seconds)]
      : []),
  ].map((tag) => `<li>${escapeHtml(tag)}</li>`).join("");
  return `<header>
<p class="eyebrow">Study</p>
<h1>${escapeHtml(title)}</h1>
<ul class="tags">${tags}</ul>
</header>
<section class="card headline" id="found"><h2>What came out</h2>
${paragraphs(found)}</section>`;
}

function paragraphs(texts: readonly string[]): string {
  return texts.map((text) => `<p>${escapeHtml(text)}</p>`).join("\n");
}

function prose(title: string, texts: readonly string[]): string {
  if (texts.length === 0) return "";
  return `<section><h2>${title}</h2>\n${paragraphs(texts)}</section>`;
}

function list(title: string, texts: readonly string[]): string {
  if (texts.length === 0) return "";
  const items = texts.map((text) => `<li>${escapeHtml(text)}</li>`).join("");
  return `<section><h2>${title}</h2>\n<ul>${items}</ul></section>`;
}

function scaleSection({ scale: { label, facts } }: StudyReport): string {
  if (facts.length === 0) return "";
  const rows = facts.map(({ name, value, thesis }) =>
    `<tr${value === thesis ? "" : ' class="differs"'}><th scope="row">${escapeHtml(name)}</th><td>${
      escapeHtml(value)
    }</td><td class="thesis">${escapeHtml(thesis)}</td></tr>`
  ).join("\n");
  return `<section id="scale"><h2>At what scale</h2>
<p>${escapeHtml(label)}. Accuracies at another scale must not be compared with the thesis's.</p>
<div class="table-box whole" tabindex="0" role="region" aria-label="Settings beside the thesis's">
<table><thead><tr><th scope="col">Setting</th><th scope="col">Here</th><th scope="col">Thesis</th></tr></thead>
<tbody>${rows}</tbody></table></div></section>`;
}

function tablesSection({ tables, scale }: StudyReport): string {
  if (tables.length === 0) return "";
  return `<section><h2>Tables</h2>\n${
    tables.map((table) => tableFigure(table, scale.label)).join("\n")
  }</section>`;
}

function tableFigure(table: StudyTable, scale: string): string {
  const { id, title, caption, columns, rows, thesisColumns, digits } = table;
  const kind = (column: number, numeric: boolean) => {
    const classes = [
      ...(numeric ? ["number"] : []),
      ...(thesisColumns.includes(column) ? ["thesis"] : []),
    ];
    return classes.length === 0 ? "" : ` class="${classes.join(" ")}"`;
  };
  const isNumeric = (column: number) => rows.some((row) => typeof row[column] === "number");
  const headings = columns.map((column, i) =>
    `<th scope="col"${kind(i, isNumeric(i))}>${escapeHtml(column)}</th>`
  );
  const cell = (value: string | number | null, i: number) => {
    const places = digits[i] ?? null;
    const text = value === null
      ? '<span class="none">not run</span>'
      : typeof value === "string"
      ? escapeHtml(value)
      : places === null
      ? formatNumber(value)
      : value.toFixed(places).replace("-", "−");
    return `<td${kind(i, typeof value === "number")}>${text}</td>`;
  };
  const body = rows.map((row) => `<tr>${row.map(cell).join("")}</tr>`).join("\n");
  return `<figure class="card study-table" id="${escapeHtml(id)}"><h3>${escapeHtml(title)}</h3>
<div class="table-box whole" tabindex="0" role="region" aria-label="${escapeHtml(title)}">
<table><thead><tr>${headings.join("")}</tr></thead><tbody>${body}</tbody></table></div>
<figcaption>${escapeHtml(caption)} Scale: ${escapeHtml(scale)}.${
    thesisColumns.length > 0 ? " Grey: numbers of the thesis." : ""
  }</figcaption>
${csvLink(`${id}.csv`, { columns, rows })}
</figure>`;
}

function footer({ enaslab, created, cost }: StudyReport): string {
  return `<footer>Made by enaslab ${escapeHtml(enaslab)} on ${
    escapeHtml(created.slice(0, 10))
  } in ${
    formatDuration(cost.seconds)
  }. This file is complete in itself and sends nothing anywhere. Charts: Chart.js (MIT) with error bars by
chartjs-chart-error-bars (MIT). Font: Inter (SIL Open Font License).</footer>`;
}
