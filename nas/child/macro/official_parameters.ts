/**
 * Names, shapes and initial values of the network in which the released code retrains a macro arc
 * (spec A.2, A.3, A.5, D.6).
 *
 * @module
 */
import { MACRO_OPS, type MacroArc, type MacroOp } from "../../space/macro/arc.ts";
import { checkOfficialArc, type MacroOfficialShape } from "../../space/macro/network_spec.ts";
import {
  liveReductions,
  poolingLayers,
  type SkipIndex,
  skipSource,
} from "../../space/macro/structure.ts";
import { macroNames } from "./parameters.ts";
import { ParameterList } from "../parameter_list.ts";

/** Parameter names of the parts that {@link macroNames} does not have. */
export const macroOfficialNames = {
  /** Batch norm behind the 1x1 convolution over the skips and the op's result. */
  merge: (layer: number) => `layer${layer}/merge`,
  /** Rows of that convolution's weight that read `source` (0 the stem, i + 1 layer i). */
  mergeSource: (layer: number, source: number) => `layer${layer}/merge/source${source}`,
  /** Rows that read the result of the layer's own op. */
  mergeOwn: (layer: number) => `layer${layer}/merge/own`,
} as const;

/** Tensors that the skip bits of a layer read: 0 the stem, i + 1 the output of layer i; ascending. */
export function mergedSources(arc: MacroArc, layer: number, skipIndex?: SkipIndex): number[] {
  return arc.layers[layer].skips.flatMap((set, bit) => set ? [skipSource(bit, skipIndex)] : []);
}

/** Whether the op is a depthwise convolution followed by a 1x1 convolution. */
export function isSeparable(op: MacroOp, { separableOps }: MacroOfficialShape): boolean {
  return op.kind === "sep_conv" && separableOps === "separable";
}

/**
 * Parameters of the network of `arc`: with `reductions` `all`, those of the released graph, which
 * reduces every tensor at a pooling point; with `live`, those that reach the logits.
 *
 * The 1x1 convolution over the concatenated skips is stored in one piece for each tensor that it
 * reads. A convolution over concatenated channels is the sum of the convolutions of its parts, which
 * needs no copy and, on the software driver, took between 6 and 9 tenths of the time.
 *
 * @throws {ArcError} If the arc has another number of layers, or a pooling op that is refused.
 */
export function macroOfficialParameters(
  options: MacroOfficialShape,
  arc: MacroArc,
  reductions: "all" | "live" = "all",
): ParameterList {
  checkOfficialArc(options, arc);
  const { layers, inputChannels, classes, skipIndex } = options;
  const list = new ParameterList();
  let f = options.filters;
  list.convNorm(macroNames.stem, 3, inputChannels, f);
  const pooled = new Set(poolingLayers(layers));
  const live = liveReductions(arc, skipIndex);
  for (let layer = 0; layer < layers; layer++) {
    const op = MACRO_OPS[arc.layers[layer].op];
    list.convNorm(macroNames.point(layer, op), 1, f, f);
    const body = macroNames.body(layer, op);
    if (isSeparable(op, options)) {
      list.separableNorm(body, op.kernel, f, { depthwise: op.kernel ** 2 * f, pointwise: f });
    } else if (op.kind !== "pool") list.convNorm(body, op.kernel, f, f);
    if (layer > 0) {
      const sources = mergedSources(arc, layer, skipIndex);
      const names = sources.map((source) => macroOfficialNames.mergeSource(layer, source));
      names.push(macroOfficialNames.mergeOwn(layer));
      for (const name of names) list.weight(name, [1, 1, f, f], names.length * f);
      list.batchNorm(macroOfficialNames.merge(layer), f);
    }
    if (pooled.has(layer)) {
      const every = Array.from({ length: layer + 2 }, (_, source) => source);
      for (const source of reductions === "all" ? every : live[layer]) {
        list.factorizedReduction(macroNames.reduction(layer, source), f, 2 * f);
      }
      f *= 2;
    }
  }
  list.weight(macroNames.head, [f, classes], f);
  return list;
}
