/**
 * The skeleton around a macro arc: where it pools, how large the maps are, and which tensors a
 * child reduces at a pooling point (ENAS's released code, general_child.py).
 *
 * @module
 */

import { checkPositiveInteger } from "../values.ts";
import type { MacroArc } from "./arc.ts";

/** Number of layers and size of the images. */
export interface MacroSkeletonOptions {
  readonly layers: number;
  /** Pixels. */
  readonly imageHeight: number;
  /** Pixels. */
  readonly imageWidth: number;
}

/** One layer of the skeleton. */
export interface MacroLayerPlan {
  /** 0-based. */
  readonly layer: number;
  /** Number of pooling points passed before this layer, 0..2. */
  readonly stage: number;
  /** Height at which the layer computes, in pixels. */
  readonly height: number;
  /** Width at which the layer computes, in pixels. */
  readonly width: number;
  /**
   * Number of tensors that are reduced to half their side after this layer, each by a factorised
   * reduction of its own: the stem and every output so far (layer + 2). 0 where nothing is pooled.
   */
  readonly reductions: number;
}

/** The whole skeleton. */
export interface MacroSkeleton {
  /** By layer. */
  readonly layers: readonly MacroLayerPlan[];
  /** Height of the tensor that the head averages, in pixels. */
  readonly headHeight: number;
  /** Width of the tensor that the head averages, in pixels. */
  readonly headWidth: number;
}

/**
 * Layers after which every tensor is pooled: d-1 and 2d-1 with d = floor(L/3).
 *
 * @param layers Number of layers L.
 * @returns 0-based layers, ascending: `[3, 7]` for 12 layers; none below 3 layers.
 * @throws {RangeError} If `layers` is not a positive integer.
 */
export function poolingLayers(layers: number): number[] {
  checkPositiveInteger("layers", layers);
  const distance = Math.floor(layers / 3);
  return distance === 0 ? [] : [distance - 1, 2 * distance - 1];
}

/**
 * Lays out the skeleton. Sides halve at pooling points, rounding up.
 *
 * @param options Number of layers and size of the images.
 * @returns Size, stage and reductions of each layer.
 * @throws {RangeError} If an option is not a positive integer.
 */
export function macroSkeleton(options: MacroSkeletonOptions): MacroSkeleton {
  checkPositiveInteger("imageHeight", options.imageHeight);
  checkPositiveInteger("imageWidth", options.imageWidth);
  const pooled = new Set(poolingLayers(options.layers));
  let [stage, height, width] = [0, options.imageHeight, options.imageWidth];
  const layers: MacroLayerPlan[] = [];
  for (let layer = 0; layer < options.layers; layer++) {
    const pools = pooled.has(layer);
    layers.push({ layer, stage, height, width, reductions: pools ? layer + 2 : 0 });
    if (pools) [stage, height, width] = [stage + 1, Math.ceil(height / 2), Math.ceil(width / 2)];
  }
  return { layers, headHeight: height, headWidth: width };
}

/**
 * What bit i of a layer adds to the op's result (enas-spec.md sections A.1 and K):
 *
 * - `stem-first`: the input of layer i, as the released code does: the stem for i = 0, else the
 *   output of layer i-1;
 * - `layer-output`: the output of layer i, as the documentation of the released code and the thesis
 *   describe it. The last bit of a layer then adds its main input.
 */
export type SkipIndex = "stem-first" | "layer-output";

/**
 * The tensor that a skip bit adds.
 *
 * @param bit Number i of the bit, from 0.
 * @param skipIndex How bits are read.
 * @returns 0 for the stem, i + 1 for the output of layer i.
 */
export function skipSource(bit: number, skipIndex: SkipIndex = "stem-first"): number {
  return skipIndex === "stem-first" ? bit : bit + 1;
}

/**
 * Names the tensors that the skips of a layer add: the stem, or layers counted from 1.
 *
 * @param arc A valid arc.
 * @param layer 0-based layer
 * @param skipIndex How skip bits are read.
 * @returns such as `stem, 2`; empty when there is none
 */
export function skipSources(arc: MacroArc, layer: number, skipIndex?: SkipIndex): string {
  return arc.layers[layer].skips.flatMap((set, bit) => {
    const source = skipSource(bit, skipIndex);
    return set ? [source === 0 ? "stem" : String(source)] : [];
  }).join(", ");
}

/**
 * Tensors that a child needs reduced after each layer: 0 is the stem, i + 1 the output of layer i. A
 * tensor that no later layer reads, neither as main input nor by a skip bit, is on no path to the
 * loss; the released graph reduces it all the same.
 *
 * @param arc A valid arc.
 * @param skipIndex How skip bits are read.
 * @returns For each layer the sources to reduce after it, ascending; empty where nothing is pooled.
 */
export function liveReductions(
  arc: MacroArc,
  skipIndex: SkipIndex = "stem-first",
): number[][] {
  const pooled = new Set(poolingLayers(arc.layers.length));
  return arc.layers.map((_, layer) => {
    if (!pooled.has(layer)) return [];
    const sources: number[] = [];
    for (let source = 0; source <= layer; source++) {
      const read = arc.layers.some(({ skips }, later) =>
        later > layer && skips.some((set, bit) => set && skipSource(bit, skipIndex) === source)
      );
      if (read) sources.push(source);
    }
    return [...sources, layer + 1];
  });
}

/** Whether the sampled op runs, or max pooling whatever was sampled (spec A.6). */
export type OpMode = "correct" | "released";

/** Number of the op that the released search graph runs whatever was sampled: max pooling. */
const RELEASED_OP = 5;

/**
 * The arc that runs when `arc` was sampled: itself, or with `released` the one with max pooling in
 * every layer, as the closure bug of the released code has it (spec A.6).
 *
 * @param arc A valid arc.
 * @param opMode Default `correct`.
 */
export function executedArc(arc: MacroArc, opMode?: OpMode): MacroArc {
  if (opMode !== "released") return arc;
  return { ...arc, layers: arc.layers.map(({ skips }) => ({ op: RELEASED_OP, skips })) };
}
