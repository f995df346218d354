/**
 * Tables of a study as HTML: its own, and its scale beside the thesis's.
 *
 * @module
 */

import type { StudyReport, StudyTable } from "../nas/stats/study_report.ts";
import { fixedNumber } from "../nas/text/words.ts";
import { escapeHtml, formatNumber } from "./format.ts";
import { csvLink, itemHeading } from "./fragments.ts";
import { uniqueSlugs } from "./slugs.ts";
import { joinSentences, NOT_RUN, scaleNote } from "./study_figures/parts.ts";

/** How far the settings are from the thesis's; empty where nothing is said of it. */
export function scaleSection({ scale: { label, facts } }: StudyReport): string {
  if (facts.length === 0) return "";
  const rows = facts.map(({ name, value, thesis }) =>
    `<tr${value === thesis ? "" : ' class="differs"'}><th scope="row">${escapeHtml(name)}</th><td>${
      escapeHtml(brief(value))
    }</td><td class="thesis">${escapeHtml(brief(thesis))}</td></tr>`
  ).join("\n");
  return `<p>${
    escapeHtml(joinSentences([scaleNote(label)]))
  } Accuracies at another scale must not be compared with the thesis's;
rows that differ are marked.</p>
<div class="table-box whole" tabindex="0" role="region" aria-label="Settings beside the thesis's">
<table><thead><tr><th scope="col">Setting</th><th scope="col">Here</th><th scope="col" class="thesis">Thesis</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

/** A setting without digits that nobody chose. */
function brief(value: string): string {
  return /^-?\d+\.\d{7,}$/.test(value) ? String(Number(Number(value).toPrecision(4))) : value;
}

/** All tables, each with its scale and its numbers as CSV; empty where there are none. */
export function tablesSection({ tables, scale }: StudyReport): string {
  const slugs = uniqueSlugs(
    tables.map(({ id }) => id.startsWith("table-") ? id : `table-${id}`),
  );
  return tables.map((table, i) => tableFigure(table, slugs[i], scale.label)).join("\n");
}

function tableFigure(table: StudyTable, slug: string, scale: string): string {
  const { title, caption, columns, rows, thesisColumns, digits } = table;
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
  const cell = (value: string | number | null, i: number) =>
    `<td${kind(i, isNumeric(i))}>${cellText(value, digits[i] ?? null)}</td>`;
  const body = rows.length === 0
    ? `<tr><td colspan="${columns.length}"><span class="none">${NOT_RUN}</span></td></tr>`
    : rows.map((row) => `<tr>${columns.map((_, i) => cell(row[i] ?? null, i)).join("")}</tr>`)
      .join("\n");
  return `<figure class="card study-table" id="${slug}">${itemHeading(slug, title)}
<div class="table-box whole" tabindex="0" role="region" aria-label="${escapeHtml(title)}">
<table><thead><tr>${headings.join("")}</tr></thead><tbody>${body}</tbody></table></div>
<figcaption>${
    escapeHtml(joinSentences([
      caption,
      scaleNote(table.scale ?? scale),
      thesisColumns.length > 0 ? "Grey: numbers of the thesis." : "",
    ]))
  }</figcaption>
${csvLink(`${slug}.csv`, { columns, rows })}
</figure>`;
}

function cellText(value: string | number | null, places: number | null): string {
  if (value === null) return `<span class="none">${NOT_RUN}</span>`;
  if (typeof value === "string") return escapeHtml(value);
  return places === null ? formatNumber(value) : fixedNumber(value, places);
}
