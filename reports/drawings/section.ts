/**
 * The section that explains one search by drawings made from its log.
 *
 * @module
 */

import { escapeHtml } from "../format.ts";
import type { RunSummary } from "../run_summary.ts";
import { SPACE_VIEWS } from "../spaces/mod.ts";
import { searchFacts } from "./facts.ts";
import type { RunDrawing } from "./run_drawing.ts";
import { runDrawings } from "./run_drawings.ts";

/**
 * Draws how the search of a report worked.
 *
 * @param runs the runs of the report
 * @returns a `<section>`; empty unless the report shows a single search with an arc
 */
export async function howSection(runs: readonly RunSummary[]): Promise<string> {
  const [run] = runs;
  if (runs.length !== 1 || run.kind !== "search") return "";
  const facts = searchFacts(run);
  if (facts === null) return "";
  const [first, ...others] = await runDrawings(facts, "how");
  const { elsewhere } = SPACE_VIEWS[facts.arc.space];
  const lacking = facts.trace !== null
    ? ""
    : " The log of this run does not tell with which probabilities the sampler drew: searches of this " +
      "version log it when they choose their best arc.";
  return `<section id="how"><h2>How this search worked, drawn from its data</h2>
<p>${escapeHtml(first.sentence)}</p>
<div class="card how-first">${drawingBoxes(first)}</div>
<details class="how"><summary>${others.length} more drawings: ${
    escapeHtml(others.map(({ title }) => title.toLowerCase()).join("; "))
  }</summary>
<p>${elsewhere}${lacking} Point at a part to read its name.</p>
${others.map(figure).join("\n")}</details></section>`;
}

function figure(drawing: RunDrawing): string {
  const { id, figure, title, sentence } = drawing;
  return `<figure class="card how-figure" id="how-${id}-figure"><h3>${
    escapeHtml(title)
  } <span class="of-thesis">figure ${figure} of the thesis, for this run</span></h3>
<p>${escapeHtml(sentence).replaceAll(/\^(\d+)/g, "<sup>$1</sup>")}</p>
<div class="how-drawings">${drawingBoxes(drawing)}</div></figure>`;
}

/** Each picture in a box of its own, which scrolls where the screen is narrow. */
function drawingBoxes({ title, views }: RunDrawing): string {
  return views.map(({ cell, svg, narrow }) => {
    const name = cell === null ? "" : `${cell === "normal" ? "Normal" : "Reduction"} cell`;
    const label = escapeHtml(name === "" ? title : `${title}: ${name}`);
    const box = (picture: string, classes: string) =>
      `<div class="drawing${classes}" tabindex="0" role="region" aria-label="${label}">${picture}</div>`;
    const boxes = narrow === undefined
      ? box(svg, "")
      : box(svg, " wide-screen") + box(narrow, " narrow-screen");
    return name === "" ? boxes : `<div><h4>${name}</h4>${boxes}</div>`;
  }).join("\n");
}
