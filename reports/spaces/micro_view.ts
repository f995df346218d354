/**
 * How reports draw and speak of the micro space.
 *
 * @module
 */

import {
  MICRO_OPS,
  type MicroArc,
  type MicroCell,
  type MicroCellName,
  type MicroOperand,
} from "../../nas/space/micro/arc.ts";
import { countOps, looseEnds } from "../arc_text.ts";
import { describeCell, drawCell, tensorName } from "../cell_drawing.ts";
import { type CellStackOptions, drawCellStack } from "../cell_stack.ts";
import { microDrawings } from "../drawings/micro_drawings.ts";
import { NBSP } from "../format.ts";
import type { RunSummary } from "../run_summary.ts";
import { findSetting } from "../settings.ts";
import { type PlacedDrawing, standaloneSvg } from "../svg.ts";
import { textBlock, usedOps } from "./parts.ts";
import { type DrawArcOptions, MAX_DRAWN, type SpaceView } from "./space_view.ts";

/** How the micro space is drawn. */
export const MICRO_VIEW: SpaceView<MicroArc> = {
  introduction:
    `A network of the micro space repeats two small cells. Each reads the outputs of two layers, at
the top; every numbered circle adds up the results of two operations, and its number is that of the
arc's text. Tensors that nothing reads, the loose ends, go into the output along red lines.`,
  cardClass: "cells",
  elsewhere: "The cells themselves and how they are stacked, figures 3 and 11 of the thesis, are " +
    'drawn under <a href="#arc">the best arc</a>.',
  decides: cellsText,
  outline: cellsText,
  svg: microSvg,
  drawOptions(run) {
    const { official, ...stack } = microNetwork(run);
    return { ...stack, graph: official ? "official" : "faithful" };
  },
  view: microView,
  drawings: microDrawings,
};

function cellsText({ normal: { nodes } }: MicroArc): string {
  return `two cells of ${nodes.length} nodes`;
}

async function microSvg(
  arc: MicroArc,
  { shape, classes, layers, filters, graph }: DrawArcOptions,
): Promise<string> {
  const normal = await drawCell(arc.normal, { id: "normal", name: "normal", graph });
  const reduction = await drawCell(arc.reduction, { id: "reduction", name: "reduction", graph });
  const rows: PlacedDrawing[][] = [[
    { svg: normal, title: "Normal cell (N)" },
    { svg: reduction, title: "Reduction cell (R)" },
  ]];
  if (layers !== undefined) {
    const svg = drawCellStack({ layers, filters, shape, classes });
    rows.push([{ svg, title: "How the cells are stacked" }]);
  }
  const label = `${describeCell(arc.normal, "normal")}. ${
    describeCell(arc.reduction, "reduction")
  }`;
  return standaloneSvg(rows, label);
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
