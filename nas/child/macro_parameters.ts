/**
 * Names, shapes and initial values of the macro space's shared weights (spec A.2 to A.4, D.6).
 *
 * Every op of every layer has its own weights; an arc's path is the list of names that its child
 * reads. Convolutions have no bias.
 *
 * @module
 */
import { constantInit, heNormal } from "../../engine/init.ts";
import type { ParameterSpec } from "../../engine/parameters.ts";
import type { Shape } from "../../engine/shape.ts";
import { MACRO_OPS, type MacroArc, type MacroOp } from "../arc/macro.ts";
import type { MacroSupernetOptions } from "../arc/macro_cost.ts";
import { liveReductions, poolingLayers } from "../arc/macro_structure.ts";

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

/** A batch norm's scale and offset. */
export function batchNormNames(prefix: string): { gamma: string; beta: string } {
  return { gamma: `${prefix}/gamma`, beta: `${prefix}/beta` };
}

/** A batch norm's moving averages. */
export function movingNames(prefix: string): { mean: string; variance: string } {
  return { mean: `${prefix}/mean`, variance: `${prefix}/variance` };
}

/** All parameters, and the prefix and width of every batch norm. */
export interface MacroParameters {
  readonly parameters: readonly ParameterSpec[];
  readonly batchNorms: readonly { readonly prefix: string; readonly channels: number }[];
}

/**
 * Parameters of the whole shared graph, or, with `arc`, of one child alone.
 *
 * Initial values: He normal with the fan-in of the stored shape: `k²·cin` for convolutions, `k²·C`
 * for depthwise ones, C for pointwise ones and the head; scales 1, offsets 0.
 */
export function macroParameters(
  options: MacroSupernetOptions,
  arc: MacroArc | null = null,
): MacroParameters {
  const { layers, filters: f, inputChannels, classes } = options;
  const parameters: ParameterSpec[] = [];
  const batchNorms: { prefix: string; channels: number }[] = [];
  const weight = (name: string, shape: Shape, fanIn: number) =>
    parameters.push({ name, shape, init: heNormal(fanIn) });
  const batchNorm = (prefix: string) => {
    const { gamma, beta } = batchNormNames(prefix);
    parameters.push({ name: gamma, shape: [f], init: constantInit(1) });
    parameters.push({ name: beta, shape: [f], init: constantInit(0) });
    batchNorms.push({ prefix, channels: f });
  };

  weight(`${macroNames.stem}/conv`, [3, 3, inputChannels, f], 9 * inputChannels);
  batchNorm(macroNames.stem);
  const pooled = new Set(poolingLayers(layers));
  const live = arc === null ? null : liveReductions(arc);
  for (let layer = 0; layer < layers; layer++) {
    const ops = arc === null ? MACRO_OPS : [MACRO_OPS[arc.layers[layer].op]];
    for (const op of ops) {
      const point = macroNames.point(layer, op);
      const body = macroNames.body(layer, op);
      weight(`${point}/conv`, [1, 1, f, f], f);
      batchNorm(point);
      if (op.kind === "conv") {
        weight(`${body}/conv`, [op.kernel, op.kernel, f, f], op.kernel ** 2 * f);
        batchNorm(body);
      } else if (op.kind === "sep_conv") {
        weight(`${body}/depthwise`, [op.kernel, op.kernel, f], op.kernel ** 2 * f);
        weight(`${body}/pointwise`, [1, 1, f, f], f);
        batchNorm(body);
      }
    }
    if (layer > 0) batchNorm(macroNames.skip(layer));
    if (pooled.has(layer)) {
      const sources = live?.[layer] ?? Array.from({ length: layer + 2 }, (_, source) => source);
      for (const source of sources) {
        const prefix = macroNames.reduction(layer, source);
        weight(`${prefix}/even`, [1, 1, f, f / 2], f);
        weight(`${prefix}/odd`, [1, 1, f, f / 2], f);
        batchNorm(prefix);
      }
    }
  }
  weight(macroNames.head, [f, classes], f);
  return { parameters, batchNorms };
}
