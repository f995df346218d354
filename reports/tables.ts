/**
 * The table of sampled arcs.
 *
 * @module
 */

import { type AnySpace, type Arc, spaceOf, SPACES } from "../nas/space/registry.ts";
import { arcFacts } from "./arc_text.ts";
import { batchNormModes, batchNormName } from "./batch_norm.ts";
import { escapeHtml, formatCount, formatNumber, formatWithError } from "./format.ts";
import { csvLink } from "./fragments.ts";
import { OP_COLOURS } from "./palette.ts";
import { readArc } from "./summary.ts";
import type { RunSummary } from "./run_summary.ts";

const CSV_COLUMNS: readonly string[] = [
  "Run",
  "Epoch",
  "Index",
  "Estimate",
  "Standard error",
  "Images",
  "Batch norm",
  "Skips",
  "Ops",
  "Arc",
];

/** All sampled arcs, sortable. */
export function arcsTable(runs: readonly RunSummary[]): string {
  const all = runs.flatMap((run) =>
    run.arcs.map((arc) => ({ run, arc, parsed: readArc(run, arc.arc) }))
  );
  if (all.length === 0) return "";
  const several = runs.length > 1;
  const spaces = Object.values(SPACES).filter(({ name }) =>
    all.some(({ parsed }) => parsed?.space === name)
  );
  const withoutSkips = spaces.length > 0 && !spaces.some(({ hasSkips }) => hasSkips);
  const opHeads = new Set(spaces.map(({ words }) => words.opHead));
  const modes = [...new Set(runs.flatMap(batchNormModes))];
  const rows: string[] = [];
  const plain: (string | number | null)[][] = [];
  for (const { run, arc, parsed } of all) {
    const facts = parsed === null ? null : arcFacts(parsed);
    const skips = facts?.skips ?? null;
    const cells = [
      several ? `<td class="run">${escapeHtml(run.label)}</td>` : "",
      `<td class="number">${formatNumber(arc.epoch)}</td>`,
      `<td class="number">${formatNumber(arc.index)}</td>`,
      `<td class="number" data-value="${Number(arc.estimate)}">` +
      `${formatWithError(arc.estimate, arc.standardError)}</td>`,
      modes.length > 1 ? `<td>${escapeHtml(batchNormName(arc.batchNorm))}</td>` : "",
      withoutSkips
        ? ""
        : `<td class="number" data-value="${skips ?? -1}">${
          skips === null ? "–" : `${skips} of ${facts?.possibleSkips}`
        }</td>`,
      `<td class="ops">${opChips(parsed)}</td>`,
      `<td class="arc"><code>${escapeHtml(arc.arc)}</code></td>`,
    ];
    rows.push(`<tr${arc.arc === run.best?.arc ? ' class="chosen"' : ""}>${cells.join("")}</tr>`);
    const { epoch, index, estimate, standardError, images, batchNorm } = arc;
    plain.push([
      run.label,
      ...[epoch, index, estimate, standardError, images, batchNorm, skips],
      facts?.ops ?? "",
      arc.arc,
    ]);
  }
  const head = [
    several ? '<th scope="col">Run</th>' : "",
    ...["Epoch", "Index", "Estimate ± s.e."].map(numberHead),
    modes.length > 1 ? '<th scope="col">Batch norm</th>' : "",
    withoutSkips ? "" : numberHead("Skips"),
    `<th scope="col">${opHeads.size === 1 ? [...opHeads].join("") : "Ops"}</th>`,
    '<th scope="col">Arc</th>',
  ];
  const mode = modes.length === 1 ? `, batch norm by ${escapeHtml(batchNormName(modes[0]))}` : "";
  return `<section><h2>All sampled arcs</h2>
<p>${formatCount(all.length)} arcs were sampled and scored at the ends of the epochs${mode}.
<span class="needs-script">Click a heading to sort.</span> The chosen arc is marked. ${
    spaces.map(({ words }) => words.text).join(" ")
  }</p>
${spaces.map((space) => opLegend(space, spaces.length > 1)).join("\n")}
${csvLink("arcs.csv", { columns: CSV_COLUMNS, rows: plain })}
<div class="table-box tall" tabindex="0" role="region" aria-label="All sampled arcs">
<table id="arcs" data-sortable><thead><tr>${head.join("")}</tr></thead>
<tbody>${rows.join("\n")}</tbody></table></div></section>`;
}

function numberHead(name: string): string {
  return `<th scope="col" class="number">${name}</th>`;
}

/** The ops of a space with their numbers on their colours. */
function opLegend({ label, ops }: AnySpace, named: boolean): string {
  const items = ops.map((op) => `<li>${opChip(op.id, op.name)} ${op.label}</li>`);
  const head = named ? `<li>${label}:</li>` : "";
  return `<ul class="legend">${head}${items.join("")}</ul>`;
}

function opChips(arc: Arc | null): string {
  if (arc === null) return "";
  const space = spaceOf(arc);
  return space.opsByCell(arc).map((ids) => ids.map((id) => opChip(id, space.ops[id].name)).join(""))
    .join(" | ");
}

/** The number of an op on its colour; the styles are those of {@linkcode opStyles}. */
function opChip(id: number, name: string): string {
  return `<b class="op op-${name}">${id}</b>`;
}

/** Style rules that colour the chips of ops. */
export function opStyles(): string {
  return Object.entries(OP_COLOURS).map(([name, { fill, text }]) =>
    `.op.op-${name} { background: ${fill}; color: ${text}; }`
  ).join("\n");
}
