/**
 * The pieces that drawings are made of: boxes, words and arrows as SVG text. Every piece carries its
 * colours for white ground, so that it can be drawn alone; the page's style turns them by their
 * classes (drawing.css) where the ground is dark.
 *
 * All lengths are CSS pixels; x grows to the right, y downward.
 *
 * @module
 */

import { escapeHtml } from "../format.ts";
import { opColour, SKIP_COLOUR } from "../palette.ts";
import { DRAWING_FONT } from "../svg.ts";

/**
 * What a piece means, hence its colours: `plain` what is given, `strong` what the drawing is about,
 * `muted` what stands aside, `hot` what was chosen, `second` and `third` other series.
 */
export type Tone = "plain" | "strong" | "muted" | "hot" | "second" | "third";

/** Colours on white ground, by tone. */
const TONES: Readonly<Record<Tone, { fill: string; stroke: string; text: string }>> = {
  plain: { fill: "#ffffff", stroke: "#5b6675", text: "#1c2430" },
  strong: { fill: "#e8f0fc", stroke: "#2364c5", text: "#1c2430" },
  muted: { fill: "#f5f7fa", stroke: "#8793a5", text: "#566273" },
  hot: { fill: "#fdeff0", stroke: SKIP_COLOUR, text: "#1c2430" },
  second: { fill: "#fdf0e6", stroke: "#c2611c", text: "#1c2430" },
  third: { fill: "#e2f4ea", stroke: "#17804f", text: "#1c2430" },
};

/** How words are written. */
export interface TextLook {
  /** Size of the letters; 12 when left out. */
  readonly size?: number;
  readonly bold?: boolean;
  /** Where x lies in the line; `start` when left out. */
  readonly anchor?: "start" | "middle" | "end";
  /** Colour; `ink` when left out. */
  readonly colour?: "ink" | "soft" | Tone;
  /** Colour that stays on any ground, as `#rrggbb`, such as that of an op's letters. */
  readonly fixed?: string;
}

/** A place and a size. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** How an area is drawn. */
export interface AreaLook {
  readonly tone?: Tone;
  readonly radius?: number;
  readonly dashed?: boolean;
  /** Width of the border; 1.3 when left out. */
  readonly border?: number;
  /** Further classes. */
  readonly classes?: string;
  /** Shown when the pointer rests on it. */
  readonly tooltip?: string;
  /** Unique in the document. */
  readonly id?: string;
}

/** A whole drawing. */
export interface Sheet {
  /** Starts the ids in it; must differ between the drawings of a page. */
  readonly id: string;
  /** Classes besides `drawn`. */
  readonly classes: string;
  /** Names the drawing. */
  readonly title: string;
  /** Says everything that it shows, for those who do not see it. */
  readonly description: string;
  readonly width: number;
  readonly height: number;
  /** SVG text of the pieces, from back to front. */
  readonly parts: readonly string[];
}

/**
 * Puts pieces together.
 *
 * @param sheet the pieces and what they show
 * @returns an `<svg>` element as text, without addresses
 */
export function sheet({ id, classes, title, description, width, height, parts }: Sheet): string {
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  return `<svg class="drawn ${classes}" role="img" aria-labelledby="${id}-title ${id}-desc" ` +
    `width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" font-family="${DRAWING_FONT}">\n<title id="${id}-title">${
      escapeHtml(title)
    }</title>\n<desc id="${id}-desc">${escapeHtml(description)}</desc>\n${
      parts.filter((part) => part !== "").join("\n")
    }\n</svg>`;
}

/**
 * One line of words.
 *
 * @param x see {@link TextLook.anchor}
 * @param y the line that the letters stand on
 * @param words any text
 * @param look size and colour
 * @returns SVG text
 */
export function text(x: number, y: number, words: string, look: TextLook = {}): string {
  return `<text x="${round(x)}" y="${round(y)}"${attributes(look)}>${
    raised(escapeHtml(words), look.size ?? 12)
  }</text>`;
}

/** One of many lines that look alike. */
export interface Line {
  readonly x: number;
  readonly y: number;
  readonly words: string;
  readonly bold?: boolean;
}

/**
 * Many lines of words that look alike, in a fraction of the room that so many of {@link text} take.
 *
 * @param lines places and words; some may be bold
 * @param look size and colour of all
 * @returns SVG text of a group
 */
export function texts(lines: readonly Line[], look: Omit<TextLook, "bold">): string {
  if (lines.length === 0) return "";
  const inside = lines.map(({ x, y, words, bold = false }) =>
    `<text x="${round(x)}" y="${round(y)}"${bold ? ' font-weight="600"' : ""}>${
      escapeHtml(words)
    }</text>`
  );
  return `<g${attributes(look)}>${inside.join("")}</g>`;
}

function attributes(look: TextLook): string {
  const { size = 12, bold = false, anchor = "start", colour = "ink", fixed } = look;
  const fill = fixed ??
    (colour === "ink" || colour === "soft"
      ? colour === "ink" ? "#1c2430" : "#566273"
      : TONES[colour].stroke);
  return `${fixed === undefined ? ` class="t-${colour}"` : ""} font-size="${size}"${
    bold ? ' font-weight="600"' : ""
  }${anchor === "start" ? "" : ` text-anchor="${anchor}"`} fill="${fill}"`;
}

/** Writes powers such as `10^25` with a small raised exponent; Inter has no letters for them. */
function raised(words: string, size: number): string {
  const up = round(size * 0.35);
  return words.replaceAll(
    /\^(\d+)([^^]*)/g,
    (_, exponent: string, rest: string) =>
      `<tspan dy="-${up}" font-size="${round(size * 0.75)}">${exponent}</tspan>` +
      (rest === "" ? "" : `<tspan dy="${up}">${rest}</tspan>`),
  );
}

/**
 * A rectangle with round corners.
 *
 * @param area where
 * @param look its colours and names
 * @returns SVG text
 */
export function rect({ x, y, width, height }: Area, look: AreaLook = {}): string {
  const { tone = "plain", radius = 8, dashed = false, border = 1.3, classes, tooltip, id } = look;
  const { fill, stroke } = TONES[tone];
  const shape = `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${
    round(height)
  }" rx="${radius}" fill="${fill}" stroke="${stroke}" stroke-width="${border}"${
    dashed ? ' stroke-dasharray="5 4"' : ""
  }`;
  const name = `a-${tone}${classes === undefined ? "" : ` ${classes}`}`;
  return `${shape} class="${name}"${id === undefined ? "" : ` id="${id}"`}${
    tooltip === undefined ? "/>" : `><title>${escapeHtml(tooltip)}</title></rect>`
  }`;
}

/**
 * The colour field of an op, with its name in the middle.
 *
 * @param area where
 * @param op name of the op, such as `conv3x3`
 * @param words what is written on it
 * @param size of the letters
 * @returns SVG text
 */
export function opField(area: Area, op: string, words: string, size = 11.5): string {
  const { fill, text: ink } = opColour(op);
  const { x, y, width, height } = area;
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${
    round(height)
  }" rx="6" fill="${fill}" class="op-${op}"/>${
    text(x + width / 2, y + height / 2 + size * 0.36, words, { size, anchor: "middle", fixed: ink })
  }`;
}

/** How a line is drawn. */
export interface LineLook {
  readonly tone?: Tone | "chain";
  /** 1.6 when left out. */
  readonly width?: number;
  readonly dashed?: boolean;
  readonly classes?: string;
  readonly id?: string;
  readonly tooltip?: string;
  /** Whether the line ends in an arrow head; true when left out. */
  readonly head?: boolean;
}

/**
 * A line, with a head at its end.
 *
 * @param path SVG path data that ends in a straight line or a cubic
 * @param end where the head points to
 * @param angle where the head points, in radians; 0 to the right, π/2 down
 * @param look colours and names
 * @returns SVG text of a group
 */
export function arrow(
  path: string,
  end: readonly [number, number],
  angle: number,
  look: LineLook = {},
): string {
  const { tone = "chain", width = 1.6, dashed = false, classes, id, tooltip, head = true } = look;
  const colour = tone === "chain" ? "#3c4858" : TONES[tone].stroke;
  const size = 3.2 + 1.9 * width;
  const corner = (back: number, side: number): string => {
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    return `${round(end[0] - back * cos - side * sin)},${round(end[1] - back * sin + side * cos)}`;
  };
  const tip = head
    ? `<polygon points="${corner(0, 0)} ${corner(size, size * 0.5)} ${
      corner(size, -size * 0.5)
    }" fill="${colour}"/>`
    : "";
  const name = `l-${tone}${classes === undefined ? "" : ` ${classes}`}`;
  return `<g class="${name}"${id === undefined ? "" : ` id="${id}"`}>${
    tooltip === undefined ? "" : `<title>${escapeHtml(tooltip)}</title>`
  }<path d="${path}" fill="none" stroke="${colour}" stroke-width="${width}"${
    dashed ? ' stroke-dasharray="5 4"' : ""
  }/>${tip}</g>`;
}

/**
 * A straight arrow.
 *
 * @param from where it begins
 * @param to where its head points to
 * @param look colours and names
 * @returns SVG text of a group
 */
export function straightArrow(
  from: readonly [number, number],
  to: readonly [number, number],
  look: LineLook = {},
): string {
  const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
  // The line ends inside the head, so that its blunt end does not show.
  const back = look.head === false ? 0 : 4;
  const stop = [to[0] - back * Math.cos(angle), to[1] - back * Math.sin(angle)];
  const path = `M${round(from[0])} ${round(from[1])}L${round(stop[0])} ${round(stop[1])}`;
  return arrow(path, to, angle, look);
}

/** A number with at most two digits after the point. */
export function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}
