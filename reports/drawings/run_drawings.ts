/**
 * The drawings of one search, each with a sentence for a newcomer; nothing here is HTML but their SVG.
 *
 * @module
 */

import { MICRO_CELLS, type MicroArc, type MicroCellName } from "../../nas/space/micro/arc.ts";
import type { MacroArc } from "../../nas/space/macro/arc.ts";
import { type Diagram, renderDiagram } from "../diagram.ts";
import { arcFacts } from "../arc_text.ts";
import { formatCount, formatLarge } from "../format.ts";
import { type BlockOptions, cellBlocks, drawBlock } from "./block.ts";
import { drawMacroDag, drawMicroDag } from "./dag.ts";
import type { SearchFacts } from "./facts.ts";
import {
  blocksDiagram,
  controllerDiagram,
  elementsDiagram,
  pipelineDiagram,
  scalars,
} from "./run_diagrams.ts";
import { drawMacroSampling, drawMicroSampling, traceLogProbability } from "./sampling.ts";
import { drawMacroShared, macroPair, microPair, sharedSentence } from "./shared.ts";
import { drawMicroShared } from "./shared_cells.ts";

/** One drawing of a search. */
export interface RunDrawing {
  /** Name among the drawings of the run, for ids and files. */
  readonly id: string;
  /** Number of the figure of the thesis that shows the same. */
  readonly figure: number;
  readonly title: string;
  /** What one sees, for a newcomer. */
  readonly sentence: string;
  /** What is drawn: one, or one for each cell. */
  readonly views: readonly DrawingView[];
}

/** One of the pictures of a drawing. */
export interface DrawingView {
  /** Name of the cell; null for a drawing of one picture. */
  readonly cell: MicroCellName | null;
  /** An `<svg>` element as text. */
  readonly svg: string;
  /** The same for narrow screens; left out where one picture serves both. */
  readonly narrow?: string;
}

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
    ...(arc.space === "macro"
      ? macroDrawings(facts, arc, prefix)
      : await microDrawings(facts, arc, prefix)),
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

function macroDrawings(
  { other, trace, child }: SearchFacts,
  arc: MacroArc,
  prefix: string,
): RunDrawing[] {
  const drawings: RunDrawing[] = [];
  if (other?.space === "macro") {
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

async function microDrawings(
  { run, other, trace, child }: SearchFacts,
  arc: MicroArc,
  prefix: string,
): Promise<RunDrawing[]> {
  const { layers, filters } = child;
  const drawings: RunDrawing[] = [];
  const { shape, classes } = run.config.dataset;
  if (other?.space === "micro" && layers !== undefined) {
    const pair = [arc, other] as const;
    const options = { ...child, layers };
    drawings.push({
      id: "shared",
      figure: 4,
      title: "Two children, one set of weights",
      sentence:
        "Every candidate fills the same places of one large graph: a row is an operand, a " +
        "column the tensor that it reads. Child A is the best architecture, child B another of the " +
        `last epoch. ${sharedSentence(microPair(pair, options).counts)} Where both put the same ` +
        "operation in the same place, in green, they train the same weights.",
      views: MICRO_CELLS.map((cell) => ({
        cell,
        svg: drawMicroShared(pair, { ...options, id: `${prefix}-shared-${cell}`, cell }),
      })),
    });
  }
  if (layers !== undefined && filters !== undefined && shape.every((side) => side > 0)) {
    drawings.push(...await blockDrawings({ ...child, layers, filters, shape }, classes, prefix));
  }
  if (trace !== null) {
    drawings.push({
      id: "sampling",
      figure: 10,
      title: "How the sampler draws these cells",
      sentence:
        "For every node it chooses two earlier tensors, then an operation for each. Bars and " +
        "numbers are probabilities in per cent after the search; what this architecture has is framed " +
        `in red. ${chance(traceLogProbability(trace))}`,
      views: MICRO_CELLS.map((cell) => ({
        cell,
        svg: drawMicroSampling(arc, trace, { id: `${prefix}-sampling-${cell}`, cell }),
      })),
    });
  }
  drawings.push({
    id: "graph",
    figure: 12,
    title: "All connections that the cells could have",
    sentence:
      "Every node reads two of the tensors before it: the ones that it does read are red, those " +
      "that it could have read grey. Tensors with a thick ring are read by no node: they are the " +
      "cell's output.",
    views: MICRO_CELLS.map((cell) => ({
      cell,
      svg: drawMicroDag(arc, { id: `${prefix}-graph-${cell}`, cell }),
    })),
  });
  return drawings;
}

async function blockDrawings(
  options: BlockOptions,
  classes: number,
  prefix: string,
): Promise<RunDrawing[]> {
  const blocks = cellBlocks(options);
  const [{ normal }] = blocks;
  const network: RunDrawing = {
    id: "blocks",
    figure: 9,
    title: "The network of blocks",
    sentence:
      "The searched network is a chain of blocks; numbers are height × width × channels of " +
      "each tensor.",
    views: [await diagramView(blocksDiagram(`${prefix}-blocks`, options, classes), 150)],
  };
  if (normal === 0) return [network];
  return [{
    id: "block",
    figure: 8,
    title: "One block of cells",
    sentence:
      `A block repeats the normal cell N = ${normal} ${normal === 1 ? "time" : "times"} and ` +
      "ends with the reduction cell. Grey arrows bring each cell the output before the previous one.",
    views: [whole(drawBlock(`${prefix}-block`, normal))],
  }, network];
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

/** A diagram that runs to the right, and one that runs down for narrow screens. */
async function diagramView(diagram: Diagram, most: number): Promise<DrawingView> {
  return {
    cell: null,
    svg: await renderDiagram(diagram, { most }),
    narrow: await renderDiagram(
      { ...diagram, id: `${diagram.id}-narrow`, direction: "down" },
      { most: 160 },
    ),
  };
}

function whole(svg: string): DrawingView {
  return { cell: null, svg };
}

/** Says how probable it is to draw exactly the arc. */
function chance(logProbability: number): string {
  if (logProbability === -Infinity) return "By now it would not draw this one.";
  const times = Math.exp(-logProbability);
  const often = times < 1e15
    ? formatLarge(Math.max(1, times))
    : `10^${Math.round(-logProbability / Math.LN10)}`;
  return `It would draw exactly this one about once in ${often} draws.`;
}
