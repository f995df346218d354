/**
 * The drawing of each run's arc, with its legend, its table and its text.
 *
 * @module
 */

import { type Arc, arcOps } from "../nas/space/arc.ts";
import { MACRO_OPS, type MacroArc } from "../nas/space/macro/arc.ts";
import type { SkipIndex } from "../nas/space/macro/structure.ts";
import {
  MICRO_OPS,
  type MicroArc,
  type MicroCell,
  type MicroCellName,
  type MicroOperand,
} from "../nas/space/micro/arc.ts";
import { drawArcSvg } from "./arc_drawing.ts";
import { arcFacts, arcOpIds, arcRowsText, countOps, looseEnds, skipSources } from "./arc_text.ts";
import { drawCell, tensorName } from "./cell_drawing.ts";
import { type CellStackOptions, drawCellStack } from "./cell_stack.ts";
import { escapeHtml, NBSP } from "./format.ts";
import { drawNetwork } from "./network_drawing.ts";
import { opColour } from "./palette.ts";
import { findSetting, findSettingText } from "./settings.ts";
import { arcToDraw, readArc } from "./summary.ts";
import type { RunSummary } from "./run_summary.ts";

const MACRO_INTRODUCTION =
  `The image enters at the top. Every layer applies its operation to the layer before it; a red line
adds an earlier tensor to the result (“+”). At a dashed line every tensor that crosses it is reduced to
half its side.`;

const MICRO_INTRODUCTION =
  `A network of the micro space repeats two small cells. Each reads the outputs of two layers, at
the top; every numbered circle adds up the results of two operations, and its number is that of the
arc's text. Tensors that nothing reads, the loose ends, go into the output along red lines.`;

/** Layers of the deepest network that is drawn; of a deeper one there is only the text. */
const MAX_DRAWN = 200;

/** The drawing of each run's arc with its legend and table. */
export async function drawings(runs: readonly RunSummary[]): Promise<string> {
  const views: string[] = [];
  const spaces = new Set<string>();
  for (const [r, run] of runs.entries()) {
    const shown = arcToDraw(run);
    if (shown === null) continue;
    const arc = readArc(run, shown.arc);
    if (arc !== null) spaces.add(arc.space);
    const heading = [
      runs.length > 1 ? escapeHtml(run.label) : "",
      shown.chosen ? "" : "No arc was chosen; this is the best one scored so far",
    ].filter((part) => part !== "").join(". ");
    const head = heading === "" ? "" : `<h3>${heading}</h3>`;
    const inside = arc === null || isTooDeep(arc)
      ? `<p>There is no drawing for this kind of arc: <code>${escapeHtml(shown.arc)}</code></p>`
      : arc.space === "macro"
      ? await macroView(arc, run, `net${r + 1}`)
      : await microView(arc, run, `net${r + 1}`);
    views.push(
      `<div class="card arc-view${arc?.space === "micro" ? " cells" : ""}">${head}${inside}</div>`,
    );
  }
  if (views.length === 0) return "";
  const trains = runs.every(({ kind }) => kind === "train");
  const title = trains ? "The arc" : "The best arc";
  return `<section id="arc"><h2>${
    views.length === 1 ? title : trains ? "The arcs" : "The arcs of the runs"
  }</h2>
${
    [
      ...(spaces.has("macro") ? [MACRO_INTRODUCTION] : []),
      ...(spaces.has("micro") ? [MICRO_INTRODUCTION] : []),
    ].map((text, i, all) =>
      `<p>${text}${
        i === all.length - 1
          ? ' <span class="needs-script">Point at a layer or circle to see its own lines.</span>'
          : ""
      }</p>`
    ).join("\n")
  }
${views.join("\n")}</section>`;
}

function isTooDeep(arc: Arc): boolean {
  return (arc.space === "macro" ? arc.layers : arc.normal.nodes).length > MAX_DRAWN;
}

async function macroView(arc: MacroArc, run: RunSummary, id: string): Promise<string> {
  const { shape, classes } = run.config.dataset;
  const skipIndex = skipIndexOf(run);
  const svg = await drawNetwork(arc, { id, shape, classes, skipIndex });
  const legend = [
    ...usedOps(arc),
    '<li><i class="wire"></i>Chain</li><li><i class="wire skip"></i>Skip connection</li>',
    '<li><i class="wire pool"></i>Factorised reduction</li>',
  ];
  const { ops, skips, possibleSkips } = arcFacts(arc);
  const rows = arc.layers.map(({ op }, layer) =>
    `<tr><td class="number">${layer + 1}</td><td class="op-name">${MACRO_OPS[op].label}</td>` +
    `<td>${skipSources(arc, layer, skipIndex) || "–"}</td></tr>`
  );
  return `<div class="drawing">${svg}</div>
<div class="reading"><ul class="legend">${legend.join("")}</ul>
<p>${ops}. ${skips} of ${possibleSkips} possible skip connections.</p>
<div class="table-box whole" tabindex="0" role="region" aria-label="Layers of the arc"><table><thead><tr>
<th scope="col" class="number">Layer</th><th scope="col">Op</th><th scope="col">Skips add the output of</th></tr></thead>
<tbody>${rows.join("")}</tbody></table></div>
${textBlock(arc)}</div>`;
}

async function microView(arc: MicroArc, run: RunSummary, id: string): Promise<string> {
  const { official, ...stack } = microNetwork(run);
  const graph = official ? "official" : "faithful";
  const cells: string[] = [];
  // Columns as wide as their drawings, so that both are drawn at one scale.
  const columns: string[] = [];
  for (
    const [name, title] of [["normal", "Normal cell (N)"], [
      "reduction",
      "Reduction cell (R)",
    ]] as const
  ) {
    const svg = await drawCell(arc[name], { id: `${id}-${name}`, name, graph });
    columns.push(`minmax(20rem, ${/ width="(\d+)"/.exec(svg)?.[1] ?? 1}fr)`);
    cells.push(`<div class="cell-view"><h4>${title}</h4><div class="drawing">${svg}</div>
${cellTable(arc[name], name)}</div>`);
  }
  const legend = [
    ...usedOps(arc),
    '<li><i class="wire"></i>Enters an op</li><li><i class="wire skip"></i>Loose end</li>',
  ];
  const strip = stack.layers === undefined
    ? ""
    : `<div class="stack-view"><h4>How the cells are stacked</h4><div class="drawing">${
      drawCellStack({ ...stack, layers: stack.layers })
    }</div><p>${graphText(official)}</p></div>`;
  return `<ul class="legend">${legend.join("")}</ul>
<div class="cell-pair" style="--columns: ${columns.join(" ")}">${cells.join("\n")}</div>
${strip}
<div class="reading">${textBlock(arc)}</div>`;
}

/**
 * The drawing of a run's arc as a file that stands alone.
 *
 * @param run the run
 * @returns an SVG document, or null where there is no arc that can be drawn
 */
export async function runArcSvg(run: RunSummary): Promise<string | null> {
  const shown = arcToDraw(run);
  const arc = shown === null ? null : readArc(run, shown.arc);
  if (arc === null || isTooDeep(arc)) return null;
  const { shape, classes } = run.config.dataset;
  if (arc.space === "macro") {
    return await drawArcSvg(arc, { shape, classes, skipIndex: skipIndexOf(run) });
  }
  const { official, ...stack } = microNetwork(run);
  return await drawArcSvg(arc, { ...stack, graph: official ? "official" : "faithful" });
}

/** The network that the drawing belongs to: the one trained from scratch, else the child. */
function microNetwork(
  run: RunSummary,
): Omit<CellStackOptions, "layers"> & {
  readonly layers: number | undefined;
  readonly official: boolean;
} {
  const trained = run.kind === "train" || run.final !== null || run.training.length > 0;
  const group = findSetting(run.config.hyperparameters, trained ? "finalTraining" : "child");
  const settings = (group ?? {}) as Readonly<Record<string, unknown>>;
  const count = (value: unknown): number | undefined =>
    typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= MAX_DRAWN
      ? value
      : undefined;
  return {
    layers: count(settings.layers),
    filters: count(settings.filters),
    shape: run.config.dataset.shape,
    classes: run.config.dataset.classes,
    official: trained && (run.final?.graph ?? settings.graph) === "official",
  };
}

function graphText(official: boolean): string {
  return official
    ? "This is the released code's retrain network: a reduction cell halves the image inside, by " +
      "strided ops, and the loose ends are concatenated without a 1×1 convolution."
    : "Filters double and sides halve at every reduction cell. Such a cell takes the output of the " +
      "previous layer twice, halved by separate weights each time; its ops have stride 1. A 1×1 " +
      "convolution brings the concatenated loose ends back to the number of filters.";
}

function cellTable(cell: MicroCell, name: MicroCellName): string {
  const operand = ({ input, op }: MicroOperand): string =>
    `<td class="op-name">${MICRO_OPS[op].label} of ${tensorName(input).replace(" ", NBSP)}</td>`;
  const rows = cell.nodes.map(({ operands }, c) =>
    `<tr><td class="number">${c + 2}</td>${operands.map(operand).join("")}</tr>`
  );
  const ids = cell.nodes.flatMap(({ operands }) => operands.map(({ op }) => op));
  return `<p>${countOps("micro", ids)}. Loose ends: ${looseEnds(cell)}.</p>
<div class="table-box whole" tabindex="0" role="region" aria-label="Nodes of the ${name} cell"><table><thead><tr>
<th scope="col" class="number">Tensor</th><th scope="col">First operand</th><th scope="col">Second operand</th></tr></thead>
<tbody>${rows.join("")}</tbody></table></div>`;
}

function usedOps(arc: Arc): string[] {
  const ids = new Set(arcOpIds(arc).flat());
  return arcOps(arc.space).filter(({ id }) => ids.has(id)).map(({ name, label }) =>
    `<li><i style="background:${opColour(name).fill}"></i>${label}</li>`
  );
}

function textBlock(arc: Arc): string {
  return `<details><summary>Arc as text</summary><pre><code>${
    escapeHtml(arcRowsText(arc))
  }</code></pre></details>`;
}

function skipIndexOf(run: RunSummary): SkipIndex {
  return findSettingText(run.config, "skipIndex") === "layer-output"
    ? "layer-output"
    : "stem-first";
}
