/**
 * What a macro arc costs in the network in which the released code trains it from scratch
 * (enas-spec.md section A.5): trainable parameters and floating-point operations. Channels double at
 * each pooling point; with f channels in a layer, k the kernel's side and n skip bits set:
 *
 * - stem: conv 3x3 to F, BN: 9·cin·F + 2F
 * - every op: 1x1, BN: f² + 2f; then a convolution: k x k, BN: k²f² + 2f; a pool: nothing
 * - separable op, where it is kept separable: depthwise k x k, 1x1, BN: k²f + f² + 2f
 * - every layer but the first: 1x1 over the skips and the op's result, BN: (n + 1)f² + 2f
 * - factorised reduction of one tensor: f to 2f, BN: 2f² + 4f
 * - head: channels · classes, without bias
 *
 * @module
 */

import { MACRO_OPS, type MacroArc, type MacroOp } from "./arc.ts";
import type { CountedReductions, MacroFlops, MacroFlopsOptions, MacroWidths } from "./cost.ts";
import { liveReductions, macroSkeleton } from "./structure.ts";
import { checkPositiveInteger } from "../values.ts";

/** What distinguishes variants of the network. */
export interface MacroOfficialVariant {
  /**
   * What the separable ops are: full convolutions of the same size, as released (default), or
   * separable ones.
   */
  readonly separableOps?: "full" | "separable" | undefined;
}

/** Widths and variant of the network. */
export interface MacroOfficialWidths extends MacroWidths, MacroOfficialVariant {}

/** Widths, variant and image size of the network. */
export interface MacroOfficialFlopsOptions extends MacroFlopsOptions, MacroOfficialVariant {}

/**
 * Trainable parameters of the network. Pools count with their leading 1x1 convolution, although the
 * released code leaves them undefined.
 *
 * @param arc A valid arc.
 * @param options Widths and variant.
 * @param counted Which factorised reductions count; the released graph has all.
 * @returns The number of scalars: 42,559,392 for the released code's final architecture with 96
 * filters.
 * @throws {RangeError} If a width is not a positive integer.
 */
export function macroOfficialArcParameters(
  arc: MacroArc,
  options: MacroOfficialWidths,
  counted: CountedReductions = "all",
): number {
  const { filters, inputChannels, classes } = checkWidths(options);
  const layers = layOut(arc, { ...options, imageHeight: 1, imageWidth: 1 }, counted);
  const body = layers.map(({ op, f, merged, reductions }, layer) =>
    opWeights(op, f, options) + (op.kind === "pool" ? 2 : 4) * f +
    (layer > 0 ? merged * f ** 2 + 2 * f : 0) + reductions * (2 * f ** 2 + 4 * f)
  );
  return 9 * inputChannels * filters + 2 * filters + sumOf(body) + headChannels(layers) * classes;
}

/**
 * Floating-point operations of one forward pass of one image through the network: 2 per
 * multiply-add of convolutions, depthwise convolutions, reductions and head.
 *
 * @param arc A valid arc.
 * @param options Widths, variant and image size.
 * @param counted Which factorised reductions count; the released graph has all.
 * @returns The number of operations.
 * @throws {RangeError} If an option is not a positive integer.
 */
export function macroOfficialArcFlops(
  arc: MacroArc,
  options: MacroOfficialFlopsOptions,
  counted: CountedReductions = "all",
): number {
  return macroOfficialArcFlopsByPart(arc, options, counted).total;
}

/**
 * {@link macroOfficialArcFlops} by stem, layer, pooling point and head.
 *
 * @param arc A valid arc.
 * @param options Widths, variant and image size.
 * @param counted Which factorised reductions count.
 * @returns Operations of each part and their sum; a layer's part includes its 1x1 over the skips.
 * @throws {RangeError} If an option is not a positive integer.
 */
export function macroOfficialArcFlopsByPart(
  arc: MacroArc,
  options: MacroOfficialFlopsOptions,
  counted: CountedReductions = "all",
): MacroFlops {
  const { filters, inputChannels, classes } = checkWidths(options);
  const plans = layOut(arc, options, counted);
  const stem = 2 * 9 * inputChannels * filters * options.imageHeight * options.imageWidth;
  const layers = plans.map(({ op, f, merged, height, width }, layer) => {
    const weights = opWeights(op, f, options) + (layer > 0 ? merged * f ** 2 : 0);
    return 2 * weights * height * width;
  });
  const reductions = plans.map(({ f, reductions, height, width }) =>
    2 * reductions * 2 * f ** 2 * Math.ceil(height / 2) * Math.ceil(width / 2)
  );
  const head = 2 * headChannels(plans) * classes;
  return { stem, layers, reductions, head, total: stem + sumOf(layers) + sumOf(reductions) + head };
}

/** One layer of the network, with the numbers that its cost depends on. */
interface OfficialLayer {
  readonly op: MacroOp;
  /** Channels. */
  readonly f: number;
  /** Tensors that the 1x1 over the skips reads: those of the set bits and the op's result. */
  readonly merged: number;
  /** Tensors that are reduced after the layer. */
  readonly reductions: number;
  readonly height: number;
  readonly width: number;
}

function layOut(
  arc: MacroArc,
  { filters, imageHeight, imageWidth, skipIndex }: MacroOfficialFlopsOptions,
  counted: CountedReductions,
): OfficialLayer[] {
  const live = liveReductions(arc, skipIndex);
  const skeleton = macroSkeleton({ layers: arc.layers.length, imageHeight, imageWidth });
  return skeleton.layers.map(({ layer, stage, height, width, reductions }) => ({
    op: MACRO_OPS[arc.layers[layer].op],
    f: filters * 2 ** stage,
    merged: arc.layers[layer].skips.filter(Boolean).length + 1,
    reductions: counted === "live" ? live[layer].length : reductions,
    height,
    width,
  }));
}

/** Channels behind the last layer; nothing is pooled after it. */
function headChannels(layers: readonly OfficialLayer[]): number {
  return layers[layers.length - 1].f;
}

/** Convolution weights of an op with its leading 1x1; also its multiply-adds per pixel. */
function opWeights({ kind, kernel }: MacroOp, f: number, variant: MacroOfficialVariant): number {
  if (kind === "pool") return f ** 2;
  if (kind === "sep_conv" && variant.separableOps === "separable") {
    return f ** 2 + kernel ** 2 * f + f ** 2;
  }
  return f ** 2 + kernel ** 2 * f ** 2;
}

function sumOf(parts: readonly number[]): number {
  return parts.reduce((total, part) => total + part, 0);
}

function checkWidths<T extends MacroWidths>(widths: T): T {
  checkPositiveInteger("filters", widths.filters);
  checkPositiveInteger("inputChannels", widths.inputChannels);
  checkPositiveInteger("classes", widths.classes);
  return widths;
}
