/**
 * Draws a cell of the micro space as inline SVG, as figures 11 and 12 of the thesis do: the inputs
 * at the top, every node as the sum of two ops, loose ends gathered in the output. Graphviz finds
 * the places.
 *
 * @module
 */

import {
  MICRO_OPS,
  type MicroCell,
  microCellLooseEnds,
  type MicroCellName,
} from "../nas/space/micro/arc.ts";
import { opColour, SKIP_COLOUR } from "./palette.ts";
import { drawDot, DRAWING_FONT } from "./svg.ts";

/** Which network the cell belongs to: `official` has no 1×1 convolution behind its output. */
export type CellGraph = "faithful" | "official";

/** Options of {@linkcode drawCell}. */
export interface DrawCellOptions {
  /** Starts the ids of all elements; must differ between drawings on one page. */
  readonly id: string;
  readonly name: MicroCellName;
  /** `faithful` when left out. */
  readonly graph?: CellGraph | undefined;
}

/** One wire of a cell. */
export interface CellEdge {
  /** `read`: a tensor enters an op; `sum`: an op's result is added; `loose`: to the output. */
  readonly kind: "read" | "sum" | "loose";
  /** Tensor at the start (`read`, `loose`), or the tensor whose sum the op belongs to (`sum`). */
  readonly tensor: number;
  /** Node of the op, as its tensor's index; null for `loose`. */
  readonly node: number | null;
  /** Operand of that node, 0 or 1; null for `loose`. */
  readonly operand: number | null;
}

/**
 * Lists every wire of a cell; the drawing shows exactly these.
 *
 * @param cell A valid cell with B nodes.
 * @returns 2B `read`, 2B `sum` and one `loose` edge for each loose end.
 */
export function cellEdges(cell: MicroCell): CellEdge[] {
  const operands = cell.nodes.flatMap(({ operands }, c) =>
    operands.map(({ input }, operand) => ({ input, node: c + 2, operand }))
  );
  return [
    ...operands.map(({ input, node, operand }): CellEdge => ({
      kind: "read",
      tensor: input,
      node,
      operand,
    })),
    ...operands.map(({ node, operand }): CellEdge => ({
      kind: "sum",
      tensor: node,
      node,
      operand,
    })),
    ...microCellLooseEnds(cell).map((tensor): CellEdge => ({
      kind: "loose",
      tensor,
      node: null,
      operand: null,
    })),
  ];
}

/**
 * Names a tensor of a cell.
 *
 * @param index Index as in the arc's text.
 * @returns `h[i−1]` and `h[i]` for the inputs 0 and 1, else `tensor 2` and so on.
 */
export function tensorName(index: number): string {
  return index === 0 ? "h[i−1]" : index === 1 ? "h[i]" : `tensor ${index}`;
}

/**
 * Says in one sentence what the drawing of a cell shows.
 *
 * @param cell A valid cell.
 * @param name Which of the two cells it is.
 * @returns The sentence, without a period.
 */
export function describeCell(cell: MicroCell, name: MicroCellName): string {
  const nodes = cell.nodes.map(({ operands }, c) =>
    `tensor ${c + 2} = ` +
    operands.map(({ input, op }) => `${MICRO_OPS[op].label} of ${tensorName(input)}`).join(" + ")
  );
  const loose = microCellLooseEnds(cell).map(tensorName);
  return `${name === "normal" ? "Normal" : "Reduction"} cell of ${cell.nodes.length} ` +
    `${cell.nodes.length === 1 ? "node" : "nodes"}: ${nodes.join("; ")}; output: ${
      loose.join(", ")
    }`;
}

/**
 * Draws one cell.
 *
 * @param cell A valid cell.
 * @param options Ids, which cell it is, and the network it belongs to.
 * @returns An `<svg>` element as text, without XML head, comments or addresses.
 */
export function drawCell(cell: MicroCell, options: DrawCellOptions): Promise<string> {
  return drawDot({
    dot: cellDot(cell, options),
    engine: "dot",
    classes: `network cell ${options.name}`,
    label: describeCell(cell, options.name),
  });
}

/**
 * The Graphviz source of the drawing.
 *
 * @param cell A valid cell.
 * @param options Ids, which cell it is, and the network it belongs to.
 * @returns DOT text for the engine `dot`.
 */
export function cellDot(cell: MicroCell, options: DrawCellOptions): string {
  const { id, graph = "faithful" } = options;
  const loose = new Set(microCellLooseEnds(cell));
  const lines: string[] = [];
  for (const [index, what] of [[0, "2 layers back"], [1, "1 layer back"]] as const) {
    lines.push(
      `"t${index}" [shape=box width=1.25 style="filled,rounded" fillcolor="#eef1f5" color="#8793a5" ` +
        `fontcolor="#1c2430" label="${index}:  ${tensorName(index)}\\n${what}" ` +
        `id="${id}-tensor-${index}" class="end place place-${index}"]`,
    );
  }
  lines.push('{ rank=source; "t0"; "t1" }', '"t0" -> "t1" [style=invis]');
  cell.nodes.forEach(({ operands }, c) => {
    const tensor = c + 2;
    operands.forEach(({ op }, operand) => {
      const { name, label } = MICRO_OPS[op];
      const { fill, text } = opColour(name);
      lines.push(
        `"o${tensor}.${operand}" [shape=box width=1.2 style="filled,rounded" fillcolor="${fill}" ` +
          `color="${fill}" fontcolor="${text}" label="${label}" ` +
          `id="${id}-op-${tensor}-${operand}" class="layer op-${name}"]`,
      );
    });
    lines.push(
      `"t${tensor}" [shape=circle width=0.42 fixedsize=true style=filled fillcolor="#ffffff" ` +
        `penwidth=${loose.has(tensor) ? 2.4 : 1.2} color="${SKIP_COLOUR}" ` +
        `fontcolor="${SKIP_COLOUR}" label="+${tensor}" id="${id}-tensor-${tensor}" ` +
        `class="sum place place-${tensor}${loose.has(tensor) ? " loose" : ""}"]`,
    );
  });
  const [end, width] = graph === "official"
    ? ["Concatenate", 1.25]
    : ["Concatenate, conv 1×1", 1.85];
  lines.push(
    `"out" [shape=box width=${width} style="filled,rounded" fillcolor="#eef1f5" color="#8793a5" ` +
      `fontcolor="#1c2430" label="${end}" id="${id}-output" class="end"]`,
    '{ rank=sink; "out" }',
  );
  // Independent nodes would all stand in one rank; two a rank keep the drawing narrow.
  for (let tensor = 2; tensor < cell.nodes.length; tensor++) {
    for (const operand of [0, 1]) {
      lines.push(`"t${tensor}" -> "o${tensor + 2}.${operand}" [style=invis weight=0]`);
    }
  }
  for (const edge of cellEdges(cell)) lines.push(edgeLine(edge, id));
  return `digraph cell { graph [rankdir=TB ranksep=0.32 nodesep=0.16 bgcolor="transparent" pad=0.05` +
    `]; node [fontname="${DRAWING_FONT}" fontsize=11 height=0.36 margin="0.14,0.05"]; ` +
    `edge [fontname="${DRAWING_FONT}" arrowsize=0.5 color="#3c4858"];\n${lines.join(";\n")};\n}\n`;
}

function edgeLine({ kind, tensor, node, operand }: CellEdge, id: string): string {
  switch (kind) {
    case "read":
      return `"t${tensor}" -> "o${node}.${operand}" [penwidth=1.3 ` +
        `id="${id}-read-${node}-${operand}" class="wire from-${tensor} to-${node}" ` +
        `edgetooltip="${tensorName(tensor)} enters an op of tensor ${node}"]`;
    case "sum":
      return `"o${node}.${operand}" -> "t${tensor}" [penwidth=1.3 ` +
        `id="${id}-sum-${node}-${operand}" class="wire to-${node}" ` +
        `edgetooltip="Summand of tensor ${node}"]`;
    case "loose":
      return `"t${tensor}" -> "out" [penwidth=2 color="${SKIP_COLOUR}" ` +
        `id="${id}-loose-${tensor}" class="wire loose from-${tensor}" ` +
        `edgetooltip="Loose end: ${tensorName(tensor)} is part of the output"]`;
  }
}
