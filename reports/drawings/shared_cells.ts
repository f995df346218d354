/**
 * Cells of two children of one shared graph, and what both read: figure 4 of the thesis for the micro
 * space.
 *
 * @module
 */

import {
  MICRO_OPS,
  type MicroArc,
  microCellLooseEnds,
  type MicroCellName,
} from "../../nas/space/micro/arc.ts";
import type { MicroWeightOptions } from "../../nas/space/micro/weight_groups.ts";
import type { WeightGroup } from "../../nas/space/weight_groups.ts";
import { tensorName } from "../cell_drawing.ts";
import { opName } from "./op_names.ts";
import { legend, microPair, type Owner, ownerOf, TONES } from "./shared.ts";
import { rect, sheet, text } from "./shapes.ts";

const MICRO = { label: 88, column: 60, width: 56, height: 30, row: 36 } as const;

/**
 * Draws the graph of one cell of all micro children: a row for each operand, a column for each tensor
 * that it may read; what both children put there.
 *
 * @param arcs two valid arcs with as many nodes
 * @param options ids, which cell, and what decides the weights
 * @returns an `<svg class="drawn shared">` element as text
 */
export function drawMicroShared(
  arcs: readonly [MicroArc, MicroArc],
  options: MicroWeightOptions & { readonly id: string; readonly cell: MicroCellName },
): string {
  const { id, cell } = options;
  const weights = microPair(arcs, options);
  const [first, second] = [arcs[0][cell], arcs[1][cell]];
  const tensors = first.nodes.length + 2;
  const top = 66;
  const left = (column: number) => MICRO.label + column * MICRO.column;
  const parts = [legend(), text(0, 56, "Operand", { size: 11, bold: true, colour: "soft" })];
  for (let tensor = 0; tensor < tensors; tensor++) {
    parts.push(
      text(left(tensor) + MICRO.width / 2, 56, `of ${tensor < 2 ? tensorName(tensor) : tensor}`, {
        size: 11,
        anchor: "middle",
        colour: "soft",
      }),
    );
  }
  let y = top;
  /** Fills a place; where the children put different things there, the upper or lower half. */
  const field = (
    column: number,
    owner: Owner | null,
    words: string,
    half: 0 | 1 | null,
  ): string => {
    const height = half === null ? MICRO.height : MICRO.height / 2 - 1;
    const area = {
      x: left(column),
      y: y + (half === 1 ? height + 2 : 0),
      width: MICRO.width,
      height,
    };
    const look = {
      tone: owner === null ? "muted" : TONES[owner],
      radius: half === null ? 6 : 4,
      border: owner === null ? 0.7 : 1.8,
      ...(owner === "both" ? { classes: "both" } : {}),
    } as const;
    if (words === "") return rect(area, look);
    return rect(area, look) + text(area.x + MICRO.width / 2, area.y + height / 2 + 3.5, words, {
      size: half === null ? 10 : 9,
      bold: owner === "both",
      anchor: "middle",
    });
  };
  first.nodes.forEach(({ operands }, node) => {
    for (const operand of [0, 1]) {
      const [a, b] = [operands[operand], second.nodes[node].operands[operand]];
      parts.push(text(0, y + 19, `Tensor ${node + 2}, ${operand === 0 ? "1st" : "2nd"}`, {
        anchor: "start",
      }));
      for (let column = 0; column < node + 2; column++) {
        const [hasA, hasB] = [a.input === column, b.input === column];
        const nameA = opName(MICRO_OPS[a.op].name);
        const nameB = opName(MICRO_OPS[b.op].name);
        if (hasA && hasB && a.op !== b.op) {
          parts.push(field(column, "first", nameA, 0), field(column, "second", nameB, 1));
        } else {
          const owner = ownerOf(hasA, hasB);
          parts.push(field(column, owner, hasA ? nameA : hasB ? nameB : "", null));
        }
      }
      y += MICRO.row;
    }
  });
  y += 8;
  const ends = [first, second].map((one) => new Set(microCellLooseEnds(one)));
  parts.push(text(0, y + 19, "Loose ends"));
  for (let tensor = 0; tensor < tensors; tensor++) {
    const owner = ownerOf(ends[0].has(tensor), ends[1].has(tensor));
    parts.push(field(tensor, owner, owner === null ? "" : "output", null));
  }
  const of = (part: WeightGroup["part"]) =>
    weights.shared((group) => group.part === part && group.cell === cell);
  return sheet({
    id,
    classes: "shared",
    title: `The ${cell} cells of two children of one shared graph, and what both read`,
    description: `In all layers with this cell both read ${of("op")} weight tensors of ops, ` +
      `${of("loose")} of loose ends and ${of("norm")} of batch norms.`,
    width: left(tensors) - (MICRO.column - MICRO.width),
    height: y + MICRO.height + 6,
    parts,
  });
}
