/**
 * Draws how the two cells of a micro arc are stacked: a strip of boxes with filters and image sides
 * (enas-spec.md section B.2).
 *
 * @module
 */

import { reductionLayers } from "../nas/space/micro/structure.ts";
import { escapeHtml } from "./format.ts";
import { DRAWING_FONT, svgHead } from "./svg.ts";

/** What {@linkcode drawCellStack} needs to know of the network. */
export interface CellStackOptions {
  /** Layers of the network without the two reduction cells. */
  readonly layers: number;
  /** Filters of the first stage; they double at each reduction. Left out when not known. */
  readonly filters?: number | undefined;
  /** `[height, width, channels]` of the images; sides are left out when it is missing. */
  readonly shape?: readonly [number, number, number] | undefined;
  /** Outputs of the head. */
  readonly classes?: number | undefined;
}

/** One layer of the stack. */
export interface StackedCell {
  readonly cell: "normal" | "reduction";
  /** Reductions up to and with this layer, 0..2: filters have doubled and sides halved so often. */
  readonly stage: number;
}

/** Most boxes of a run of normal cells; of more, one box says how many there are. */
const MOST_BOXES = 6;
const BOX = { width: 34, height: 34, gap: 16 } as const;
const END_WIDTH = 58;

/**
 * The layers of a micro network: L + 2, with reduction cells at d and 2d + 1 for d = floor(L / 3).
 *
 * @param layers L, the layers without the reduction cells; at least 1
 * @returns the layers in order
 * @throws {RangeError} If `layers` is not a positive integer.
 */
export function cellStack(layers: number): StackedCell[] {
  const reductions = reductionLayers(layers);
  let stage = 0;
  return Array.from({ length: layers + 2 }, (_, layer): StackedCell => {
    if (!reductions.includes(layer)) return { cell: "normal", stage };
    stage += 1;
    return { cell: "reduction", stage };
  });
}

/**
 * Says in one sentence what the strip shows.
 *
 * @param options layers, filters, image shape and number of classes
 * @returns such as `Stem, then 5 cells: N R N R N; …`, without a period
 */
export function describeCellStack(options: CellStackOptions): string {
  const stack = cellStack(options.layers);
  const letters = stack.map(({ cell }) => cell === "normal" ? "N" : "R").join(" ");
  const stages = [...new Set(stack.map(({ stage }) => stage))]
    .map((stage) => stageText(options, stage)).filter((text) => text !== "");
  return `Stack of ${stack.length} cells, N normal and R reduction: ${letters}` +
    (stages.length === 0 ? "" : `; ${stages.join(", then ")}`);
}

/**
 * Draws the strip.
 *
 * @param options layers, filters, image shape and number of classes
 * @returns an `<svg>` element as text
 */
export function drawCellStack(options: CellStackOptions): string {
  const parts: string[] = [];
  let x = 1;
  const box = (width: number, classes: string, look: string, text: string, name: string): void => {
    if (x > 1) parts.push(arrow(x - BOX.gap, x));
    parts.push(
      `<g class="${classes}"><title>${escapeHtml(name)}</title><rect x="${x}" y="1" ` +
        `width="${width}" height="${BOX.height}" rx="8" ${look}/>` +
        `<text x="${x + width / 2}" y="22" text-anchor="middle" ${TEXT}>${text}</text></g>`,
    );
    x += width + BOX.gap;
  };
  const end = `fill="#eef1f5" stroke="#8793a5"`;
  box(END_WIDTH, "end", end, "Stem", "Stem: conv 3×3");
  for (let stage = 0; stage < 3; stage++) {
    const start = x;
    for (const { cell, count } of boxesOf(options.layers, stage)) {
      const text = cell === "reduction" ? "R" : count === 1 ? "N" : `N × ${count}`;
      const look = cell === "normal"
        ? `fill="#ffffff" stroke="#3c4858" stroke-width="1.4"`
        : `fill="#ffffff" stroke="#3c4858" stroke-width="1.4" stroke-dasharray="5 3"`;
      const width = count === 1 ? BOX.width : 2 * BOX.width;
      box(
        width,
        `stacked ${cell}`,
        look,
        text,
        `${cell === "normal" ? "Normal" : "Reduction"} cell`,
      );
    }
    if (x > start) parts.push(...bracket(start, x - BOX.gap, stageText(options, stage)));
  }
  const classes = options.classes === undefined ? "Head" : `${Number(options.classes)} classes`;
  box(END_WIDTH + 20, "end", end, classes, "Global average and fully connected layer");
  const width = x - BOX.gap + 1;
  return `${svgHead("network stack", describeCellStack(options), width, HEIGHT)} ` +
    `viewBox="0 0 ${width} ${HEIGHT}">\n${parts.join("\n")}\n</svg>`;
}

const HEIGHT = 76;
const TEXT = `font-family="${DRAWING_FONT}" font-size="13" fill="#1c2430"`;

/** The boxes of one stage; long runs of normal cells become one. */
function boxesOf(layers: number, stage: number): { cell: StackedCell["cell"]; count: number }[] {
  const cells = cellStack(layers).filter((layer) => layer.stage === stage);
  const normal = cells.filter(({ cell }) => cell === "normal").length;
  const single = normal <= MOST_BOXES;
  return [
    ...cells.filter(({ cell }) => cell === "reduction").map(({ cell }) => ({ cell, count: 1 })),
    ...(single
      ? Array.from({ length: normal }, () => ({ cell: "normal" as const, count: 1 }))
      : [{ cell: "normal" as const, count: normal }]),
  ];
}

/** Such as `20 filters, 32×32`; empty when neither is known. */
function stageText({ filters, shape }: CellStackOptions, stage: number): string {
  const halved = (side: number): number => {
    let size = Number(side);
    for (let i = 0; i < stage; i++) size = Math.ceil(size / 2);
    return size;
  };
  return [
    ...(filters === undefined ? [] : [`${Number(filters) * 2 ** stage} filters`]),
    ...(shape === undefined ? [] : [`${halved(shape[0])}×${halved(shape[1])}`]),
  ].join(", ");
}

function arrow(from: number, to: number): string {
  const y = 1 + BOX.height / 2;
  return `<g class="chain"><path d="M${from} ${y}H${to - 6}" fill="none" stroke="#3c4858" ` +
    `stroke-width="1.6"/><polygon points="${to - 1},${y} ${to - 7},${y - 3.5} ${to - 7},${
      y + 3.5
    }" ` +
    `fill="#3c4858"/></g>`;
}

/** A bracket below a stage, with its filters and side. */
function bracket(from: number, to: number, text: string): string[] {
  if (text === "") return [];
  const y = BOX.height + 8;
  const [filters, side = ""] = text.split(", ");
  const line = (words: string, at: number): string =>
    words === "" ? "" : `<text x="${(from + to) / 2}" y="${at}" text-anchor="middle" ` +
      `font-family="${DRAWING_FONT}" font-size="11" fill="#5b6675">${words}</text>`;
  return [
    `<g class="stage"><path d="M${from} ${y}v4H${to}v-4" fill="none" stroke="#8793a5"/>` +
    `${line(filters, y + 17)}${line(side, y + 31)}</g>`,
  ];
}
