/**
 * SVG text: what Graphviz writes, made fit for a page, and drawings put together for a file.
 *
 * @module
 */

import { instance } from "@viz-js/viz";
import { escapeHtml } from "./format.ts";

/** Fonts of all drawings. */
export const DRAWING_FONT = "Inter, Helvetica, Arial, sans-serif";

/** CSS pixels for each point of Graphviz. */
const PIXELS_PER_POINT = 1.2;

/** How a graph is drawn. */
export interface DotDrawing {
  /** Source in the DOT language. */
  readonly dot: string;
  /** `nop2` where the source fixes every place, `dot` where Graphviz finds them. */
  readonly engine: "nop2" | "dot";
  /** Classes of the `<svg>` element. */
  readonly classes: string;
  /** Says what the drawing shows, for those who do not see it. */
  readonly label: string;
}

/**
 * Draws a graph with Graphviz.
 *
 * @param drawing source, engine, classes and label
 * @returns an `<svg>` element as text, without XML head, comments or addresses
 */
export async function drawDot({ dot, engine, classes, label }: DotDrawing): Promise<string> {
  const viz = await instance();
  const svg = viz.renderString(dot, { engine, format: "svg" });
  return svg.slice(svg.indexOf("<svg"))
    .replaceAll(/<!--[\s\S]*?-->\s*/g, "")
    .replaceAll(/ xmlns(:\w+)?="[^"]*"/g, "")
    .replaceAll(/ xml:space="[^"]*"/g, "")
    // Ids that Graphviz makes up would occur twice where a page has two drawings.
    .replaceAll(/ id="(graph|node|edge)\d+"/g, "")
    .replaceAll("&#45;&gt;", " → ")
    .replace(/<svg width="([\d.]+)pt" height="([\d.]+)pt"/, (_, width: string, height: string) => {
      const pixels = (points: string) => Math.round(Number(points) * PIXELS_PER_POINT);
      return svgHead(classes, label, pixels(width), pixels(height));
    })
    .trim();
}

/**
 * The beginning of an `<svg>` element, up to its size.
 *
 * @param classes classes of the element
 * @param label what it shows
 * @param width CSS pixels, whole
 * @param height CSS pixels, whole
 * @returns text that still needs a viewBox and `>`
 */
export function svgHead(classes: string, label: string, width: number, height: number): string {
  return `<svg class="${classes}" role="img" aria-label="${escapeHtml(label)}" ` +
    `width="${width}" height="${height}"`;
}

/** A drawing with the place where it goes. */
export interface PlacedDrawing {
  /** An `<svg>` element as {@linkcode drawDot} returns it. */
  readonly svg: string;
  /** Heading above it; empty for none. */
  readonly title: string;
}

const MARGIN = 16;
const TITLE = 26;
const GAP = 28;
/** Room for a letter of a title. */
const LETTER = 8;

/**
 * Puts drawings into one file on white ground: the drawings of a row side by side, rows below each
 * other.
 *
 * @param rows drawings by row
 * @param label says what the whole shows
 * @returns an SVG document that stands alone
 */
export function standaloneSvg(rows: readonly (readonly PlacedDrawing[])[], label: string): string {
  const parts: string[] = [];
  let y = MARGIN;
  let width = 0;
  for (const row of rows) {
    let x = MARGIN;
    let height = 0;
    const head = row.some(({ title }) => title !== "") ? TITLE : 0;
    for (const { svg, title } of row) {
      const size = sizeOf(svg);
      if (title !== "") {
        parts.push(
          `<text x="${x}" y="${y + 14}" font-family="${DRAWING_FONT}" font-size="15" ` +
            `font-weight="600" fill="#1c2430">${escapeHtml(title)}</text>`,
        );
      }
      parts.push(
        `<g transform="translate(${x} ${y + head}) scale(${size.scale})">\n${size.content}</g>`,
      );
      x += Math.max(size.width, LETTER * title.length) + GAP;
      height = Math.max(height, head + size.height);
    }
    width = Math.max(width, x - GAP + MARGIN);
    y += height + GAP;
  }
  const height = y - GAP + MARGIN;
  return `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" ` +
    `aria-label="${escapeHtml(label)}" width="${width}" height="${height}" ` +
    `viewBox="0 0 ${width} ${height}">
<title>${escapeHtml(label)}</title>
<rect width="${width}" height="${height}" fill="#ffffff"/>
${parts.join("\n")}
</svg>
`;
}

/** Takes an `<svg>` element apart. */
function sizeOf(svg: string): { width: number; height: number; scale: number; content: string } {
  const head =
    /<svg [^>]*?width="(\d+)" height="(\d+)"\s+viewBox="0(?:\.0+)? 0(?:\.0+)? ([\d.]+) [^>]*>/
      .exec(svg);
  if (head === null) {
    throw new TypeError("Expected an svg element with width, height and viewBox from 0 0");
  }
  const [width, height, inside] = head.slice(1).map(Number);
  const content = svg.slice(head.index + head[0].length, svg.lastIndexOf("</svg>"));
  return { width, height, scale: Math.round(width / inside * 10000) / 10000, content };
}
