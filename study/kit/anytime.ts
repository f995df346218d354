/**
 * Anytime curves: how good is the best found so far, after so many seconds?
 *
 * @module
 */
import type { StudyFigure } from "../../nas/stats/study_report.ts";
import { FRACTION, meanBand } from "./bands.ts";
import type { SupernetResult } from "../../nas/trials/kinds/supernet.ts";

/** Something found at some time. */
export interface Found {
  /** Since the search began. */
  readonly seconds: number;
  readonly value: number;
}

/** The best value so far at each time at which it rose; times are sorted first. */
export function bestSoFar(found: readonly Found[]): Found[] {
  const steps: Found[] = [];
  for (const one of [...found].sort((a, b) => a.seconds - b.seconds)) {
    if (steps.length === 0 || one.value > steps.at(-1)!.value) steps.push(one);
  }
  return steps;
}

/** The best value that a search had at a time; null before the first. */
export function valueAt(steps: readonly Found[], seconds: number): number | null {
  return steps.findLast((step) => step.seconds <= seconds)?.value ?? null;
}

/** The best estimates of a search by the seconds that it had trained, epoch by epoch. */
export function searchFound({ epochs }: SupernetResult): Found[] {
  let seconds = 0;
  return epochs.map(({ bestEstimate, seconds: taken }) => ({
    seconds: seconds += taken,
    value: bestEstimate,
  }));
}

/** Runs of one method. */
export interface AnytimeArm {
  readonly label: string;
  /** What each run found. */
  readonly runs: readonly (readonly Found[])[];
}

/** Times at which the curves are drawn. */
const TIMES = 40;

/**
 * Best value so far against seconds, mean over runs with its interval. A curve begins when every run has
 * found something, and ends with the shortest run, so that it is always a mean over the same runs.
 *
 * @returns null where no arm has a run
 */
export function anytimeFigure(
  { id, title, caption, arms, axis }: {
    readonly id: string;
    readonly title: string;
    readonly caption: string;
    readonly arms: readonly AnytimeArm[];
    readonly axis: { readonly title: string; readonly percent: boolean };
  },
): StudyFigure | null {
  const drawn = arms.map(({ label, runs }) => ({
    label,
    runs: runs.filter((found) => found.length > 0),
  })).filter(({ runs }) => runs.length > 0);
  if (drawn.length === 0) return null;
  const longest = Math.max(...drawn.map(({ runs }) => endOf(runs)));
  return {
    id,
    kind: "lines",
    title,
    caption: `${caption} Bands: 95 % interval of the mean over seeds.`,
    x: { title: "seconds of searching", percent: false },
    y: axis,
    series: drawn.map(({ label, runs }, i) => ({
      label,
      dashed: i > 0,
      points: curve(runs.map(bestSoFar), endOf(runs), longest),
    })),
  };
}

/** When the shortest run ended. */
function endOf(runs: readonly (readonly Found[])[]): number {
  return Math.min(...runs.map((found) => Math.max(...found.map(({ seconds }) => seconds))));
}

function curve(runs: readonly (readonly Found[])[], end: number, longest: number) {
  const grid = Array.from({ length: TIMES }, (_, i) => longest * (i + 1) / TIMES);
  const times = [...grid.filter((time) => time < end), end];
  return times.flatMap((x) => {
    const values = runs.map((steps) => valueAt(steps, x));
    return values.some((value) => value === null)
      ? []
      : [{ x, ...meanBand(values.map((value) => value!), FRACTION) }];
  });
}
