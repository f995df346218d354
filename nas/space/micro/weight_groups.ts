/**
 * Which weight tensors of the micro space's shared graph an arc reads (enas-spec.md sections B.2 to
 * B.4).
 *
 * @module
 */

import {
  CONV_NORM,
  frameGroup,
  NORM,
  REDUCTION,
  SEPARABLE_NORM,
  type WeightGroup,
  type WeightPart,
} from "../weight_groups.ts";
import { MICRO_OPS, type MicroArc, microCellLooseEnds } from "./arc.ts";
import { type MicroCalibration, microSearchStructure, type ReductionPrev } from "./structure.ts";

/** Separable convolutions in a row that are one op of the micro space. */
const REPETITIONS = 2;
/** The auxiliary head: two convolutions with batch norm and a matrix. */
const AUXILIARY = 2 * CONV_NORM + 1;
const CALIBRATIONS: Readonly<Record<MicroCalibration, number>> = {
  none: 0,
  project: CONV_NORM,
  reduce: REDUCTION,
};

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
    frameGroup("stem", CONV_NORM),
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
    frameGroup("head", 1),
    ...(options.auxiliaryHead ? [frameGroup("auxiliary head", AUXILIARY)] : []),
  ];
}
