/**
 * Small pieces of HTML that several parts of the page share.
 *
 * @module
 */

import type { ChartFigure, ChartTable } from "./charts.ts";
import { isChart, type PageFigure } from "./figures.ts";
import { escapeHtml, formatNumber, toCsv } from "./format.ts";

/**
 * A link that downloads a table; it carries the text itself and needs no script.
 *
 * @param file name of the file
 * @param table the numbers
 * @param label text of the link
 * @returns an `<a>` element
 */
export function csvLink(file: string, table: ChartTable, label = "Download CSV"): string {
  // A lone surrogate, which JSON may hold, has no UTF-8.
  const csv = encodeURIComponent(toCsv(table.columns, table.rows).toWellFormed());
  return `<a class="download" download="${escapeHtml(file)}" ` +
    `href="data:text/csv;charset=utf-8,${csv}">${label}</a>`;
}

/**
 * Heading of a part of the page, with a link to itself.
 *
 * @param id of the part; fit for HTML
 * @param title HTML
 */
export function sectionHeading(id: string, title: string): string {
  return `<h2>${title} ${anchor(id)}</h2>`;
}

/**
 * Heading of one figure, table or claim, with a link to itself.
 *
 * @param id of the element; fit for HTML
 * @param title plain text
 */
export function itemHeading(id: string, title: string): string {
  return `<h3>${escapeHtml(title)} ${anchor(id)}</h3>`;
}

function anchor(id: string): string {
  return `<a class="anchor" href="#${id}" aria-label="Link to this place">#</a>`;
}

/**
 * A plain table of numbers in a box that scrolls.
 *
 * @param table the numbers
 * @param caption names the table for screen readers
 * @returns a focusable `<div>` with the table
 */
export function numberTable(table: ChartTable, caption: string): string {
  const head = table.columns
    .map((column, i) => `<th scope="col"${isNumeric(table, i)}>${escapeHtml(column)}</th>`);
  const body = table.rows.map((row) =>
    `<tr>${
      row.map((cell, i) =>
        typeof cell === "string"
          ? `<td>${escapeHtml(cell)}</td>`
          : `<td class="number">${
            cell === null ? escapeHtml(table.none?.[i] ?? "") : formatNumber(cell)
          }</td>`
      ).join("")
    }</tr>`
  );
  return `<div class="table-box" tabindex="0" role="region" aria-label="${escapeHtml(caption)}">` +
    `<table><thead><tr>${head.join("")}</tr></thead><tbody>${
      body.join("\n")
    }</tbody></table></div>`;
}

/**
 * A figure: for a chart a canvas for scripts and a picture without, for others their markup; caption,
 * numbers, download.
 *
 * @param figure the figure
 * @param picture PNG of a chart as base64
 * @returns a `<figure>` element
 */
export function figureCard(figure: PageFigure, picture: string): string {
  const [id, title] = [escapeHtml(figure.id), escapeHtml(figure.title)];
  const rows = figure.table.rows.length;
  const content = isChart(figure)
    ? `${viewButtons(figure)}<div class="canvas-box needs-script"${
      figure.height === undefined ? "" : ` style="height: ${figure.height}px"`
    }><canvas data-chart="${id}" role="img" aria-label="${title}. ${
      escapeHtml(figure.caption)
    }"></canvas></div>
<noscript><img alt="${title}" src="data:image/png;base64,${picture}"></noscript>`
    : figure.html;
  return `<figure class="card${figure.wide ? " wide" : ""}" id="figure-${id}">
${itemHeading(`figure-${id}`, figure.title)}
${content}
<figcaption>${escapeHtml(figure.caption)}</figcaption>
<details><summary>Data table (${rows} ${rows === 1 ? "row" : "rows"})</summary>
${csvLink(`${figure.id}.csv`, figure.table)}
${numberTable(figure.table, `Data of: ${figure.title}`)}</details>
</figure>`;
}

/** Buttons that choose between the views of a chart; the first one is called by what it shows. */
function viewButtons({ id, title, views = [] }: ChartFigure): string {
  if (views.length === 0) return "";
  const buttons = ["Values", ...views.map(({ label }) => label)].map((label, i) =>
    `<button type="button" data-view="${i}" aria-pressed="${i === 0}">${escapeHtml(label)}</button>`
  );
  return `<div class="views needs-script" data-of="${escapeHtml(id)}" role="group" aria-label="${
    escapeHtml(`What the axes show: ${title}`)
  }">${buttons.join("")}</div>\n`;
}

/**
 * A note that something is not as the reader expects.
 *
 * @param lead first sentence, as HTML
 * @param points further sentences, plain text
 * @param bad whether something failed
 * @returns a `<div>` element
 */
export function notice(lead: string, points: readonly string[], bad = false): string {
  const list = points.map((point) => `<li>${escapeHtml(point)}</li>`).join("");
  return `<div class="notice${bad ? " bad" : ""}" role="note"><p>${lead}</p>${
    list === "" ? "" : `<ul>${list}</ul>`
  }</div>`;
}

function isNumeric(table: ChartTable, column: number): string {
  return typeof table.rows[0]?.[column] === "string" ? "" : ' class="number"';
}
