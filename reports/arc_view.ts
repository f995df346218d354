/**
 * The drawing of each run's arc, with its legend, its table and its text.
 *
 * @module
 */

import { type Arc, SPACE_NAMES, spaceOf } from "../nas/space/mod.ts";
import { escapeHtml } from "./format.ts";
import type { RunSummary } from "./run_summary.ts";
import { SPACE_VIEWS } from "./spaces/mod.ts";
import { MAX_DRAWN } from "./spaces/space_view.ts";
import { arcToDraw, readArc } from "./summary.ts";

/** The drawing of each run's arc with its legend and table. */
export async function drawings(runs: readonly RunSummary[]): Promise<string> {
  const views: string[] = [];
  const spaces = new Set<string>();
  for (const [r, run] of runs.entries()) {
    const shown = arcToDraw(run);
    if (shown === null) continue;
    const arc = readArc(run, shown.arc);
    if (arc !== null) spaces.add(arc.space);
    const heading = [
      runs.length > 1 ? escapeHtml(run.label) : "",
      shown.chosen ? "" : "No arc was chosen; this is the best one scored so far",
    ].filter((part) => part !== "").join(". ");
    const head = heading === "" ? "" : `<h3>${heading}</h3>`;
    const inside = arc === null || isTooDeep(arc)
      ? `<p>There is no drawing for this kind of arc: <code>${escapeHtml(shown.arc)}</code></p>`
      : await SPACE_VIEWS[arc.space].view(arc, run, `net${r + 1}`);
    const classes = ["card", "arc-view", arc === null ? "" : SPACE_VIEWS[arc.space].cardClass];
    views.push(
      `<div class="${classes.filter((name) => name !== "").join(" ")}">${head}${inside}</div>`,
    );
  }
  if (views.length === 0) return "";
  const trains = runs.every(({ kind }) => kind === "train");
  const title = trains ? "The arc" : "The best arc";
  return `<section id="arc"><h2>${
    views.length === 1 ? title : trains ? "The arcs" : "The arcs of the runs"
  }</h2>
${
    SPACE_NAMES.filter((name) => spaces.has(name)).map((name, i, all) =>
      `<p>${SPACE_VIEWS[name].introduction}${
        i === all.length - 1
          ? ' <span class="needs-script">Point at a layer or circle to see its own lines.</span>'
          : ""
      }</p>`
    ).join("\n")
  }
${views.join("\n")}</section>`;
}

function isTooDeep(arc: Arc): boolean {
  return spaceOf(arc).sizeOf(arc) > MAX_DRAWN;
}

/**
 * The drawing of a run's arc as a file that stands alone.
 *
 * @param run the run
 * @returns an SVG document, or null where there is no arc that can be drawn
 */
export async function runArcSvg(run: RunSummary): Promise<string | null> {
  const shown = arcToDraw(run);
  const arc = shown === null ? null : readArc(run, shown.arc);
  if (arc === null || isTooDeep(arc)) return null;
  const { svg, drawOptions } = SPACE_VIEWS[arc.space];
  return await svg(arc, drawOptions(run));
}
