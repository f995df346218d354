/**
 * A block of a network that is built from cells, as figure 8 of the thesis shows it: N normal cells
 * and a reduction cell, each reading the two outputs before it.
 *
 * @module
 */

import { microSearchStructure, type MicroStructure } from "../../nas/space/micro/structure.ts";
import type { ReductionPrev } from "../../nas/space/micro/structure.ts";
import { arrow, rect, round, sheet, straightArrow, text } from "./shapes.ts";

/** A run of cells at one size. */
export interface CellBlock {
  /** Normal cells in it. */
  readonly normal: number;
  /** Whether a reduction cell ends it. */
  readonly reduced: boolean;
  /** `[height, width, channels]` of what its last normal cell gives; null where it has none. */
  readonly inside: readonly [number, number, number] | null;
  /** `[height, width, channels]` of what it gives. */
  readonly output: readonly [number, number, number];
}

/** What decides the searched graph of a micro search. */
export interface BlockOptions {
  /** Normal layers L. */
  readonly layers: number;
  /** Channels F of the first layers. */
  readonly filters: number;
  /** `[height, width, channels]` of the images. */
  readonly shape: readonly [number, number, number];
  readonly reductionPrev?: ReductionPrev | undefined;
}

/**
 * Lays out the searched graph of a micro search.
 *
 * @param options depth, width and image size
 */
export function structureOf(
  { layers, filters, shape, reductionPrev }: BlockOptions,
): MicroStructure {
  const [imageHeight, imageWidth] = shape;
  return microSearchStructure({ layers, filters, imageHeight, imageWidth, reductionPrev });
}

/**
 * The three blocks of the searched graph.
 *
 * @param options depth, width and image size
 * @returns the blocks in order; the last has no reduction cell
 */
export function cellBlocks(options: BlockOptions): CellBlock[] {
  const { layers } = structureOf(options);
  const shapeOf = (layer: MicroStructure["layers"][number]) =>
    [layer.height, layer.width, layer.outputChannels] as const;
  const blocks: CellBlock[] = [];
  let first = 0;
  const end = (last: number, reduced: boolean): void => {
    const normal = last - first + (reduced ? 0 : 1);
    blocks.push({
      normal,
      reduced,
      inside: normal === 0 ? null : shapeOf(layers[first + normal - 1]),
      output: shapeOf(layers[last]),
    });
    first = last + 1;
  };
  layers.forEach(({ cell }, layer) => cell === "reduction" && end(layer, true));
  if (first < layers.length) end(layers.length - 1, false);
  return blocks;
}

const CELL = { width: 78, height: 44, gap: 34, y: 56 } as const;
/** Most boxes of normal cells; of more, the ones in the middle are one box. */
const MOST = 5;

/**
 * Draws the first block.
 *
 * @param id starts the ids in it
 * @param normal N, the normal cells before the reduction cell
 * @returns an `<svg class="drawn block">` element as text
 */
export function drawBlock(id: string, normal: number): string {
  const names = normal <= MOST
    ? Array.from({ length: normal }, (_, i) => `Normal ${i + 1}`)
    : ["Normal 1", "Normal 2", `… ${normal - 3} more`, `Normal ${normal}`];
  const cells = [...names, "Reduction"];
  const [pitch, left] = [CELL.width + CELL.gap, 92];
  const x = (i: number) => left + i * pitch;
  const middle = CELL.y + CELL.height / 2;
  const right = x(cells.length - 1) + CELL.width;
  const panel = { x: left - 18, y: 18, width: right - left + 36, height: 116 };
  const parts = [
    rect(panel, { tone: "muted", radius: 14, border: 1 }),
    text(panel.x + panel.width / 2, 38, `Block: N = ${normal}`, {
      bold: true,
      size: 13,
      anchor: "middle",
    }),
    text(0, middle - 4, "Two outputs", { size: 11, colour: "soft" }),
    text(0, middle + 11, "before it", { size: 11, colour: "soft" }),
    straightArrow([66, middle], [left, middle]),
    ...cells.slice(1).map((_, i) =>
      straightArrow([x(i) + CELL.width, middle], [x(i + 1), middle], { width: 2 })
    ),
    // What a cell reads besides: the output before the previous one.
    ...cells.map((_, i) => {
      const [from, to] = [i === 0 ? 66 : x(i - 1) - CELL.gap / 2, x(i) + CELL.width / 2];
      const [start, low] = [i === 0 ? middle + 6 : middle, CELL.y + CELL.height];
      const path = `M${round(from)} ${start}C${round(from + 4)} ${low + 32} ${round(to)} ${
        low + 32
      } ${round(to)} ${low}`;
      return arrow(path, [to, low], -Math.PI / 2, { tone: "muted", width: 1.2 });
    }),
    ...cells.map((name, i) => {
      const area = { x: x(i), y: CELL.y, width: CELL.width, height: CELL.height };
      const reduction = i === cells.length - 1;
      return rect(area, {
        tone: reduction ? "strong" : "plain",
        classes: reduction ? "cell reduction" : "cell normal",
      }) + text(x(i) + CELL.width / 2, middle + 4, name, { anchor: "middle", bold: true });
    }),
    straightArrow([right, middle], [right + 54, middle], { width: 2 }),
    text(right + 60, middle - 4, "half the side,", { size: 11, colour: "soft" }),
    text(right + 60, middle + 11, "twice the channels", { size: 11, colour: "soft" }),
  ];
  return sheet({
    id,
    classes: "block",
    title: `A block of ${normal} normal ${normal === 1 ? "cell" : "cells"} and a reduction cell`,
    description: `${cells.join(", then ")}. Every cell reads the two outputs before it. The ` +
      "reduction cell halves the sides and doubles the channels.",
    width: right + 172,
    height: 146,
    parts,
  });
}
