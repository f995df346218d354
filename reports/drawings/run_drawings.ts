/**
 * The drawings of one search, each with a sentence for a newcomer; nothing here is HTML but their SVG.
 *
 * @module
 */

import { formatCount } from "../format.ts";
import { SPACE_VIEWS } from "../spaces/mod.ts";
import type { SearchFacts } from "./facts.ts";
import { controllerDiagram, elementsDiagram, pipelineDiagram, scalars } from "./run_diagrams.ts";
import { sharesWeights } from "../run_summary.ts";
import { diagramView, type RunDrawing } from "./run_drawing.ts";

/**
 * Draws a search: its pipeline first.
 *
 * @param facts what is drawn
 * @param prefix starts all ids; must differ between searches of one page
 * @returns the drawings in the order in which they explain the search
 */
export async function runDrawings(facts: SearchFacts, prefix: string): Promise<RunDrawing[]> {
  const { arc } = facts;
  return [
    await pipeline(facts, `${prefix}-pipeline`),
    await elements(facts, `${prefix}-elements`),
    ...(await SPACE_VIEWS[arc.space].drawings(facts, prefix))
      // What two children share, where they share anything.
      .filter(({ id }) => id !== "shared" || sharesWeights(facts.run)),
    ...(await controller(facts, `${prefix}-controller`)),
  ];
}

async function pipeline(facts: SearchFacts, id: string): Promise<RunDrawing> {
  const { run } = facts;
  return {
    id: "pipeline",
    figure: 1,
    title: "From the images to the finished network",
    sentence: run.training.length > 0 || run.final !== null
      ? "The search proposes an architecture for the images; that one is then trained anew on the " +
        "same images, and tested on images that nothing has seen before."
      : "The search proposes an architecture for the images; this run did not train it anew.",
    views: [await diagramView(pipelineDiagram(id, facts), 186)],
  };
}

async function elements(facts: SearchFacts, id: string): Promise<RunDrawing> {
  return {
    id: "elements",
    figure: 2,
    title: "The three elements of the search",
    sentence:
      "Every architecture search has a space of candidates, a strategy that proposes some, " +
      "and a cheap way to tell how good they are.",
    views: [await diagramView(elementsDiagram(id, facts), 216)],
  };
}

async function controller({ trace }: SearchFacts, id: string): Promise<RunDrawing[]> {
  const diagram = trace === null ? null : controllerDiagram(id, trace);
  if (trace === null || diagram === null) return [];
  const total = formatCount(scalars(trace.event.parameters));
  return [{
    id: "controller",
    figure: 14,
    title: "What the controller consists of",
    sentence:
      "The controller is a small recurrent network of its own. The number behind each name is " +
      `how many learned parameters that part has: ${total} together.`,
    views: [await diagramView(diagram, 216)],
  }];
}
