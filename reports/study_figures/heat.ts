/**
 * One value for each pair of a row and a column: a table whose cells are coloured by value.
 *
 * @module
 */

import heatStyle from "../heat.css" with { type: "text" };
import type { StudyFigureOf } from "../../nas/stats/study_report.ts";
import { fixedNumber } from "../../nas/text/words.ts";
import type { ChartTable } from "../charts.ts";
import type { MarkupFigure } from "../figures.ts";
import { escapeHtml } from "../format.ts";
import { HEAT_LEVELS, heatColours } from "../palette.ts";
import { DRAWING_FONT, svgHead } from "../svg.ts";
import { NOT_RUN, shorten } from "./parts.ts";

type HeatMap = StudyFigureOf<"heat">;

/** From this number of columns on, a map takes the whole width of the page. */
const WIDE_FROM = 8;

/** The map as a table that every reader can read, and as a drawing for pictures. */
export function heatMap(
  figure: HeatMap,
): Pick<MarkupFigure, "html" | "svg" | "table" | "wide"> {
  const { columns, rows } = figure;
  const table: ChartTable = {
    columns: ["", ...columns],
    rows: rows.map(({ label, values }) => [label, ...columns.map((_, i) => values[i] ?? null)]),
    none: ["", ...columns.map(() => NOT_RUN)],
  };
  return { html: heatHtml(figure), svg: heatSvg(figure), table, wide: columns.length >= WIDE_FROM };
}

/** Style rules of {@linkcode heatMap}, with its colours for both themes and for print. */
export function heatStyles(): string {
  const rules = (theme: "light" | "dark") =>
    heatColours(theme).map(({ fill, text }, level) =>
      `.heat-${level} { background: ${fill}; color: ${text}; }`
    ).join("\n");
  return `${heatStyle}${rules("light")}
@media screen and (prefers-color-scheme: dark) {
${rules("dark")}
}
`;
}

function heatHtml(figure: HeatMap): string {
  const { columns, rows, title } = figure;
  const head = columns.map((column) => nameCell("col", column)).join("");
  const body = rows.map(({ label, values }) => {
    const cells = columns.map((_, i) => {
      const value = values[i] ?? null;
      return value === null
        ? `<td class="none">${NOT_RUN}</td>`
        : `<td class="heat-${levelOf(value, figure.range)}">${numeral(value, figure)}</td>`;
    });
    return `<tr>${nameCell("row", label)}${cells.join("")}</tr>`;
  }).join("\n");
  const [low, high] = figure.range.map((end) => numeral(end, figure));
  const steps = heatColours("light").map((_, level) => `<i class="heat-${level}"></i>`).join("");
  return `<div class="table-box whole" tabindex="0" role="region" aria-label="${escapeHtml(title)}">
<table class="heat"><thead><tr><td></td>${head}</tr></thead><tbody>${body}</tbody></table></div>
<p class="heat-scale"><span>${escapeHtml(valueTitle(figure))}:</span>
<span class="steps">${low} <span role="img" aria-label="colours from ${low} to ${high}">${steps}</span> ${high}</span></p>`;
}

/** A heading of the map; a very long one is whole in its tooltip and in the data table. */
function nameCell(scope: "row" | "col", name: string): string {
  const short = shorten(name, 60);
  const whole = short === name ? "" : ` title="${escapeHtml(name)}"`;
  return `<th scope="${scope}"${whole}>${escapeHtml(short)}</th>`;
}

/** What the numbers are; those of an axis of per cent are written without the sign. */
function valueTitle({ value }: HeatMap): string {
  return value.percent ? `${value.title} (%)` : value.title;
}

/** Number of the colour of a value; beyond the range that of the nearer end. */
function levelOf(value: number, [low, high]: readonly [number, number]): number {
  if (high === low) return 0;
  const place = Math.floor((value - low) / (high - low) * HEAT_LEVELS);
  return Math.min(HEAT_LEVELS - 1, Math.max(0, place));
}

/** A value with as many digits as its range calls for. */
function numeral(value: number, { value: { percent }, range: [low, high] }: HeatMap): string {
  const scale = percent ? 100 : 1;
  const span = Math.abs(high - low) * scale;
  const digits = span >= 500 ? 0 : span >= 5 ? 1 : span >= 0.5 ? 2 : 3;
  return fixedNumber(value * scale, digits);
}

const CELL = { width: 58, height: 28 };
const TEXT = { size: 12, width: 6.6 };

function heatSvg(figure: HeatMap): string {
  const { columns, rows, title } = figure;
  const colours = heatColours("light");
  const names = rows.map(({ label }) => shorten(label, 32));
  const heads = columns.map((column) => shorten(column, 16));
  const left = 12 + TEXT.width * Math.max(4, ...names.map(({ length }) => length));
  const cell = Math.max(CELL.width, 12 + TEXT.width * Math.max(0, ...heads.map((h) => h.length)));
  const bottom = CELL.height * (rows.length + 1);
  const [low, high] = figure.range.map((end) => numeral(end, figure));
  const legend = `${valueTitle(figure)}: ${low}`;
  const bar = 8 + TEXT.width * legend.length;
  const width = Math.ceil(Math.max(left + cell * columns.length, bar + 24 * HEAT_LEVELS + 80));
  const height = bottom + 44;
  const text = (x: number, y: number, content: string, anchor: string, fill = "#1c2430") =>
    `<text x="${x.toFixed(1)}" y="${y}" text-anchor="${anchor}" fill="${fill}">${
      escapeHtml(content)
    }</text>`;
  const box = (x: number, y: number, w: number, h: number, fill: string) =>
    `<rect x="${x.toFixed(1)}" y="${y}" width="${w.toFixed(1)}" height="${h}" fill="${fill}"/>`;
  const parts = heads.map((head, i) => text(left + cell * (i + 0.5), 18, head, "middle"));
  rows.forEach(({ values }, r) => {
    const y = CELL.height * (r + 1);
    parts.push(text(left - 8, y + 18, names[r], "end"));
    columns.forEach((_, c) => {
      const value = values[c] ?? null;
      const x = left + cell * c;
      const colour = value === null ? null : colours[levelOf(value, figure.range)];
      parts.push(
        box(x + 1, y + 1, cell - 2, CELL.height - 2, colour?.fill ?? "#ffffff"),
        text(
          x + cell / 2,
          y + 18,
          value === null ? NOT_RUN : numeral(value, figure),
          "middle",
          colour?.text ?? "#566273",
        ),
      );
    });
  });
  parts.push(text(4, bottom + 28, legend, "start"));
  colours.forEach(({ fill }, level) =>
    parts.push(box(bar + 24 * level, bottom + 18, 24, 12, fill))
  );
  parts.push(text(bar + 24 * HEAT_LEVELS + 8, bottom + 28, high, "start"));
  return `${svgHead("heat", title, width, height)} viewBox="0 0 ${width} ${height}">
<g font-family="${DRAWING_FONT}" font-size="${TEXT.size}">${parts.join("\n")}</g></svg>`;
}
