/**
 * All connections that an arc could have, with those that it has in red, as figures 7 and 12 of the
 * thesis show them.
 *
 * @module
 */

import { MACRO_OPS, type MacroArc } from "../../nas/space/macro/arc.ts";
import type { SkipIndex } from "../../nas/space/macro/structure.ts";
import {
  MICRO_OPS,
  type MicroArc,
  microCellLooseEnds,
  type MicroCellName,
} from "../../nas/space/micro/arc.ts";
import { tensorName } from "../cell_drawing.ts";
import { opName } from "./op_names.ts";
import { arrow, opField, rect, round, sheet, straightArrow, text } from "./shapes.ts";

/** One connection that could be; counted from 1 in the macro space, tensors from 0 in a cell. */
export interface DagEdge {
  readonly from: number;
  readonly to: number;
  /** Operand 0 or 1 of a node; null in the macro space. */
  readonly operand: number | null;
  /** Whether the arc has it. */
  readonly active: boolean;
}

/**
 * Every skip connection of a macro network: bit i of layer j is the edge i -> j, counted from 1.
 *
 * @param arc A valid arc.
 * @returns L(L-1)/2 edges
 */
export function macroDagEdges(arc: MacroArc): DagEdge[] {
  return arc.layers.flatMap(({ skips }, layer) =>
    skips.map((active, bit) => ({ from: bit + 1, to: layer + 1, operand: null, active }))
  );
}

/**
 * Every way in which the operands of a cell's nodes can read an earlier tensor.
 *
 * @param arc A valid arc.
 * @param cell which cell
 * @returns edges from each earlier tensor to each operand; one is active for each operand
 */
export function microDagEdges(arc: MicroArc, cell: MicroCellName): DagEdge[] {
  return arc[cell].nodes.flatMap(({ operands }, node) =>
    operands.flatMap(({ input }, operand) =>
      Array.from({ length: node + 2 }, (_, from) => ({
        from,
        to: node + 2,
        operand,
        active: from === input,
      }))
    )
  );
}

const MARGIN = 10;

/**
 * Draws the graph of a macro arc: layers from left to right, the chain between them, skips as bows.
 *
 * @param arc A valid arc.
 * @param options ids, and how skip bits are read: decides where bows begin
 * @returns an `<svg class="drawn dag">` element as text
 */
export function drawMacroDag(
  arc: MacroArc,
  { id, skipIndex }: { readonly id: string; readonly skipIndex: SkipIndex },
): string {
  const layers = arc.layers.length;
  const [step, width] = layers <= 8 ? [112, 78] : layers <= 14 ? [76, 50] : [46, 28];
  const centre = (layer: number) => MARGIN + width / 2 + (layer - 1) * step;
  const height = (span: number) => layers <= 8 ? 20 + 34 * span : 18 + 17 * span;
  const edges = macroDagEdges(arc);
  const reach = Math.max(0, ...edges.map(({ from, to }) => to - from));
  const top = height(reach) * 0.75 + 14;
  const start = (from: number) => centre(from) + (skipIndex === "stem-first" ? -1 : 1) * width / 2;
  const bow = ({ from, to }: DagEdge): Bow => ({
    from: [start(from), top],
    to: [centre(to) + width / 2, top],
    height: height(to - from),
  });
  const parts = [
    possible(edges.filter(({ active }) => !active).map(bow)),
    ...Array.from({ length: layers - 1 }, (_, i) =>
      straightArrow(
        [centre(i + 1) + width / 2, top + 20],
        [centre(i + 2) - width / 2, top + 20],
        { width: 2, classes: "chain", id: `${id}-chain-${i + 1}-${i + 2}` },
      )),
    ...edges.filter(({ active }) => active).map((edge) =>
      active(bow(edge), `${id}-edge-${edge.from}-${edge.to}`, `${edge.from} → ${edge.to}`)
    ),
    ...arc.layers.map(({ op }, l) => {
      const { name } = MACRO_OPS[op];
      const area = { x: centre(l + 1) - width / 2, y: top, width, height: 40 };
      const words = width >= 70 ? `${l + 1}  ${opName(name)}` : String(l + 1);
      return opField(area, name, words, width >= 70 ? 11.5 : 12);
    }),
  ];
  const set = edges.filter(({ active }) => active).map(({ from, to }) => `${from} → ${to}`);
  return sheet({
    id,
    classes: "dag",
    title: `All skip connections of ${layers} layers, with the arc's own in red`,
    description: `${set.length} of ${edges.length} possible skip connections are set: ${
      set.length === 0 ? "none" : set.join(", ")
    }. The chain joins every layer to the next.`,
    width: centre(layers) + width / 2 + MARGIN,
    height: top + 40 + MARGIN,
    parts,
  });
}

/**
 * Draws the graph of a cell: tensors from left to right; above them what first operands could read,
 * below what second operands could.
 *
 * @param arc A valid arc.
 * @param options ids, and which cell
 * @returns an `<svg class="drawn dag">` element as text
 */
export function drawMicroDag(
  arc: MicroArc,
  { id, cell }: { readonly id: string; readonly cell: MicroCellName },
): string {
  const { nodes } = arc[cell];
  const tensors = nodes.length + 2;
  const [step, size] = tensors <= 9 ? [68, 42] : [52, 34];
  const loose = new Set(microCellLooseEnds(arc[cell]));
  const centre = (tensor: number) => MARGIN + 14 + size / 2 + tensor * step;
  const height = (span: number) => 16 + 15 * span;
  const room = height(tensors - 1) * 0.75 + 18;
  const middle = room + size / 2;
  const edges = microDagEdges(arc, cell);
  const bow = ({ from, to, operand }: DagEdge): Bow => {
    const side = operand === 0 ? -1 : 1;
    const y = middle + side * size / 2;
    return {
      from: [centre(from) + 5, y],
      to: [centre(to) - 5, y],
      height: -side * height(to - from),
    };
  };
  const parts = [
    possible(edges.filter(({ active }) => !active).map(bow)),
    ...edges.filter(({ active }) => active).map((edge) => {
      const { from, to, operand } = edge;
      const op = MICRO_OPS[nodes[to - 2].operands[operand!].op].label;
      return active(
        bow(edge),
        `${id}-edge-${from}-${to}-${operand}`,
        `${op} of ${tensorName(from)} into ${tensorName(to)}`,
      );
    }),
    ...Array.from({ length: tensors }, (_, tensor) => {
      const area = {
        x: centre(tensor) - size / 2,
        y: middle - size / 2,
        width: size,
        height: size,
      };
      return rect(area, {
        tone: tensor < 2 ? "muted" : "plain",
        radius: tensor < 2 ? 8 : size / 2,
        border: loose.has(tensor) ? 3 : 1.3,
        classes: loose.has(tensor) ? "loose" : "node",
      }) + text(centre(tensor), middle + 4.5, tensor < 2 ? tensorName(tensor) : String(tensor), {
        size: 12.5,
        bold: true,
        anchor: "middle",
      });
    }),
    text(MARGIN, 14, "First operands", { size: 11, colour: "soft" }),
    text(MARGIN, 2 * middle - 6, "Second operands", { size: 11, colour: "soft" }),
  ];
  const read = edges.filter(({ active }) => active)
    .map(({ from, to, operand }) =>
      `${tensorName(from)} → ${tensorName(to)} (${operand === 0 ? "first" : "second"} operand)`
    );
  return sheet({
    id,
    classes: "dag",
    title: `All connections that the ${cell} cell could have, with its own in red`,
    description: `${read.join(", ")}. Loose ends: ${[...loose].map(tensorName).join(", ")}.`,
    width: centre(tensors - 1) + size / 2 + MARGIN + 14,
    height: 2 * middle,
    parts,
  });
}

/** A bow between two points of one height; it rises by three quarters of `height`. */
interface Bow {
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  /** Negative for a bow that hangs. */
  readonly height: number;
}

function bowPath({ from, to, height }: Bow): string {
  const [y, peak] = [round(from[1]), round(from[1] - height)];
  return `M${round(from[0])} ${y}C${round(from[0])} ${peak} ${round(to[0])} ${peak} ${
    round(to[0])
  } ${y}`;
}

/** Connections that the arc has not, as one path. */
function possible(bows: readonly Bow[]): string {
  if (bows.length === 0) return "";
  return `<path class="possible" d="${
    bows.map(bowPath).join("")
  }" fill="none" stroke="#8793a5" stroke-opacity="0.5" stroke-width="1"/>`;
}

function active(bow: Bow, id: string, tooltip: string): string {
  return arrow(bowPath(bow), bow.to, bow.height > 0 ? Math.PI / 2 : -Math.PI / 2, {
    tone: "hot",
    classes: "active",
    id,
    tooltip,
  });
}
