/**
 * The drawings of a search of the micro space that no other has.
 *
 * @module
 */

import { MICRO_CELLS, type MicroArc } from "../../nas/space/micro/arc.ts";
import { type BlockOptions, cellBlocks, drawBlock } from "./block.ts";
import { drawMicroDag } from "./dag.ts";
import type { SearchFacts } from "./facts.ts";
import { blocksDiagram } from "./blocks_diagram.ts";
import { chance, diagramView, type RunDrawing, whole } from "./run_drawing.ts";
import { drawMicroSampling, traceLogProbability } from "./sampling.ts";
import { microPair, sharedSentence } from "./shared.ts";
import { drawMicroShared } from "./shared_cells.ts";

/**
 * Shared weights, blocks, sampling, and all connections (figures 4, 8, 9, 10 and 12 of the thesis).
 *
 * @param facts the search
 * @param prefix starts all ids
 */
export async function microDrawings(
  { run, arc, other, trace, child }: SearchFacts<MicroArc>,
  prefix: string,
): Promise<RunDrawing[]> {
  const { layers, filters } = child;
  const drawings: RunDrawing[] = [];
  const { shape, classes } = run.config.dataset;
  if (other !== null && layers !== undefined) {
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
