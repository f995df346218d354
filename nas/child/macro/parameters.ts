/**
 * Names, shapes and initial values of the macro space's shared weights (spec A.2 to A.4, D.6).
 *
 * Every op of every layer has its own weights; an arc's path is the list of names that its child
 * reads. Convolutions have no bias.
 *
 * @module
 */
import { MACRO_OPS, type MacroArc, type MacroOp } from "../../space/macro/arc.ts";
import type { MacroSupernetOptions } from "../../space/macro/cost.ts";
import { liveReductions, poolingLayers, type SkipIndex } from "../../space/macro/structure.ts";
import { ParameterList } from "../parameter_list.ts";

/** Parameter names of the parts of a macro network. */
export const macroNames = {
  stem: "stem",
  /** 1x1 convolution in front of an op. */
  point: (layer: number, op: MacroOp) => `layer${layer}/${op.name}/point`,
  /** The op itself: `…/conv`, or `…/depthwise` and `…/pointwise`. */
  body: (layer: number, op: MacroOp) => `layer${layer}/${op.name}`,
  /** Batch norm behind the skip sum. */
  skip: (layer: number) => `layer${layer}/skip`,
  /** Factorised reduction of `source` (0 the stem, i + 1 layer i) after `layer`. */
  reduction: (layer: number, source: number) => `layer${layer}/reduce${source}`,
  head: "head/weight",
} as const;

/**
 * Parameters of the whole shared graph, or, with `arc`, of one child alone.
 *
 * Initial values: He normal with the fan-in of the stored shape: `k²·cin` for convolutions, `k²·C`
 * for depthwise ones, C for pointwise ones and the head; scales 1, offsets 0.
 */
export function macroParameters(
  options: MacroSupernetOptions & { readonly skipIndex?: SkipIndex | undefined },
  arc: MacroArc | null = null,
): ParameterList {
  const { layers, filters: f, inputChannels, classes } = options;
  const list = new ParameterList();
  list.convNorm(macroNames.stem, 3, inputChannels, f);
  const pooled = new Set(poolingLayers(layers));
  const live = arc === null ? null : liveReductions(arc, options.skipIndex);
  for (let layer = 0; layer < layers; layer++) {
    const ops = arc === null ? MACRO_OPS : [MACRO_OPS[arc.layers[layer].op]];
    for (const op of ops) {
      list.convNorm(macroNames.point(layer, op), 1, f, f);
      const body = macroNames.body(layer, op);
      if (op.kind === "conv") list.convNorm(body, op.kernel, f, f);
      if (op.kind === "sep_conv") {
        list.separableNorm(body, op.kernel, f, { depthwise: op.kernel ** 2 * f, pointwise: f });
      }
    }
    if (layer > 0) list.batchNorm(macroNames.skip(layer), f);
    if (pooled.has(layer)) {
      const sources = live?.[layer] ?? Array.from({ length: layer + 2 }, (_, source) => source);
      for (const source of sources) {
        list.factorizedReduction(macroNames.reduction(layer, source), f, f);
      }
    }
  }
  list.weight(macroNames.head, [f, classes], f);
  return list;
}
