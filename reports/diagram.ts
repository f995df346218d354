/**
 * Draws boxes and arrows as inline SVG. Graphviz finds the places; the shapes are those of all
 * drawings (drawings/shapes.ts), so that they follow the page from light to dark.
 *
 * @module
 */

import { instance } from "@viz-js/viz";
import type { StudyFigureOf } from "../nas/stats/study_report.ts";
import { arrow, round, sheet, text } from "./drawings/shapes.ts";
import { type TextBox, textBox, textWidth, wrap } from "./drawings/text_box.ts";

/** Boxes and arrows with what they mean. */
export type Diagram = Omit<StudyFigureOf<"diagram">, "kind">;

/** Widest box, unless the caller says otherwise. */
const MOST_WIDTH = 216;
const MARGIN = 6;
const LABEL = { size: 11.5, line: 15, room: 150 } as const;

/** What Graphviz found, in points; y grows upward. */
interface Found {
  readonly bb: string;
  readonly objects?: readonly { readonly name: string; readonly pos: string }[];
  readonly edges?: readonly { readonly pos: string; readonly lp?: string }[];
}

/**
 * Draws a diagram.
 *
 * @param diagram boxes, arrows, and the direction in which arrows point
 * @param options `most`: width of the widest box; longer lines are wrapped
 * @returns an `<svg class="drawn diagram">` element as text, with title and description; its ids
 * begin with the diagram's, whose other characters than letters and digits become `-`
 * @throws {TypeError} If there is no box, two have one id, or an arrow leads to a box that is none.
 */
export async function renderDiagram(
  diagram: Diagram,
  { most = MOST_WIDTH }: { readonly most?: number } = {},
): Promise<string> {
  check(diagram);
  const boxes = diagram.boxes.map(({ title, lines }) => textBox(title, lines, { most }));
  const labels = diagram.arrows.map(({ label }) => wrap(label, LABEL.room, LABEL.size));
  const found = await findPlaces(diagram, boxes, labels);
  const [, , width, top] = found.bb.split(",").map(Number);
  const at = (point: string): [number, number] => {
    const [x, y] = point.split(",").map(Number);
    return [x + MARGIN, top - y + MARGIN];
  };
  const id = slug(diagram.id);
  const arrows = (found.edges ?? []).map(({ pos, lp }, i) => {
    const { from, to } = diagram.arrows[i];
    return spline(pos, at, `${id}-arrow-${i + 1}`, `from-${slug(from)} to-${slug(to)}`) +
      (lp === undefined ? "" : arrowLabel(at(lp), labels[i]));
  });
  const placed = (found.objects ?? []).map(({ name, pos }) => {
    const i = Number(name.slice(1));
    const [x, y] = at(pos);
    const { width, height, draw } = boxes[i];
    return draw(x - width / 2, y - height / 2, diagram.boxes[i].tone, { id: `${id}-box-${i + 1}` });
  });
  return sheet({
    id,
    classes: "diagram",
    title: diagram.title,
    description: describeDiagram(diagram),
    width: width + 2 * MARGIN,
    height: top + 2 * MARGIN,
    parts: [...arrows, ...placed],
  });
}

/**
 * Says what a diagram shows.
 *
 * @param diagram boxes and arrows
 * @returns one sentence a box and one an arrow
 */
export function describeDiagram({ boxes, arrows }: Diagram): string {
  const title = (id: string): string => boxes.find((box) => box.id === id)?.title ?? id;
  return [
    ...boxes.map(({ title, lines }) =>
      lines.length === 0 ? `${title}.` : `${title}: ${lines.join("; ")}.`
    ),
    ...arrows.map(({ from, to, label }) =>
      `Arrow from ${title(from)} to ${title(to)}${label === "" ? "" : `: ${label}`}.`
    ),
  ].join(" ");
}

function check({ id, boxes, arrows }: Diagram): void {
  if (boxes.length === 0) {
    throw new TypeError(`Expected diagram ${id} to have a box but found none`);
  }
  const ids = new Set(boxes.map((box) => box.id));
  if (ids.size < boxes.length) {
    const twice = boxes.find((box, i) => boxes.findIndex((other) => other.id === box.id) < i);
    throw new TypeError(`Expected boxes of diagram ${id} to differ but found ${twice?.id} twice`);
  }
  const lost = arrows.flatMap(({ from, to }) => [from, to]).find((end) => !ids.has(end));
  if (lost !== undefined) {
    throw new TypeError(
      `Expected arrows of diagram ${id} to join its boxes ${
        [...ids].join(", ")
      } but found an end at ${lost}`,
    );
  }
}

async function findPlaces(
  { direction, boxes: named, arrows }: Diagram,
  boxes: readonly TextBox[],
  labels: readonly (readonly string[])[],
): Promise<Found> {
  const nodes = boxes.map(({ width, height }, i) =>
    `n${i} [width=${(width / 72).toFixed(4)} height=${(height / 72).toFixed(4)}]`
  );
  const index = new Map(named.map(({ id }, i) => [id, i]));
  const edges = arrows.map(({ from, to }, i) => {
    const lines = labels[i];
    const size = lines.length === 0
      ? ""
      : ` [label=<<table border="0" fixedsize="true" width="${
        Math.ceil(widest(lines) + 10)
      }" height="${LABEL.line * lines.length + 6}"><tr><td></td></tr></table>>]`;
    return `n${index.get(from)} -> n${index.get(to)}${size}`;
  });
  const viz = await instance();
  return viz.renderJSON(
    `digraph { graph [rankdir=${
      direction === "right" ? "LR" : "TB"
    } nodesep=0.4 ranksep=0.5]; node [shape=box fixedsize=true label=""];\n${
      [...nodes, ...edges].join(";\n")
    };\n}\n`,
    { engine: "dot" },
  ) as Found;
}

/** Graphviz writes `e,x,y` for the head, then the control points of cubics. */
function spline(
  pos: string,
  at: (point: string) => [number, number],
  id: string,
  classes: string,
): string {
  const words = pos.split(" ");
  const head = words.find((word) => word.startsWith("e,"));
  const points = words.filter((word) => !/^[es],/.test(word)).map(at);
  const end = head === undefined ? points.at(-1)! : at(head.slice(2));
  const last = points.at(-1)!;
  const before = head === undefined ? points.at(-2)! : last;
  const angle = Math.atan2(end[1] - before[1], end[0] - before[0]);
  const write = ([x, y]: readonly [number, number]): string => `${round(x)} ${round(y)}`;
  // Graphviz leaves room for a longer head; the line goes on into ours.
  const stop = [end[0] - 4 * Math.cos(angle), end[1] - 4 * Math.sin(angle)] as const;
  const path = `M${write(points[0])}C${points.slice(1).map(write).join(" ")}L${write(stop)}`;
  return arrow(path, end, angle, { id, classes });
}

function arrowLabel([x, y]: readonly [number, number], lines: readonly string[]): string {
  const top = y - LABEL.line * lines.length / 2 + 11;
  return lines.map((line, i) =>
    text(x, top + LABEL.line * i, line, { size: LABEL.size, anchor: "middle", colour: "soft" })
  ).join("");
}

function widest(lines: readonly string[]): number {
  return Math.max(...lines.map((line) => textWidth(line, LABEL.size)));
}

/** Any text as part of an id or a class name. */
function slug(words: string): string {
  return words.replaceAll(/[^A-Za-z0-9]+/g, "-");
}

/** One box of a diagram. */
export type DiagramBox = Diagram["boxes"][number];

/** A box with its title and lines. */
export function diagramBox(
  id: string,
  title: string,
  lines: readonly string[],
  tone: DiagramBox["tone"] = "plain",
): DiagramBox {
  return { id, title, lines: [...lines], tone };
}

/** An arrow from one box to another, by their ids. */
export function diagramArrow(from: string, to: string, label = ""): Diagram["arrows"][number] {
  return { from, to, label };
}
