/**
 * The figures of a study as pictures for papers and slides, each with its title and its scale.
 *
 * @module
 */

import type { StudyReport } from "../nas/stats/study_report.ts";
import type { ChartConfig, ChartFigure } from "./charts.ts";
import { isChart, pictureSize } from "./figures.ts";
import { escapeHtml } from "./format.ts";
import { renderChartPng, renderDrawingPng } from "./pictures.ts";
import type { ReportPicture } from "./report_pictures.ts";
import { scaleNote, shorten } from "./study_figures/parts.ts";
import { studyFigures } from "./study_page.ts";
import { DRAWING_FONT, standaloneSvg, svgHead } from "./svg.ts";

/** Pixels for the lines above a chart. */
const HEAD = 56;
/** Room that a letter of a title takes. */
const LETTER = 8;

/**
 * Draws every figure of a study on white ground; one of which nothing was run has no picture, and one
 * that is shown by value and by rank has two.
 *
 * @param report contents of `study.json`
 * @returns the pictures in the order of the page, named by the ids of the figures
 * @throws {TypeError} If a diagram has no box, or arrows that join none.
 */
export async function* studyPictures(report: StudyReport): AsyncGenerator<ReportPicture> {
  for (const [i, figure] of (await studyFigures(report)).entries()) {
    const { id, title } = figure;
    const scale = scaleNote(report.figures[i].scale ?? report.scale.label);
    if (isChart(figure)) yield* chartPictures(figure, scale);
    else if (figure.svg !== "") {
      const head = { svg: lineSvg(scale), title: shorten(title, 90) };
      const svg = standaloneSvg([[head], [{ svg: figure.svg, title: "" }]], title);
      yield { file: `${id}.png`, png: await renderDrawingPng(svg) };
    }
  }
}

async function* chartPictures(figure: ChartFigure, scale: string): AsyncGenerator<ReportPicture> {
  const { id, title, config: first, views = [] } = figure;
  for (const { label, config } of [{ label: "", config: first }, ...views]) {
    const size = pictureSize({ ...figure, config });
    const titled = withTitle(config, title, scale, size.width);
    const png = await renderChartPng(titled, { ...size, height: size.height + HEAD, scale: 2 });
    yield { file: `${id}${label === "" ? "" : `-${label.toLowerCase()}`}.png`, png };
  }
}

/** A line of small print as a drawing of its own. */
function lineSvg(text: string): string {
  const [width, height] = [Math.ceil(LETTER * text.length), 14];
  return `${svgHead("line", text, width, height)} viewBox="0 0 ${width} ${height}">
<text y="11" font-family="${DRAWING_FONT}" font-size="12" fill="#566273">${
    escapeHtml(text)
  }</text></svg>`;
}

/** The same chart with title and scale above it. */
function withTitle(
  config: ChartConfig,
  title: string,
  scale: string,
  width: number,
): ChartConfig {
  const line = (text: string, size: number, weight: number, colour: string) => ({
    display: true,
    text: shorten(text, Math.floor(width / LETTER)),
    align: "start",
    color: colour,
    font: { size, weight },
    padding: { top: 0, bottom: 8 },
  });
  return {
    ...config,
    options: {
      ...config.options,
      layout: { padding: 12 },
      plugins: {
        ...(config.options.plugins as object),
        title: line(title, 15, 600, "#1c2430"),
        subtitle: line(scale, 12, 400, "#566273"),
      },
    },
  };
}
