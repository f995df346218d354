/**
 * Which weight tensors of the macro space's shared graph an arc reads (enas-spec.md sections A.2 to
 * A.4).
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
} from "../weight_groups.ts";
import { MACRO_OPS, type MacroArc } from "./arc.ts";
import { executedArc, liveReductions, type OpMode, type SkipIndex } from "./structure.ts";

/** What decides the groups of a macro graph besides the arc. */
export interface MacroWeightOptions {
  /** Default `stem-first`. */
  readonly skipIndex?: SkipIndex | undefined;
  /** Default `correct`. */
  readonly opMode?: OpMode | undefined;
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
    frameGroup("stem", CONV_NORM),
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
    frameGroup("head", 1),
  ];
}
