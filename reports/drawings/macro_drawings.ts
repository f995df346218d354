/**
 * The drawings of a search of the macro space that no other has.
 *
 * @module
 */

import type { MacroArc } from "../../nas/space/macro/arc.ts";
import { arcFacts } from "../arc_text.ts";
import { drawMacroDag } from "./dag.ts";
import type { SearchFacts } from "./facts.ts";
import { chance, type RunDrawing, whole } from "./run_drawing.ts";
import { drawMacroSampling, traceLogProbability } from "./sampling.ts";
import { drawMacroShared, macroPair, sharedSentence } from "./shared.ts";

/**
 * Shared weights, sampling, and all skip connections (figures 4, 5 and 7 of the thesis).
 *
 * @param facts the search
 * @param prefix starts all ids
 */
export function macroDrawings(
  { arc, other, trace, child }: SearchFacts<MacroArc>,
  prefix: string,
): RunDrawing[] {
  const drawings: RunDrawing[] = [];
  if (other !== null) {
    const pair = [arc, other] as const;
    drawings.push({
      id: "shared",
      figure: 4,
      title: "Two children, one set of weights",
      sentence:
        "Every candidate is a way through one large graph: child A is the best architecture, " +
        `child B another of the last epoch. ${sharedSentence(macroPair(pair, child).counts)} ` +
        "Where both take the same edge, in green, they train the same weights; the number says how " +
        "many tensors.",
      views: [whole(drawMacroShared(pair, { ...child, id: `${prefix}-shared` }))],
    });
  }
  if (trace !== null) {
    const id = `${prefix}-sampling`;
    drawings.push({
      id: "sampling",
      figure: 5,
      title: "How the sampler draws this architecture",
      sentence:
        "It decides layer by layer: first the operation, then which earlier tensors to add. " +
        "Bars and numbers are probabilities in per cent after the search; what this architecture has " +
        `is framed in red. ${chance(traceLogProbability(trace))}`,
      views: [whole(drawMacroSampling(arc, trace, { id, skipIndex: child.skipIndex }))],
    });
  }
  const { skips, possibleSkips } = arcFacts(arc);
  drawings.push({
    id: "graph",
    figure: 7,
    title: "All skip connections that could be",
    sentence:
      `Of ${possibleSkips} possible skip connections this architecture has ${skips}, in red. ` +
      (child.skipIndex === "stem-first"
        ? "A bow begins where its tensor does: in front of a layer, for it brings that layer's input."
        : "A bow begins behind the layer whose output it brings."),
    views: [whole(drawMacroDag(arc, { id: `${prefix}-graph`, skipIndex: child.skipIndex }))],
  });
  return drawings;
}
