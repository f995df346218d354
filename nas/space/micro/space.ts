/**
 * The micro search space: a normal and a reduction cell that a network repeats (enas-spec.md section
 * B).
 *
 * @module
 */

import type { ArcGraph, GraphNode } from "../graph.ts";
import type { GraphReading } from "../reading.ts";
import { type ArcFormat, type ArcRow, checkSize, type Choice, Space } from "../space.ts";
import type { ImageKind, NetworkCost, SettingIssue, SizeWords, SpaceWords } from "../space.ts";
import { counted } from "../../text/words.ts";
import { integersOf } from "../tokens.ts";
import { isRecord, rowsOf } from "../values.ts";
import {
  MICRO_CELLS,
  MICRO_OPS,
  type MicroArc,
  microArcDecisions,
  microArcFromDecisions,
  microArcFromRows,
  microArcLength,
  type MicroCell,
  microCellLooseEnds,
  microCellRows,
  type MicroNode,
  type MicroOp,
  validateMicroArc,
} from "./arc.ts";
import { canonicalCell } from "./canonical.ts";
import { microSupernetParameters } from "./cost.ts";
import {
  microCost,
  microFinalSpec,
  type MicroSettings,
  microSharedSpec,
  type MicroSpec,
} from "./network_spec.ts";
import { formatMicroArc, looksLikeMicroRows, parseMicroArc } from "./text.ts";

/** What the micro space is; {@link MICRO} is the one. */
export class MicroSpace extends Space<MicroArc, MicroSpec, MicroSettings> {
  readonly name = "micro";
  readonly label = "Micro";
  readonly ops: readonly MicroOp[] = MICRO_OPS;
  readonly size: SizeWords = { noun: "node", each: " a cell", setting: "nodes" };
  readonly words: SpaceWords = {
    builds: "The micro space builds a network by stacking two small cells",
    opPlaces: "operands",
    opPlacesOfArcs: "operands of both cells of the arcs",
    opHead: "Ops",
    text:
      "The text of a pair of cells reads node by node, the normal cell before the bar and the " +
      "reduction cell after it: tensor and op of the first operand, tensor and op of the second.",
  };
  readonly hasSkips = false;
  readonly readings = { reductionPrev: ["reduced", "earlier"] };
  readonly textHint = '" | " between the cells of a micro arc';

  sizeOf({ normal }: MicroArc): number {
    return normal.nodes.length;
  }

  sizeOfCount(count: number): number | null {
    const nodes = count / microArcLength(1);
    return nodes > 0 && Number.isInteger(nodes) ? nodes : null;
  }

  validate(value: unknown): MicroArc {
    return validateMicroArc(value);
  }

  format(arc: MicroArc, format: ArcFormat): string {
    return formatMicroArc(arc, format);
  }

  parse(text: string): MicroArc {
    return parseMicroArc(text);
  }

  recognises(text: string): boolean {
    if (text.includes("|") || looksLikeMicroRows(text)) return true;
    if (!/[[\]]/.test(text)) return this.sizeOfCount(integersOf(text)) !== null;
    const lists = text.split("[").slice(1).map(integersOf);
    return lists.length === 2 && lists[0] > 1;
  }

  toJson(arc: MicroArc): Record<string, number[][]> {
    return { normal: microCellRows(arc.normal), reduction: microCellRows(arc.reduction) };
  }

  fromJson(value: unknown): MicroArc {
    const cells = isRecord(value) ? value : {};
    return microArcFromRows(
      rowsOf(cells.normal, "arc.normal"),
      rowsOf(cells.reduction, "arc.reduction"),
    );
  }

  rows(arc: MicroArc): ArcRow[] {
    return formatMicroArc(arc, "rows").split("\n")
      .map((text) => ({ text, op: null, skips: "" }));
  }

  choices(size: number): readonly Choice[] {
    checkSize(this, size);
    return MICRO_CELLS.flatMap((cell) =>
      Array.from({ length: size }, (_, place) =>
        [0, 1].flatMap((slot): Choice[] => [
          { kind: "input", cell, place, slot, count: place + 2 },
          { kind: "op", cell, place, slot, count: MICRO_OPS.length },
        ])).flat()
    );
  }

  fromDecisions(decisions: ArrayLike<number>): MicroArc {
    return microArcFromDecisions(decisions);
  }

  toDecisions(arc: MicroArc): number[] {
    return microArcDecisions(arc);
  }

  /** A node is the ops of its two operands and their sum; loose ends leave the cell. */
  graphs(arc: MicroArc): ArcGraph[] {
    return MICRO_CELLS.map((name) => {
      /** Place in the graph of a tensor of the cell. */
      const at = (tensor: number) => tensor < 2 ? tensor : 3 * tensor - 2;
      const nodes = arc[name].nodes.flatMap(({ operands }, node): GraphNode[] => [
        ...operands.map(({ input, op }) => ({ op, reads: [at(input)] })),
        { op: null, reads: [3 * node + 2, 3 * node + 3] },
      ]);
      return { inputs: 2, nodes, outputs: microCellLooseEnds(arc[name]).map(at) };
    });
  }

  /**
   * Nodes that do not read each other may stand in any order, and so may the two operands of a node,
   * because they are added.
   */
  canonical({ normal, reduction }: MicroArc, _reading?: GraphReading): MicroArc {
    return {
      space: "micro",
      normal: canonicalCell(normal),
      reduction: canonicalCell(reduction),
    };
  }

  /** All five ops in turn; each node reads the two tensors before it. */
  example(size: number): MicroArc {
    const rows = Array.from({ length: 2 * size }, (_, row) => {
      const node = row % size;
      const [first, second] = [2 * row, 2 * row + 1].map((op) => op % MICRO_OPS.length);
      return [node, first, node + 1, second];
    });
    return microArcFromDecisions(rows.flat());
  }

  largeArcs(size: number): MicroArc[] {
    return MICRO_OPS.map(({ id: op }) => {
      const node: MicroNode = { operands: [{ input: 0, op }, { input: 1, op }] };
      return twice({ nodes: Array.from({ length: size }, () => node) });
    });
  }

  variedArcs(size: number): MicroArc[] {
    // Each node after the other, so that the op also runs inside the cell.
    const chains = MICRO_OPS.map(({ id: op }) =>
      twice({
        nodes: Array.from({ length: size }, (_, c) => ({
          operands: [{ input: c + 1, op }, { input: c, op }],
        })),
      })
    );
    return [...this.largeArcs(size), ...chains];
  }

  sharedSpec(settings: MicroSettings, images: ImageKind): MicroSpec {
    return microSharedSpec(settings, images);
  }

  finalSpec(settings: MicroSettings, arc: MicroArc, images: ImageKind): MicroSpec {
    return microFinalSpec(settings, arc, images);
  }

  sizeOfSpec({ options: { nodes } }: MicroSpec): number {
    return nodes;
  }

  sizeIn({ child: { nodes } }: MicroSettings): number {
    return nodes;
  }

  finalReading(_settings: MicroSettings): GraphReading {
    return {};
  }

  refusedOps(_settings: MicroSettings): number[] {
    return [];
  }

  issues(_settings: MicroSettings): SettingIssue[] {
    return [];
  }

  finalIssues(_settings: MicroSettings, _arc: MicroArc): SettingIssue[] {
    return [];
  }

  depthLabel({ child: { layers, nodes } }: MicroSettings): string {
    return `${counted(layers, "layer")} and 2 reduction cells, ${counted(nodes, "node")} each,`;
  }

  inWords(arc: MicroArc): string {
    return `pair of cells with ${counted(this.sizeOf(arc), "node")} each`;
  }

  cost(spec: MicroSpec, arc: MicroArc, shape: ImageKind["shape"]): NetworkCost {
    return microCost(spec, arc, shape);
  }

  sharedParameters({ options }: MicroSpec): number {
    return microSupernetParameters(options);
  }
}

/** The micro search space. */
export const MICRO: MicroSpace = new MicroSpace();

/** An arc whose two cells are the same. */
function twice(cell: MicroCell): MicroArc {
  return { space: "micro", normal: cell, reduction: cell };
}
