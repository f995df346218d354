/**
 * Which weight tensors of the shared graph an arc reads, as a rule on arcs alone (enas-spec.md
 * sections A.2 to A.4 and B.2 to B.4). A test holds it against the names that networks give.
 *
 * Tensors come in groups that one part of the network reads together. A convolution with its batch
 * norm is three tensors (weights, scale, offset), a separable one four, a factorised reduction four,
 * a batch norm two.
 *
 * @module
 */

import { MACRO_OPS, type MacroArc } from "./macro/arc.ts";
import { executedArc, liveReductions, type OpMode, type SkipIndex } from "./macro/structure.ts";
import { MICRO_OPS, type MicroArc, microCellLooseEnds, type MicroCellName } from "./micro/arc.ts";
import {
  type MicroCalibration,
  microSearchStructure,
  type ReductionPrev,
} from "./micro/structure.ts";

const CONV_NORM = 3;
const SEPARABLE_NORM = 4;
const REDUCTION = 4;
const NORM = 2;
/** Separable convolutions in a row that are one op of the micro space. */
const REPETITIONS = 2;
/** The auxiliary head: two convolutions with batch norm and a matrix. */
const AUXILIARY = 2 * CONV_NORM + 1;
const CALIBRATIONS: Readonly<Record<MicroCalibration, number>> = {
  none: 0,
  project: CONV_NORM,
  reduce: REDUCTION,
};

/** What a group of tensors belongs to. */
export type WeightPart =
  /** Stem, head, auxiliary head, and what brings a cell's inputs to one size: read by every child. */
  | "frame"
  /** The op of a macro layer, or of an operand of a cell's node. */
  | "op"
  /** Batch norm behind the sum of a macro layer, or behind a cell's output: read by every child. */
  | "norm"
  /** Factorised reduction of one tensor at a pooling point of the macro space. */
  | "reduction"
  /** Part of a cell's output convolution that reads one loose end. */
  | "loose";

/** Tensors that are read together. */
export interface WeightGroup {
  readonly part: WeightPart;
  /** Layer of the network, 0-based; null for stem and heads. */
  readonly layer: number | null;
  /** Cell of the layer; null in the macro space and for stem and heads. */
  readonly cell: MicroCellName | null;
  /** Two arcs of one graph share the group when both have its key. */
  readonly key: string;
  /** Number of tensors; 0 for an op without weights. */
  readonly tensors: number;
}

/** What decides the groups of a macro graph besides the arc. */
export interface MacroWeightOptions {
  /** Default `stem-first`. */
  readonly skipIndex?: SkipIndex | undefined;
  /** Default `correct`. */
  readonly opMode?: OpMode | undefined;
}

/** What decides the groups of a micro graph besides the arc. */
export interface MicroWeightOptions {
  /** Normal layers L. */
  readonly layers: number;
  /** Default `reduced`. */
  readonly reductionPrev?: ReductionPrev | undefined;
  /** Whether there is an auxiliary head that trains. */
  readonly auxiliaryHead?: boolean | undefined;
}

/**
 * The groups that the child of a macro arc reads.
 *
 * @param arc A valid arc.
 * @param options How skip bits are read and whether the sampled ops run.
 * @returns The groups from the stem to the head; the op of every layer is among them.
 */
export function macroWeightGroups(arc: MacroArc, options: MacroWeightOptions = {}): WeightGroup[] {
  const executed = executedArc(arc, options.opMode);
  const live = liveReductions(executed, options.skipIndex);
  const cell = null;
  return [
    frame("stem", CONV_NORM),
    ...executed.layers.flatMap(({ op }, layer): WeightGroup[] => {
      const { name, kind } = MACRO_OPS[op];
      const body = kind === "conv" ? CONV_NORM : kind === "sep_conv" ? SEPARABLE_NORM : 0;
      return [
        // Every op has a 1x1 convolution in front.
        { part: "op", layer, cell, key: `layer${layer}/${name}`, tensors: CONV_NORM + body },
        ...(layer === 0
          ? []
          : [{ part: "norm", layer, cell, key: `layer${layer}/skip`, tensors: NORM } as const]),
        ...live[layer].map((source): WeightGroup => ({
          part: "reduction",
          layer,
          cell,
          key: `layer${layer}/reduce${source}`,
          tensors: REDUCTION,
        })),
      ];
    }),
    frame("head", 1),
  ];
}

/**
 * The groups that the child of a micro arc reads in the searched graph.
 *
 * @param arc A valid arc.
 * @param options Depth of the graph, and switches.
 * @returns The groups from the stem to the head; every operand of every layer's cell is among them.
 */
export function microWeightGroups(arc: MicroArc, options: MicroWeightOptions): WeightGroup[] {
  // Filters and image size decide shapes alone. Where an input needs no change, its channels fit.
  const { layers } = microSearchStructure({
    ...options,
    filters: 1,
    imageHeight: 8,
    imageWidth: 8,
  });
  return [
    frame("stem", CONV_NORM),
    ...layers.flatMap(({ layer, cell, frontReduction, inputs }): WeightGroup[] => {
      const group = (part: WeightPart, name: string, tensors: number): WeightGroup => (
        { part, layer, cell, key: `layer${layer}/${name}`, tensors }
      );
      return [
        ...(frontReduction === null ? [] : [group("frame", "reduce", REDUCTION)]),
        ...inputs.map(({ calibration }, i) =>
          group("frame", `input${i}`, CALIBRATIONS[calibration])
        ),
        ...arc[cell].nodes.flatMap(({ operands }, node) =>
          operands.map(({ input, op }, operand) => {
            const { name, kind } = MICRO_OPS[op];
            const tensors = kind === "sep_conv" ? REPETITIONS * SEPARABLE_NORM : 0;
            return group("op", `node${node}/${operand}/${name}/${input}`, tensors);
          })
        ),
        ...microCellLooseEnds(arc[cell]).map((end) => group("loose", `output${end}`, 1)),
        group("norm", "output", NORM),
      ];
    }),
    frame("head", 1),
    ...(options.auxiliaryHead ? [frame("auxiliary head", AUXILIARY)] : []),
  ];
}

function frame(key: string, tensors: number): WeightGroup {
  return { part: "frame", layer: null, cell: null, key, tensors };
}

/** The tensors of two children and those that both read. */
export interface SharedWeights {
  readonly first: number;
  readonly second: number;
  readonly shared: number;
}

/**
 * Counts weight tensors.
 *
 * @param first Groups of one arc.
 * @param second Groups of another arc of the same graph.
 * @returns Tensors that each reads, and that both read.
 */
export function countSharedWeights(
  first: readonly WeightGroup[],
  second: readonly WeightGroup[],
): SharedWeights {
  const total = (groups: readonly WeightGroup[]) =>
    groups.reduce((sum, { tensors }) => sum + tensors, 0);
  const keys = new Set(second.map(({ key }) => key));
  return {
    first: total(first),
    second: total(second),
    shared: total(first.filter(({ key }) => keys.has(key))),
  };
}
