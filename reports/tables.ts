/**
 * The drawing of the chosen arcs, and the tables of arcs, runs and settings.
 *
 * @module
 */

import { MACRO_OPS, type MacroArc } from "../nas/arc/macro.ts";
import { formatMacroArc } from "../nas/arc/macro_text.ts";
import { arcFacts, skipSources, tryParseArc } from "./arc_text.ts";
import { escapeHtml, formatCount, formatNumber, formatWithError } from "./format.ts";
import { csvLink } from "./fragments.ts";
import { drawNetwork } from "./network_drawing.ts";
import { opColour } from "./palette.ts";
import { listSettings } from "./settings.ts";
import { arcToDraw, type RunSummary } from "./summary.ts";

/** The drawing of each run's arc with its legend and layer table. */
export async function drawings(runs: readonly RunSummary[]): Promise<string> {
  const views: string[] = [];
  for (const [r, run] of runs.entries()) views.push(await drawing(run, r, runs.length > 1));
  const shown = views.filter((view) => view !== "");
  if (shown.length === 0) return "";
  return `<section><h2>${shown.length > 1 ? "The best arcs" : "The best arc"}</h2>
<p>The image enters at the top. Every layer applies its operation to the layer before it; a red line
adds an earlier tensor to the result (“+”). At a dashed line every tensor that crosses it is reduced to
half its side. <span class="needs-script">Point at a layer to see its own lines.</span></p>
${shown.join("\n")}</section>`;
}

/** All sampled arcs, sortable. */
export function arcsTable(runs: readonly RunSummary[]): string {
  const all = runs.flatMap((run) => run.arcs.map((arc) => ({ run, arc })));
  if (all.length === 0) return "";
  const several = runs.length > 1;
  const columns = ["Epoch", "Index", "Estimate", "Standard error", "Images", "Skips", "Ops", "Arc"];
  const rows: string[] = [];
  const plain: (string | number | null)[][] = [];
  for (const { run, arc } of all) {
    const parsed = tryParseArc(arc.arc);
    const facts = parsed === null ? null : arcFacts(parsed);
    const ops = facts?.ops ?? "";
    rows.push(
      `<tr${arc.arc === run.best?.arc ? ' class="chosen"' : ""}>` +
        (several ? `<td>${escapeHtml(run.label)}</td>` : "") +
        `<td class="number">${formatNumber(arc.epoch)}</td>` +
        `<td class="number">${formatNumber(arc.index)}</td>` +
        `<td class="number" data-value="${Number(arc.estimate)}">` +
        `${formatWithError(arc.estimate, arc.standardError)}</td>` +
        `<td class="number" data-value="${facts?.skips ?? -1}">` +
        `${facts === null ? "–" : `${facts.skips} of ${facts.possibleSkips}`}</td>` +
        `<td class="ops">${opChips(parsed)}</td><td class="arc"><code>${
          escapeHtml(arc.arc)
        }</code></td></tr>`,
    );
    const { epoch, index, estimate, standardError, images } = arc;
    plain.push([
      run.label,
      ...[epoch, index, estimate, standardError, images, facts?.skips ?? null],
      ops,
      arc.arc,
    ]);
  }
  const number = (name: string): string => `<th scope="col" class="number">${name}</th>`;
  return `<section><h2>All sampled arcs</h2>
<p>${
    formatCount(all.length)
  } arcs were sampled and scored at the ends of the epochs. <span class="needs-script">Click a
heading to sort.</span> The chosen arc is marked. The text of an arc reads layer by layer: the number of its op, then one
digit for each earlier tensor, 1 where it is added.</p>
<ul class="legend">${
    MACRO_OPS.map(({ id, label }) => `<li>${opChip(id)} ${label}</li>`).join("")
  }</ul>
${csvLink("arcs.csv", { columns: ["Run", ...columns], rows: plain })}
<div class="table-box tall" tabindex="0" role="region" aria-label="All sampled arcs">
<table id="arcs" data-sortable><thead><tr>${several ? '<th scope="col">Run</th>' : ""}${
    ["Epoch", "Index", "Estimate ± s.e.", "Skips"].map(number).join("")
  }<th scope="col">Op of each layer</th><th scope="col">Arc</th></tr></thead>
<tbody>${rows.join("\n")}</tbody></table></div></section>`;
}

/** Every setting of every run. */
export function settingsTable(runs: readonly RunSummary[]): string {
  const several = runs.length > 1;
  const settings = listSettings(runs.map((run) => run.config));
  let group = "";
  const rows = settings.map((setting) => {
    const heading = setting.group === group
      ? ""
      : `<tr class="group"><th scope="rowgroup" colspan="${runs.length + 1}">` +
        `${escapeHtml(setting.group)}</th></tr>`;
    group = setting.group;
    const cells = setting.values.map((value) =>
      value === undefined ? "<td>–</td>" : `<td><code>${escapeHtml(value)}</code></td>`
    );
    return `${heading}<tr${several && setting.differs ? ' class="differs"' : ""}>` +
      `<th scope="row">${escapeHtml(setting.name)}</th>${cells.join("")}</tr>`;
  });
  const head = runs.map((run) =>
    `<th scope="col">${several ? escapeHtml(run.label) : "Value"}</th>`
  );
  return `<section><h2>Configuration</h2>
<p>Everything needed to repeat ${
    several ? "the runs. Settings in which they differ are marked" : "the run"
  }.
${
    runs.map((run) =>
      `${several ? `${escapeHtml(run.label)} lies in` : "It lies in"} <code>${
        escapeHtml(run.path)
      }</code>.`
    ).join(" ")
  }</p>
<div class="table-box tall" tabindex="0" role="region" aria-label="Configuration">
<table id="settings"><thead><tr><th scope="col">Setting</th>${head.join("")}</tr></thead>
<tbody>${rows.join("\n")}</tbody></table></div></section>`;
}

async function drawing(run: RunSummary, r: number, several: boolean): Promise<string> {
  const shown = arcToDraw(run);
  if (shown === null) return "";
  const arc = tryParseArc(shown.arc);
  const title = several ? escapeHtml(run.label) : "";
  const heading = [
    title,
    shown.chosen ? "" : "No arc was chosen; this is the best one scored so far",
  ]
    .filter((part) => part !== "").join(". ");
  const head = heading === "" ? "" : `<h3>${heading}</h3>`;
  if (arc === null) {
    return `<div class="card arc-view">${head}<p>There is no drawing for this kind of arc:
<code>${escapeHtml(shown.arc)}</code></p></div>`;
  }
  const { shape, classes } = run.config.dataset;
  const svg = await drawNetwork(arc, { id: `net${r + 1}`, shape, classes });
  const used = MACRO_OPS.filter(({ id }) => arc.layers.some(({ op }) => op === id));
  const legend = [
    ...used.map(({ id, label }) =>
      `<li><i style="background:${opColour(id).fill}"></i>${label}</li>`
    ),
    '<li><i class="wire"></i>Chain</li><li><i class="wire skip"></i>Skip connection</li>',
    '<li><i class="wire pool"></i>Factorised reduction</li>',
  ];
  const facts = arcFacts(arc);
  const rows = arc.layers.map(({ op }, layer) =>
    `<tr><td class="number">${layer + 1}</td><td class="op-name">${MACRO_OPS[op].label}</td>` +
    `<td>${skipSources(arc, layer) || "–"}</td></tr>`
  );
  return `<div class="card arc-view">${head}<div class="drawing">${svg}</div>
<div class="reading"><ul class="legend">${legend.join("")}</ul>
<p>${facts.ops}. ${facts.skips} of ${facts.possibleSkips} possible skip connections.</p>
<div class="table-box whole" tabindex="0" role="region" aria-label="Layers of the arc"><table><thead><tr>
<th scope="col" class="number">Layer</th><th scope="col">Op</th><th scope="col">Skips add the output of</th></tr></thead>
<tbody>${rows.join("")}</tbody></table></div>
<details><summary>Arc as text</summary><pre><code>${
    escapeHtml(formatMacroArc(arc, "rows"))
  }</code></pre></details></div></div>`;
}

function opChips(arc: MacroArc | null): string {
  return arc === null ? "" : arc.layers.map(({ op }) => opChip(op)).join("");
}

/** The number of an op on its colour; the styles are those of {@linkcode opStyles}. */
function opChip(op: number): string {
  return `<b class="op op-${op}">${op}</b>`;
}

/** Style rules that colour the chips of ops. */
export function opStyles(): string {
  return MACRO_OPS.map(({ id }) => {
    const { fill, text } = opColour(id);
    return `.op.op-${id} { background: ${fill}; color: ${text}; }`;
  }).join("\n");
}
