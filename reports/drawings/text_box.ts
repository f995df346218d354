/**
 * Boxes with words in them, as wide as the words need.
 *
 * @module
 */

import { type AreaLook, rect, text, type Tone } from "./shapes.ts";

/** A box with a heading and small print, ready to be placed. */
export interface TextBox {
  readonly width: number;
  readonly height: number;
  /** SVG text with the box's upper left corner at x, y. */
  draw(x: number, y: number, tone: Tone, look?: AreaLook): string;
}

const TITLE_SIZE = 13;
const LINE_SIZE = 11.5;
const PADDING = { x: 13, y: 10 } as const;

/**
 * Measures a box with a heading and lines of small print below.
 *
 * @param title heading; wrapped where it is long
 * @param lines small print; wrapped where it is long
 * @param width width of the box, or the most it may take (`{ most }`)
 * @returns the box, which can then be placed
 */
export function textBox(
  title: string,
  lines: readonly string[],
  width: number | { readonly most: number },
): TextBox {
  const room = (typeof width === "number" ? width : width.most) - 2 * PADDING.x;
  const head = wrap(title, room, TITLE_SIZE, true);
  const body = lines.flatMap((line) => wrap(line, room, LINE_SIZE, false));
  const needed = Math.max(
    ...head.map((line) => textWidth(line, TITLE_SIZE, true)),
    ...body.map((line) => textWidth(line, LINE_SIZE)),
  );
  const whole = typeof width === "number" ? width : Math.min(width.most, needed + 2 * PADDING.x);
  const gap = head.length > 0 && body.length > 0 ? 3 : 0;
  const height = 2 * PADDING.y + head.length * 17 + gap + body.length * 16;
  return {
    width: Math.ceil(whole),
    height,
    draw: (x, y, tone, look = {}) => {
      const middle = x + Math.ceil(whole) / 2;
      const words = [
        ...head.map((line, i) =>
          text(middle, y + PADDING.y + 13 + 17 * i, line, {
            size: TITLE_SIZE,
            bold: true,
            anchor: "middle",
            colour: tone === "muted" ? "soft" : "ink",
          })
        ),
        ...body.map((line, i) =>
          text(middle, y + PADDING.y + head.length * 17 + gap + 12 + 16 * i, line, {
            size: LINE_SIZE,
            anchor: "middle",
            colour: "soft",
          })
        ),
      ];
      return `<g class="box">${
        rect({ x, y, width: Math.ceil(whole), height }, {
          tone,
          dashed: tone === "muted",
          ...look,
        })
      }${words.join("")}</g>`;
    },
  };
}

/**
 * Breaks words into lines.
 *
 * @param words any text
 * @param room width of a line
 * @param size of the letters
 * @param bold whether they are bold
 * @returns the lines; none for an empty text
 */
export function wrap(words: string, room: number, size: number, bold = false): string[] {
  const lines: string[] = [];
  for (const word of words.split(" ").filter((part) => part !== "")) {
    const last = lines.at(-1);
    const longer = last === undefined ? word : `${last} ${word}`;
    if (last !== undefined && textWidth(longer, size, bold) <= room) {
      lines[lines.length - 1] = longer;
    } else lines.push(word);
  }
  return lines;
}

/**
 * About how wide a line of Inter is; within some per cent, on the wide side.
 *
 * @param words any text
 * @param size of the letters
 * @param bold whether they are bold
 * @returns CSS pixels
 */
export function textWidth(words: string, size: number, bold = false): number {
  let units = 0;
  for (const letter of words) {
    units += /[iIjl|'.,:;!\u00a0 ()[\]/·]/.test(letter)
      ? 0.31
      : /[mwMW%@→×−–—]/.test(letter)
      ? 0.88
      : /[A-Z0-9#+=<>~?&]/.test(letter)
      ? 0.68
      : /[frt\-“”"]/.test(letter)
      ? 0.41
      : 0.585;
  }
  return units * size * (bold ? 1.06 : 1);
}
