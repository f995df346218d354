/**
 * An architecture of middling cost, to predict times with before any is drawn.
 *
 * @module
 */
import { formatArc } from "../../nas/space/arc.ts";
import { type MacroArc, macroArcFromRows } from "../../nas/space/macro/arc.ts";
import { type MicroArc, microArcFromDecisions } from "../../nas/space/micro/arc.ts";
import type { SearchConfig } from "../../nas/config/mod.ts";

/**
 * An arc of the configuration's size in which every op comes up about equally often, and so costs about
 * what a random one does.
 *
 * @returns Its text on one line.
 */
export function exampleArc(config: SearchConfig): string {
  return formatArc(
    config.space === "macro" ? exampleMacro(config.child.layers) : exampleMicro(config.child.nodes),
  );
}

/** All six ops in turn, and every second skip. */
function exampleMacro(layers: number): MacroArc {
  return macroArcFromRows(
    Array.from({ length: layers }, (_, layer) => [
      layer % 6,
      ...Array.from({ length: layer }, (_, earlier) => (layer + earlier) % 2),
    ]),
  );
}

/** All five ops in turn; each node reads the two tensors before it. */
function exampleMicro(nodes: number): MicroArc {
  const rows = Array.from({ length: 2 * nodes }, (_, row) => {
    const node = row % nodes;
    return [node, 2 * row % 5, node + 1, (2 * row + 1) % 5];
  });
  return microArcFromDecisions(rows.flat());
}
