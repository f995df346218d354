/**
 * Draws a macro network as inline SVG. The places of nodes and edges are computed here (an arc
 * diagram: the chain runs down, skips bow out to the right); Graphviz draws them (engine `nop2`).
 *
 * @module
 */

import { MACRO_OPS, type MacroArc } from "../nas/space/macro/arc.ts";
import { poolingLayers, type SkipIndex } from "../nas/space/macro/structure.ts";
import { type NetworkEdge, networkEdges, placeName, STEM } from "./network_edges.ts";
import { opColour, SKIP_COLOUR } from "./palette.ts";
import { drawDot, DRAWING_FONT } from "./svg.ts";

/** Options of {@linkcode drawNetwork}. */
export interface DrawNetworkOptions {
  /** Starts the ids of all elements; must differ between drawings on one page. */
  readonly id: string;
  /** `[height, width, channels]` of the images; sizes are left out when it is missing. */
  readonly shape?: readonly [number, number, number] | undefined;
  /** Outputs of the head. */
  readonly classes?: number | undefined;
  /** How skip bits are read; `stem-first` when left out. */
  readonly skipIndex?: SkipIndex | undefined;
}

/** Where things stand, in points; y grows downward here and is turned over for Graphviz. */
interface Layout {
  readonly width: number;
  readonly height: number;
  /** Centre of the boxes: index 0 is the stem, l+1 layer l, the last one the head. */
  readonly boxes: readonly number[];
  /** Height of the point where the output of the stem (0) or of layer l (l+1) is taken. */
  readonly taps: readonly number[];
  /** Height of the line at each pooling point, by layer. */
  readonly pools: ReadonlyMap<number, number>;
}

const BOX_WIDTH = 156;
const BOX_HEIGHT = 26;
const GAP = 28;
const POOL_GAP = 34;
/** Room to the left of the boxes, for the names of the reductions. */
const MARGIN = 70;
const CENTRE = MARGIN + BOX_WIDTH / 2;
const SUM_RADIUS = 6;

/**
 * Draws one network.
 *
 * @param arc A valid arc.
 * @param options Ids, image shape and number of classes.
 * @returns An `<svg>` element as text, without XML head, comments or addresses.
 */
export function drawNetwork(arc: MacroArc, options: DrawNetworkOptions): Promise<string> {
  return drawDot({
    dot: networkDot(arc, options),
    engine: "nop2",
    classes: "network",
    label: describeNetwork(arc),
  });
}

/**
 * Says in one sentence what the drawing shows.
 *
 * @param arc A valid arc.
 * @returns The sentence.
 */
export function describeNetwork(arc: MacroArc): string {
  const layers = arc.layers.length;
  const skips = arc.layers.reduce((sum, layer) => sum + layer.skips.filter(Boolean).length, 0);
  return `Network of ${layers} ${layers === 1 ? "layer" : "layers"}: ` +
    arc.layers.map(({ op }, l) => `${l + 1} ${MACRO_OPS[op].label}`).join(", ") +
    `; ${skips} of ${layers * (layers - 1) / 2} skip connections`;
}

/**
 * The Graphviz source of the drawing, with every place fixed.
 *
 * @param arc A valid arc.
 * @param options Ids, image shape and number of classes.
 * @returns DOT text for the engine `nop2`.
 */
export function networkDot(arc: MacroArc, options: DrawNetworkOptions): string {
  const layers = arc.layers.length;
  const edges = networkEdges(arc, options.skipIndex);
  const layout = placeNodes(arc, edges);
  const point = (x: number, y: number): string =>
    `${x.toFixed(1)},${(layout.height - y).toFixed(1)}`;
  const lines: string[] = [];
  const box = (name: string, y: number, label: string, look: string): void => {
    lines.push(
      `"${name}" [shape=box pos="${point(CENTRE, y)}" width=${BOX_WIDTH / 72} ` +
        `height=${BOX_HEIGHT / 72} label="${label}" id="${options.id}-${
          name.replace(" ", "-")
        }" ${look}]`,
    );
  };
  const ends = (classes: string): string =>
    `style="filled,rounded" fillcolor="#eef1f5" color="#8793a5" fontcolor="#1c2430" ` +
    `class="${classes}"`;
  const sizes = sideLengths(layers, options.shape);

  box("stem", layout.boxes[0], `Stem: conv 3×3${sizes[0]}`, ends("end place place-0"));
  arc.layers.forEach(({ op }, l) => {
    const { name, label } = MACRO_OPS[op];
    const { fill, text } = opColour(name);
    const look = `style="filled,rounded" fillcolor="${fill}" color="${fill}" fontcolor="${text}" ` +
      `class="layer op-${name} place place-${l + 1}"`;
    box(`layer ${l + 1}`, layout.boxes[l + 1], `${l + 1}  ${label}`, look);
  });
  const classes = options.classes === undefined ? "" : `, ${Number(options.classes)} classes`;
  box("head", layout.boxes[layers + 1], `Global average${classes}`, ends("end"));

  for (const [layer, y] of layout.pools) {
    const name = `pool after layer ${layer + 1}`;
    const size = sizes[poolingLayers(layers).indexOf(layer) + 1];
    lines.push(
      `"${name} from" [shape=point style=invis width=0.01 pos="${point(0, y)}"]`,
      `"${name} to" [shape=point style=invis width=0.01 pos="${point(layout.width, y)}"]`,
      `"${name} from" -> "${name} to" [pos="${point(0, y)} ${point(layout.width / 3, y)} ` +
        `${point(2 * layout.width / 3, y)} ${point(layout.width, y)}" dir=none style=dashed ` +
        `color="#8793a5" penwidth=1.2 class="pool" label="Factorised reduction${size}" ` +
        `lp="${point(CENTRE - 76, y - 7)}" fontsize=10 fontcolor="#5b6675"]`,
    );
  }
  edges.filter(({ kind }) => kind === "skip").forEach((edge) => {
    lines.push(skipEdge(edge, layers, layout, options.id, point));
  });
  edges.filter(({ kind }) => kind === "chain").forEach(({ from, to }) => {
    const top = layout.boxes[from + 1] + BOX_HEIGHT / 2;
    const bottom = layout.boxes[to + 1] - BOX_HEIGHT / 2;
    const step = (bottom - 5 - top) / 3;
    lines.push(
      `"${placeName(from, layers)}" -> "${placeName(to, layers)}" [class="chain" ` +
        `id="${options.id}-chain-${from + 1}-${
          to + 1
        }" penwidth=2.2 color="#3c4858" arrowsize=0.55 ` +
        `pos="e,${point(CENTRE, bottom)} ${
          [0, 1, 2, 3].map((i) => point(CENTRE, top + i * step)).join(" ")
        }"]`,
    );
  });
  const sums = new Set(edges.filter(({ kind }) => kind === "skip").map(({ to }) => to));
  for (const l of sums) {
    lines.push(
      `"sum ${l + 1}" [shape=circle pos="${point(CENTRE, layout.taps[l + 1])}" ` +
        `width=${2 * SUM_RADIUS / 72} fixedsize=true label="+" fontsize=12 style=filled ` +
        `fillcolor="#ffffff" color="${SKIP_COLOUR}" fontcolor="${SKIP_COLOUR}" class="sum"]`,
    );
  }
  return `digraph network { graph [bb="0,0,${layout.width},${layout.height}" bgcolor="transparent" ` +
    `pad=0.05]; node [fontname="${DRAWING_FONT}" fontsize=11]; edge [fontname="${DRAWING_FONT}"];\n` +
    `${lines.join(";\n")};\n}\n`;
}

function skipEdge(
  { from, to, bit, reductions }: NetworkEdge,
  layers: number,
  layout: Layout,
  id: string,
  point: (x: number, y: number) => string,
): string {
  const start = layout.taps[from + 1] + 2.5;
  const end = layout.taps[to + 1] - 2.5;
  const right = CENTRE + BOX_WIDTH / 2 + 6;
  const bow = right + skipBow(to - from);
  const left = CENTRE + SUM_RADIUS;
  const stop = left + 5;
  const third = (a: number, b: number, i: number): number => a + (b - a) * i / 3;
  const spline = [
    ...[0, 1, 2, 3].map((i) => point(third(CENTRE, right, i), start)),
    point(bow, start),
    point(bow, end),
    ...[0, 1, 2, 3].map((i) => point(third(right, stop, i), end)),
  ].join(" ");
  const source = placeName(from, layers);
  const target = placeName(to, layers);
  const reduced = reductions === 0 ? "" : `, reduced ${reductions === 1 ? "once" : "twice"}`;
  return `"${source}" -> "${target}" [class="skip from-${from + 1} to-${to + 1}" ` +
    `id="${id}-skip-${to + 1}-${bit}" penwidth=${
      layers > 12 ? 0.8 : 1.2
    } color="${SKIP_COLOUR}" arrowsize=0.5 ` +
    `edgetooltip="Skip from ${source} to ${target}${reduced}" pos="e,${
      point(left, end)
    } ${spline}"]`;
}

/** Distance of a skip's control points from the boxes; grows with the layers it passes. */
function skipBow(span: number): number {
  return 14 + 15 * span;
}

function placeNodes(arc: MacroArc, edges: readonly NetworkEdge[]): Layout {
  const pools = poolingLayers(arc.layers.length);
  const boxes: number[] = [];
  const taps: number[] = [];
  const lines = new Map<number, number>();
  let y = BOX_HEIGHT / 2 + 4;
  for (let place = STEM; place <= arc.layers.length; place++) {
    boxes.push(y);
    taps.push(y + BOX_HEIGHT / 2 + 11);
    y += BOX_HEIGHT + GAP;
    if (pools.includes(place)) {
      lines.set(place, y - BOX_HEIGHT / 2 - 6 + POOL_GAP / 2 - 6);
      y += POOL_GAP;
    }
  }
  const reach = Math.max(0, ...edges.map((edge) => edge.kind === "skip" ? edge.to - edge.from : 0));
  // A cubic whose two middle points lie at x reaches three quarters of the way to x.
  const bow = 0.75 * skipBow(reach) + 16;
  const width = CENTRE + BOX_WIDTH / 2 + 6 + bow;
  return { width, height: y - GAP - BOX_HEIGHT / 2 + 4, boxes, taps, pools: lines };
}

/** Text such as `, 28×28` for each stage; empty texts when the shape is not known. */
function sideLengths(
  layers: number,
  shape: readonly [number, number, number] | undefined,
): string[] {
  const stages = poolingLayers(layers).length + 1;
  if (shape === undefined) return new Array<string>(stages).fill("");
  let [height, width] = shape.map(Number);
  return Array.from({ length: stages }, (_, stage) => {
    if (stage > 0) [height, width] = [Math.ceil(height / 2), Math.ceil(width / 2)];
    return stage === 0 ? `, ${height}×${width}` : ` to ${height}×${width}`;
  });
}
