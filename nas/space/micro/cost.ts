/**
 * What a micro arc costs (enas-spec.md sections B.2 to B.6): trainable parameters and
 * floating-point operations, in the searched graph and in the released code's network for training
 * one arc. With f channels in a layer and k the kernel's side:
 *
 * - stem: conv 3x3 to 3F, BN: 27·cin·F + 6F
 * - calibration or factorised reduction from C channels: C·f + 2f
 * - separable op k, twice depthwise, 1x1, BN: 2(k²f + f² + 2f)
 * - searched graph, every node and each of its two operands: a bank with a row for each earlier
 *   tensor, for both kernels; loose ends: a bank of B + 2 rows of f², BN
 * - fixed network, every layer: 1x1 and BN on input 1 (f² + 2f); identity at stride 2 and each loose
 *   input of a reduction cell: a factorised reduction f to f
 * - head: channels · classes, without bias
 *
 * Operations are 2 per multiply-add of convolutions, depthwise convolutions, reductions and head.
 * Pools, batch norm, ReLU, sums and the global average are left out. The auxiliary head is counted
 * apart, in micro_aux.ts.
 *
 * @module
 */

import { checkPositiveInteger } from "../values.ts";
import { MICRO_OPS, type MicroArc, microCellLooseEnds, type MicroOp } from "./arc.ts";
import {
  type MicroLayerPlan,
  microOfficialStructure,
  microSearchStructure,
  type MicroSearchStructureOptions,
  type MicroStructure,
  type MicroStructureOptions,
  type ReductionPrev,
} from "./structure.ts";

/** Widths and depth of a micro network. */
export interface MicroWidths {
  /** Normal layers L. */
  readonly layers: number;
  /** Channels F of the first layers. */
  readonly filters: number;
  /** Channels of the images. */
  readonly inputChannels: number;
  /** Outputs of the head. */
  readonly classes: number;
}

/** Widths of a child in the searched graph. */
export interface MicroSearchWidths extends MicroWidths {
  /** Default `reduced`. */
  readonly reductionPrev?: ReductionPrev | undefined;
}

/** Widths and number of nodes of the shared weights. */
export interface MicroSupernetOptions extends MicroSearchWidths {
  /** Nodes B of a cell. */
  readonly nodes: number;
}

/** Widths and image size of a fixed network. */
export interface MicroFlopsOptions extends MicroWidths, MicroStructureOptions {}

/** Widths and image size of a child in the searched graph. */
export interface MicroSearchFlopsOptions extends MicroSearchWidths, MicroSearchStructureOptions {}

/** Floating-point operations of one forward pass of one image, by part. */
export interface MicroFlops {
  readonly stem: number;
  /** Of each layer: calibrations, the reduction in front of a reduction layer, the layer's base. */
  readonly calibrations: readonly number[];
  /** Of each layer: the chosen ops and what joins the loose ends. */
  readonly cells: readonly number[];
  readonly head: number;
  /** Sum of the parts; an auxiliary head, which only training runs, is not in it. */
  readonly total: number;
}

/**
 * Trainable parameters of the shared weights without auxiliary head. Equals the released graph's
 * count, for example 5,373,140 for 6 layers of 20 filters, 5 nodes, 3 input channels, 10 classes.
 *
 * @param options Depth, widths and nodes.
 * @returns The number of scalars, batch-norm scales and offsets included.
 * @throws {RangeError} If a number is not a positive integer.
 */
export function microSupernetParameters(options: MicroSupernetOptions): number {
  const { nodes } = options;
  checkPositiveInteger("nodes", nodes);
  // Node c has c + 2 rows in each bank: 2 + 3 + … + (B + 1) in all.
  const rows = nodes * (nodes + 3) / 2;
  return networkParameters(microSearchStructure({ ...options, ...ANY_SIZE }), options, (plan) => {
    const f = plan.filters;
    const banks = sumOf(MICRO_OPS.map((op) => separableParameters(op, f)));
    return 2 * rows * banks + (nodes + 2) * f ** 2 + 2 * f;
  });
}

/**
 * Trainable parameters of one child in the searched graph: what a step on this arc reads, without
 * auxiliary head.
 *
 * @param arc A valid arc.
 * @param options Depth and widths.
 * @returns The number of scalars.
 * @throws {RangeError} If a number is not a positive integer.
 */
export function microArcParameters(arc: MicroArc, options: MicroSearchWidths): number {
  return networkParameters(microSearchStructure({ ...options, ...ANY_SIZE }), options, (plan) => {
    const f = plan.filters;
    const looseEnds = microCellLooseEnds(arc[plan.cell]).length;
    const ops = operandSum(arc, plan, (op) => separableParameters(op, f));
    return ops + looseEnds * f ** 2 + 2 * f;
  });
}

/**
 * Trainable parameters of the released code's network for training one arc, without auxiliary head:
 * 3,894,372 for its final cells with 15 layers of 36 filters.
 *
 * @param arc A valid arc.
 * @param options Depth and widths.
 * @returns The number of scalars.
 * @throws {RangeError} If a number is not a positive integer.
 */
export function microOfficialArcParameters(arc: MicroArc, options: MicroWidths): number {
  const structure = microOfficialStructure(arc, { ...options, ...ANY_SIZE });
  return networkParameters(structure, options, (plan) => {
    const f = plan.filters;
    const ops = operandSum(arc, plan, (op) => separableParameters(op, f));
    return pointParameters(f, f) + ops + cellReductions(arc, plan) * pointParameters(f, f);
  });
}

/**
 * Floating-point operations of one forward pass of one image through a child in the searched graph.
 *
 * @param arc A valid arc.
 * @param options Depth, widths and image size.
 * @returns The number of operations, without auxiliary head.
 * @throws {RangeError} If a number is not a positive integer.
 */
export function microArcFlops(arc: MicroArc, options: MicroSearchFlopsOptions): number {
  return microArcFlopsByPart(arc, options).total;
}

/**
 * {@link microArcFlops} by stem, layer and head.
 *
 * @param arc A valid arc.
 * @param options Depth, widths and image size.
 * @returns Operations of each part and their sum.
 * @throws {RangeError} If a number is not a positive integer.
 */
export function microArcFlopsByPart(arc: MicroArc, options: MicroSearchFlopsOptions): MicroFlops {
  return networkFlops(microSearchStructure(options), options, (plan) => {
    const f = plan.filters;
    const looseEnds = microCellLooseEnds(arc[plan.cell]).length;
    return looseEnds * f ** 2 + operandSum(arc, plan, (op) => separableWeights(op, f));
  });
}

/**
 * Floating-point operations of one forward pass of one image through the released code's network
 * for training one arc.
 *
 * @param arc A valid arc.
 * @param options Depth, widths and image size.
 * @returns The number of operations, without auxiliary head.
 * @throws {RangeError} If a number is not a positive integer.
 */
export function microOfficialArcFlops(arc: MicroArc, options: MicroFlopsOptions): number {
  return microOfficialArcFlopsByPart(arc, options).total;
}

/**
 * {@link microOfficialArcFlops} by stem, layer and head.
 *
 * @param arc A valid arc.
 * @param options Depth, widths and image size.
 * @returns Operations of each part and their sum.
 * @throws {RangeError} If a number is not a positive integer.
 */
export function microOfficialArcFlopsByPart(arc: MicroArc, options: MicroFlopsOptions): MicroFlops {
  return networkFlops(
    microOfficialStructure(arc, options),
    options,
    (plan) => {
      const f = plan.filters;
      return operandSum(arc, plan, (op) => separableWeights(op, f)) +
        cellReductions(arc, plan) * f ** 2;
    },
    ({ filters, inputHeight, inputWidth }) => filters ** 2 * inputHeight * inputWidth,
  );
}

/** Parameters do not depend on the image's size; the skeleton wants one. */
const ANY_SIZE = { imageHeight: 32, imageWidth: 32 } as const;

/** A 1x1 convolution or factorised reduction and its batch norm. */
function pointParameters(from: number, to: number): number {
  return from * to + 2 * to;
}

/** Weights of a separable op, both times; also its multiply-adds per pixel. 0 for other ops. */
function separableWeights({ kind, kernel }: MicroOp, f: number): number {
  return kind === "sep_conv" && kernel !== null ? 2 * (kernel ** 2 * f + f ** 2) : 0;
}

/** Weights and both batch norms of a separable op; 0 for other ops. */
function separableParameters(op: MicroOp, f: number): number {
  return op.kind === "sep_conv" ? separableWeights(op, f) + 4 * f : 0;
}

/** Sum over the operands of a layer's cell. */
function operandSum(arc: MicroArc, plan: MicroLayerPlan, cost: (op: MicroOp) => number): number {
  return arc[plan.cell].nodes.flatMap(({ operands }) => operands)
    .reduce((sum, { op }) => sum + cost(MICRO_OPS[op]), 0);
}

/**
 * Factorised reductions within a cell of a fixed network: identities that read an input at stride 2,
 * and inputs that are loose ends.
 */
function cellReductions(arc: MicroArc, plan: MicroLayerPlan): number {
  if (plan.inputStride === 1) return 0;
  const cell = arc[plan.cell];
  const identities = cell.nodes.flatMap(({ operands }) => operands)
    .filter(({ input, op }) => input < 2 && MICRO_OPS[op].kind === "identity");
  return identities.length + microCellLooseEnds(cell).filter((index) => index < 2).length;
}

/** Stem, what precedes each cell, the cells by `cell`, and the head. */
function networkParameters(
  structure: MicroStructure,
  { inputChannels, classes }: MicroWidths,
  cell: (plan: MicroLayerPlan) => number,
): number {
  checkPositiveInteger("inputChannels", inputChannels);
  checkPositiveInteger("classes", classes);
  const { stemChannels } = structure;
  const layers = structure.layers.map((plan) => {
    const { filters, frontReduction, inputs } = plan;
    const calibrations = inputs.filter(({ calibration }) => calibration !== "none")
      .reduce((sum, { channels }) => sum + pointParameters(channels, filters), 0);
    const front = frontReduction ? pointParameters(frontReduction.channels, filters) : 0;
    return calibrations + front + cell(plan);
  });
  return 9 * inputChannels * stemChannels + 2 * stemChannels + sumOf(layers) +
    structure.head.channels * classes;
}

/** Operations by part; `cell` gives multiply-adds per output pixel, `base` those of a layer. */
function networkFlops(
  structure: MicroStructure,
  { inputChannels, classes, imageHeight, imageWidth }: MicroFlopsOptions,
  cell: (plan: MicroLayerPlan) => number,
  base: (plan: MicroLayerPlan) => number = () => 0,
): MicroFlops {
  checkPositiveInteger("inputChannels", inputChannels);
  checkPositiveInteger("classes", classes);
  const stem = 2 * 9 * inputChannels * structure.stemChannels * imageHeight * imageWidth;
  const calibrations = structure.layers.map((plan) => {
    // Calibrated and reduced inputs have the size of input 1, at which both then are.
    const pixels = plan.inputHeight * plan.inputWidth;
    const channels = plan.inputs.filter(({ calibration }) => calibration !== "none")
      .reduce((sum, input) => sum + input.channels, plan.frontReduction?.channels ?? 0);
    return 2 * (channels * plan.filters * pixels + base(plan));
  });
  const cells = structure.layers.map((plan) => 2 * cell(plan) * plan.height * plan.width);
  const head = 2 * structure.head.channels * classes;
  const total = stem + sumOf(calibrations) + sumOf(cells) + head;
  return { stem, calibrations, cells, head, total };
}

function sumOf(parts: readonly number[]): number {
  return parts.reduce((total, part) => total + part, 0);
}
