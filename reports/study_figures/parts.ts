/**
 * What several kinds of study figures share.
 *
 * @module
 */

import type { StudyFigureOf } from "../../nas/stats/study_report.ts";
import type { ChartConfig, ChartDataset, ChartFigure, ChartTable } from "../charts.ts";
import { RUN_COLOURS, runColour, withAlpha } from "../palette.ts";

/** What a figure is drawn from, and the numbers behind it. */
export interface DrawnChart {
  readonly config: ChartConfig;
  readonly table: ChartTable;
  readonly wide?: boolean;
  readonly height?: number;
  readonly views?: NonNullable<ChartFigure["views"]>;
  /** A sentence that the caption ends with. */
  readonly note?: string;
}

/** What a table of a study says for null. */
export const NOT_RUN = "not run";

/** An axis of a figure. */
export type FigureAxis = StudyFigureOf<"scatter">["x"];

/** How error bars look; the plugin takes arrays by state, where these are constant. */
export function errorBars(colour: string): Record<string, unknown> {
  return {
    errorBarColor: colour,
    errorBarWhiskerColor: colour,
    errorBarLineWidth: 1.6,
    errorBarWhiskerLineWidth: 1.6,
    errorBarWhiskerSize: 8,
  };
}

/** A data set of points with error bars. */
export function points(label: string, colour: string, data: readonly object[]): ChartDataset {
  return {
    label,
    data: data as ChartDataset["data"],
    backgroundColor: colour,
    borderColor: colour,
    pointRadius: 5,
    pointHoverRadius: 6,
    ...errorBars(withAlpha(colour, 0.65)),
  };
}

/** The scales of options that `chartOptions` made, to be changed in place. */
export function scalesOf(
  options: Readonly<Record<string, unknown>>,
): Record<string, Record<string, unknown>> {
  return options.scales as Record<string, Record<string, unknown>>;
}

/**
 * An axis of named places 0, 1, …, with room at both ends. Places are numbers and not categories, so
 * that names may be alike and points lie between places.
 */
export function namedAxis(names: readonly string[]): Record<string, unknown> {
  return {
    type: "linear",
    names,
    min: -0.5,
    max: Math.max(1, names.length) - 0.5,
    title: { display: false, text: "" },
    grid: { display: false },
    border: { display: false },
    ticks: {
      maxRotation: 60,
      padding: 8,
      autoSkipPadding: 6,
      ...(names.length > 8 ? {} : { autoSkip: false }),
    },
  };
}

/** The name of a place, which says if nothing is there. */
export function placeName(label: string, run: boolean): string {
  return run ? label : `${label} (${NOT_RUN})`;
}

/** Tells one thing under the pointer at a time, as points are no series. */
export function pointwise(options: Record<string, unknown>): Record<string, unknown> {
  return {
    ...options,
    interaction: { mode: "nearest", intersect: true },
    plugins: {
      ...(options.plugins as object),
      tooltip: { mode: "nearest", intersect: true, padding: 10 },
    },
  };
}

/** How the numbers of an axis are written. */
export function numberFormat(axis: FigureAxis): Record<string, unknown> {
  return axis.percent
    ? { style: "percent", minimumFractionDigits: 0, maximumFractionDigits: 2 }
    : { maximumSignificantDigits: 4 };
}

/** Puts kind and number format of an axis into its scale. */
export function applyAxis(scale: Record<string, unknown>, axis: FigureAxis): void {
  scale.ticks = { ...(scale.ticks as object), format: numberFormat(axis) };
  if (axis.logarithmic === true) {
    scale.type = "logarithmic";
    delete scale.min;
    delete scale.max;
  }
}

/** Whether an axis can show a value. */
export function fits(axis: FigureAxis, value: number | null): boolean {
  return axis.logarithmic !== true || value === null || value > 0;
}

/** Says how many values an axis could not show; nothing where it shows all. */
export function leftOutNote(count: number): { note?: string } {
  if (count === 0) return {};
  return {
    note: count === 1
      ? "1 point has no place on a logarithmic axis; the table has it."
      : `${count} points have no place on a logarithmic axis; the table has them.`,
  };
}

/** Look of a series: where colours come again, dashes and shapes differ. */
export function seriesStyle(index: number): { colour: string; dash: number[]; shape: string } {
  const round = Math.floor(index / RUN_COLOURS.length);
  return {
    colour: runColour(index),
    dash: DASHES[round % DASHES.length],
    shape: SHAPES[(index + round) % SHAPES.length],
  };
}

const DASHES: readonly number[][] = [[], [7, 3], [2, 3], [9, 3, 2, 3]];
const SHAPES: readonly string[] = ["circle", "rect", "triangle", "rectRot"];

/** A label of at most `length` characters: head and tail, as labels often differ at the end alone. */
export function shorten(label: string, length: number): string {
  const characters = [...label];
  if (characters.length <= length) return label;
  const tail = Math.floor((length - 1) / 3);
  const head = characters.slice(0, length - 1 - tail);
  return [...head, "…", ...characters.slice(characters.length - tail)].join("");
}

/** Says at which scale numbers were found. */
export function scaleNote(label: string): string {
  return /^scale/i.test(label) ? label[0].toUpperCase() + label.slice(1) : `Scale: ${label}`;
}

/** Sentences as a paragraph, each with a full stop; empty ones are left out. */
export function joinSentences(sentences: readonly string[]): string {
  return sentences.map((one) => one.trim()).filter((one) => one !== "")
    .map((one) => /[.!?…]$/.test(one) ? one : `${one}.`).join(" ");
}
