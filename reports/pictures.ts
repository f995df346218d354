/**
 * Draws the charts of the report as PNG, for readers without scripts and for print.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import {
  type Canvas,
  createCanvas,
  GlobalFonts,
  loadImage,
  type SvgCanvas,
  SvgExportFlag,
} from "@napi-rs/canvas";
import { Chart, type ChartItem, registerables } from "chart.js";
import { PointWithErrorBar, ScatterWithErrorBarsController } from "chartjs-chart-error-bars";
import { loadFonts } from "./assets.ts";
import { completeChart } from "./chart_setup.ts";
import type { ChartConfig } from "./charts.ts";

/** Size of a picture. */
export interface PictureSize {
  /** CSS pixels. */
  readonly width: number;
  /** CSS pixels. */
  readonly height: number;
  /** Device pixels for each CSS pixel. */
  readonly scale?: number;
}

const FAMILY = "Enaslab Inter";

/** The families to draw with: our own copy of Inter, so no system font is needed. */
const FAMILIES = `"${FAMILY}", "${FAMILY} latin-ext", "${FAMILY} greek", "${FAMILY} cyrillic"`;

let fontsReady: Promise<void> | null = null;

/**
 * Draws a chart on white ground.
 *
 * @param config the same configuration the page uses
 * @param size size of the picture
 * @returns PNG bytes
 */
export async function renderChartPng(config: ChartConfig, size: PictureSize): Promise<Uint8Array> {
  await (fontsReady ??= registerFonts());
  const canvas = createCanvas(size.width, size.height);
  const chart = drawChart(canvas, config, size, size.scale ?? 1.5);
  try {
    return new Uint8Array(await canvas.encode("png"));
  } finally {
    chart.destroy();
  }
}

/**
 * Draws a chart on white ground as lines and outlines of letters, sharp at any size.
 *
 * @param config the same configuration the page uses
 * @param size size of the picture; its scale does not matter
 * @returns the text of an SVG file that needs no font
 */
export async function renderChartSvg(config: ChartConfig, size: PictureSize): Promise<string> {
  await (fontsReady ??= registerFonts());
  const canvas = createCanvas(size.width, size.height, SvgExportFlag.ConvertTextToPaths);
  // A ratio of 1 leaves the canvas its size: a drawing that was resized would begin anew.
  const chart = drawChart(canvas, config, size, 1);
  try {
    // Hundredths of a pixel are enough, and make the file half as large.
    const text = canvas.getContent().toString("utf8");
    return text.replace(/\d+\.\d{3,}/g, (digits) => String(Number(Number(digits).toFixed(2))));
  } finally {
    chart.destroy();
  }
}

/** Draws on a canvas of either kind; the chart is to be destroyed when the canvas was read. */
function drawChart(
  canvas: Canvas | SvgCanvas,
  config: ChartConfig,
  { width, height }: PictureSize,
  devicePixelRatio: number,
): Chart {
  const picture = structuredClone(config) as unknown as {
    type: "line";
    data: { datasets: [] };
    options: Record<string, unknown>;
  };
  completeChart(picture);
  const ground = {
    id: "ground",
    beforeDraw: (chart: Chart): void => {
      chart.ctx.save();
      chart.ctx.fillStyle = "#ffffff";
      chart.ctx.fillRect(0, 0, width, height);
      chart.ctx.restore();
    },
  };
  // Chart.js reads the size of a bare canvas from width and height and scales by this ratio.
  return new Chart(canvas as unknown as ChartItem, {
    ...picture,
    options: { ...picture.options, responsive: false, animation: false, devicePixelRatio },
    plugins: [ground],
  });
}

/**
 * Draws a network or a cell as a picture on white ground.
 *
 * @param svg an `<svg>` element as `drawNetwork` and `drawCell` return it, or the file that
 * `drawArcSvg` makes
 * @param scale device pixels for each CSS pixel
 * @param margin CSS pixels of white around the drawing
 * @returns PNG bytes
 */
export async function renderDrawingPng(
  svg: string,
  scale = 2,
  margin = 0,
): Promise<Uint8Array> {
  await (fontsReady ??= registerFonts());
  const size = /<svg [^>]*?width="(\d+)" height="(\d+)"/.exec(svg);
  if (size === null) {
    throw new TypeError("Expected an svg element with width and height in whole pixels");
  }
  const [width, height] = [Number(size[1]) * scale, Number(size[2]) * scale];
  const named = svg.includes(" xmlns=")
    ? svg
    : svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ');
  const whole = named
    .replace(/width="\d+" height="\d+"/, `width="${width}" height="${height}"`)
    .replaceAll(/font-family="[^"]*"/g, `font-family="${FAMILY}"`)
    .replaceAll(/>[^<>]+</g, spellOut);
  const edge = margin * scale;
  const canvas = createCanvas(width + 2 * edge, height + 2 * edge);
  const context = canvas.getContext("2d");
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(await loadImage(Buffer.from(whole)), edge, edge, width, height);
  return new Uint8Array(await canvas.encode("png"));
}

/** Letters that other files of Inter have: a drawing takes one family, not the first that fits. */
const SCRIPTS: readonly (readonly [subset: string, letters: RegExp])[] = [
  ["latin-ext", /[\u0100-\u02ba\u1e00-\u1eff]+/g],
  ["greek", /[\u0370-\u03ff]+/g],
  ["cyrillic", /[\u0400-\u045f\u0490-\u0491\u04b0-\u04b1]+/g],
];

/** Names the family of every run of letters that the first one lacks. */
function spellOut(words: string): string {
  return SCRIPTS.reduce(
    (text, [subset, letters]) =>
      text.replaceAll(letters, (run) => `<tspan font-family="${FAMILY} ${subset}">${run}</tspan>`),
    words,
  );
}

async function registerFonts(): Promise<void> {
  Chart.register(...registerables, ScatterWithErrorBarsController, PointWithErrorBar);
  Object.assign(Chart.defaults, { color: "#39434f", borderColor: "#e3e7ec" });
  Object.assign(Chart.defaults.font, { family: FAMILIES, size: 12 });
  for (const { subset, weight, bytes } of await loadFonts()) {
    const family = subset === "latin" ? FAMILY : `${FAMILY} ${subset}`;
    if (GlobalFonts.register(Buffer.from(bytes), family) === null) {
      throw new Error(`Cannot register the font Inter ${subset} ${weight} for pictures`);
    }
  }
}
