/**
 * What a macro arc costs in the search graph (enas-spec.md sections A.2 to A.4): trainable
 * parameters and floating-point operations. With F filters, k the kernel's side:
 *
 * - stem: conv 3x3 to F, batch norm: 9·cin·F + 2F
 * - conv k: 1x1, BN, k x k, BN: F²(1 + k²) + 4F
 * - separable conv k: 1x1, BN, depthwise k x k, 1x1, BN: 2F² + k²F + 4F
 * - pool: 1x1, BN: F² + 2F
 * - skip BN of every layer but the first: 2F
 * - factorised reduction of one tensor: two 1x1 to F/2, BN: F² + 2F
 * - head: F·classes, without bias
 *
 * The released graph reduces every tensor at a pooling point. A child of ours reduces those that it
 * reads afterwards; a count for one arc can be had either way.
 *
 * @module
 */

import { MACRO_OPS, type MacroArc, type MacroOp } from "./arc.ts";
import { liveReductions, macroSkeleton, poolingLayers, type SkipIndex } from "./structure.ts";
import { checkPositiveInteger } from "../values.ts";

/** Which reductions count: those on the arc's path (`live`), or all that the released graph has. */
export type CountedReductions = "live" | "all";

/** Widths of a child model. */
export interface MacroWidths {
  /** Channels of every layer; even when the net pools (3 layers or more). */
  readonly filters: number;
  /** Channels of the images. */
  readonly inputChannels: number;
  /** Outputs of the head. */
  readonly classes: number;
  /** How skip bits are read; decides which reductions are `live`. Default `stem-first`. */
  readonly skipIndex?: SkipIndex | undefined;
}

/** Widths and depth of the shared weights. */
export interface MacroSupernetOptions extends MacroWidths {
  readonly layers: number;
}

/** Widths and image size of a child model. */
export interface MacroFlopsOptions extends MacroWidths {
  /** Pixels. */
  readonly imageHeight: number;
  /** Pixels. */
  readonly imageWidth: number;
}

/** Floating-point operations of one forward pass of one image, by part. */
export interface MacroFlops {
  readonly stem: number;
  /** The chosen op of each layer with its leading 1x1 convolution. */
  readonly layers: readonly number[];
  /** All factorised reductions after each layer; 0 where nothing is pooled. */
  readonly reductions: readonly number[];
  readonly head: number;
  readonly total: number;
}

/**
 * Trainable parameters of one child in the search graph: what a step on this arc reads.
 *
 * @param arc A valid arc.
 * @param widths Filters, image channels and classes.
 * @param counted Which factorised reductions count.
 * @returns The number of scalars, batch-norm scales and offsets included.
 * @throws {RangeError} If a width is not a positive integer, or filters are odd where it pools.
 */
export function macroArcParameters(
  arc: MacroArc,
  widths: MacroWidths,
  counted: CountedReductions = "live",
): number {
  const { filters, skipIndex } = widths;
  const ops = arc.layers.reduce((sum, { op }) => sum + opParameters(MACRO_OPS[op], filters), 0);
  const reductions = counted === "live"
    ? liveReductions(arc, skipIndex).reduce((sum, sources) => sum + sources.length, 0)
    : allReductions(arc.layers.length);
  return ops + frameParameters(arc.layers.length, widths, reductions);
}

/**
 * Trainable parameters of the shared weights: every op of every layer. Equals the released graph's
 * count, for example 697,860 for 12 layers of 36 filters with 3 input channels and 10 classes.
 *
 * @param options Depth and widths.
 * @returns The number of scalars.
 * @throws {RangeError} If an option is not a positive integer, or filters are odd where it pools.
 */
export function macroSupernetParameters(options: MacroSupernetOptions): number {
  const { layers, filters } = options;
  const all = MACRO_OPS.reduce((sum, op) => sum + opParameters(op, filters), 0);
  return layers * all + frameParameters(layers, options, allReductions(layers));
}

/**
 * Floating-point operations of one forward pass of one image: 2 per multiply-add of convolutions,
 * depthwise convolutions, reductions and head. Pools, batch norm, ReLU, skip sums and the global
 * average are left out.
 *
 * @param arc A valid arc.
 * @param options Widths and image size.
 * @param counted Which factorised reductions count.
 * @returns The number of operations.
 * @throws {RangeError} If an option is not a positive integer, or filters are odd where it pools.
 */
export function macroArcFlops(
  arc: MacroArc,
  options: MacroFlopsOptions,
  counted: CountedReductions = "live",
): number {
  return macroArcFlopsByPart(arc, options, counted).total;
}

/**
 * {@link macroArcFlops} by stem, layer, pooling point and head.
 *
 * @param arc A valid arc.
 * @param options Widths and image size.
 * @param counted Which factorised reductions count.
 * @returns Operations of each part and their sum.
 * @throws {RangeError} If an option is not a positive integer, or filters are odd where it pools.
 */
export function macroArcFlopsByPart(
  arc: MacroArc,
  options: MacroFlopsOptions,
  counted: CountedReductions = "live",
): MacroFlops {
  const { filters, inputChannels, classes, imageHeight, imageWidth } = options;
  checkWidths(arc.layers.length, options);
  const plan = macroSkeleton({ layers: arc.layers.length, imageHeight, imageWidth }).layers;
  const stem = 2 * 9 * inputChannels * filters * imageHeight * imageWidth;
  const layers = plan.map(({ layer, height, width }) =>
    2 * opWeights(MACRO_OPS[arc.layers[layer].op], filters) * height * width
  );
  const live = liveReductions(arc, options.skipIndex);
  const reductions = plan.map(({ layer, reductions, height, width }) => {
    const count = counted === "live" ? live[layer].length : reductions;
    return 2 * count * filters ** 2 * Math.ceil(height / 2) * Math.ceil(width / 2);
  });
  const head = 2 * filters * classes;
  const sum = (parts: number[]) => parts.reduce((total, part) => total + part, 0);
  return { stem, layers, reductions, head, total: stem + sum(layers) + sum(reductions) + head };
}

/** Convolution weights of an op with its leading 1x1; also its multiply-adds per pixel. */
function opWeights({ kind, kernel }: MacroOp, filters: number): number {
  const point = filters ** 2;
  if (kind === "conv") return point + kernel ** 2 * filters ** 2;
  if (kind === "sep_conv") return point + kernel ** 2 * filters + filters ** 2;
  return point;
}

/** Weights of an op and its batch norms: two for convolutions, one for pools. */
function opParameters(op: MacroOp, filters: number): number {
  return opWeights(op, filters) + (op.kind === "pool" ? 2 : 4) * filters;
}

/** Parameters of everything but the ops: stem, skip BNs, reductions, head. */
function frameParameters(layers: number, widths: MacroWidths, reductions: number): number {
  checkWidths(layers, widths);
  const { filters, inputChannels, classes } = widths;
  return 9 * inputChannels * filters + 2 * filters + 2 * filters * (layers - 1) +
    reductions * (filters ** 2 + 2 * filters) + classes * filters;
}

/** Reductions of the released graph: every tensor at every pooling point. */
function allReductions(layers: number): number {
  return poolingLayers(layers).reduce((sum, layer) => sum + layer + 2, 0);
}

function checkWidths(layers: number, { filters, inputChannels, classes }: MacroWidths): void {
  checkPositiveInteger("layers", layers);
  checkPositiveInteger("filters", filters);
  checkPositiveInteger("inputChannels", inputChannels);
  checkPositiveInteger("classes", classes);
  if (layers >= 3 && filters % 2 === 1) {
    throw new RangeError(
      `Expected filters to be even, because a factorised reduction splits them in two halves, ` +
        `but found ${filters}`,
    );
  }
}
