/**
 * The skeleton around a micro arc: its layers, where it halves the maps, and how each layer brings
 * its two inputs to the same size and width (enas-spec.md sections B.2 to B.6). Plain data that the
 * networks and the cost functions share.
 *
 * A tensor's source is a number as in macro skeletons: 0 is the stem, i + 1 the output of layer i.
 *
 * @module
 */

import { checkPositiveInteger } from "../values.ts";
import { type MicroArc, microCellLooseEnds, type MicroCellName } from "./arc.ts";

/**
 * What the layer behind a reduction layer reads as its input 0, in the searched graph
 * (enas-spec.md sections B.4 and K):
 *
 * - `reduced`: what the reduction layer made of its previous output before its cell, as released;
 * - `earlier`: the output of the layer before the reduction layer, which then has to be halved.
 */
export type ReductionPrev = "reduced" | "earlier";

/** Depth, width and image size of a micro network. */
export interface MicroStructureOptions {
  /** Normal layers L; with the two reduction layers the network has L + 2. */
  readonly layers: number;
  /** Channels F of the first layers; each reduction layer doubles them. */
  readonly filters: number;
  /** Pixels. */
  readonly imageHeight: number;
  /** Pixels. */
  readonly imageWidth: number;
}

/** Options of {@link microSearchStructure}. */
export interface MicroSearchStructureOptions extends MicroStructureOptions {
  /** Default `reduced`. */
  readonly reductionPrev?: ReductionPrev | undefined;
}

/**
 * How a layer changes one of its inputs before the cell (enas-spec.md section B.3): `reduce` is
 * ReLU and a factorised reduction to f channels at half the side; `project` is ReLU, a 1x1
 * convolution to f channels and batch norm; `none` leaves it as it is.
 */
export type MicroCalibration = "none" | "project" | "reduce";

/** One of the two inputs of a layer, before its calibration. */
export interface MicroInputPlan {
  /** 0 the stem, i + 1 the output of layer i. */
  readonly source: number;
  /**
   * True where the input is not the source itself but the factorised reduction of it that stands in
   * front of a reduction layer of the searched graph.
   */
  readonly reduced: boolean;
  readonly channels: number;
  /** Pixels. */
  readonly height: number;
  /** Pixels. */
  readonly width: number;
  readonly calibration: MicroCalibration;
}

/** One layer of the skeleton. */
export interface MicroLayerPlan {
  /** 0-based, 0..L+1. */
  readonly layer: number;
  readonly cell: MicroCellName;
  /** Number of reduction layers up to and including this one, 0..2. */
  readonly stage: number;
  /** Channels f in which the cell computes. */
  readonly filters: number;
  /**
   * The factorised reduction, without ReLU, that turns the previous output into input 1 of a
   * reduction layer of the searched graph: channels of its input. Null in all other layers.
   */
  readonly frontReduction: { readonly channels: number } | null;
  /** Inputs 0 and 1 of the cell. */
  readonly inputs: readonly [MicroInputPlan, MicroInputPlan];
  /** Stride of the operands that read inputs 0 and 1: 2 in reduction layers of fixed networks. */
  readonly inputStride: 1 | 2;
  /** Height of the calibrated inputs, in pixels. */
  readonly inputHeight: number;
  /** Width of the calibrated inputs, in pixels. */
  readonly inputWidth: number;
  /** Height of the nodes and of the output, in pixels. */
  readonly height: number;
  /** Width of the nodes and of the output, in pixels. */
  readonly width: number;
  /** Channels of the layer's output: f in the searched graph, loose ends · f in a fixed network. */
  readonly outputChannels: number;
}

/** The whole skeleton. */
export interface MicroStructure {
  /** Channels of the stem's output: 3F. */
  readonly stemChannels: number;
  /** By layer; L + 2 of them. */
  readonly layers: readonly MicroLayerPlan[];
  /** Layer behind which the auxiliary head stands: the one after the second reduction layer. */
  readonly auxLayer: number;
  /** Channels, height and width of the tensor that the head averages. */
  readonly head: { readonly channels: number; readonly height: number; readonly width: number };
}

/**
 * The reduction layers of a network with L normal layers: d and 2d + 1 with d = floor(L/3), always
 * two. With L below 3, where d is 0, the network begins with both, as the released code's rule has it.
 *
 * @param layers Number of normal layers L.
 * @returns 0-based layers, ascending: `[2, 5]` for 6, `[5, 11]` for 15.
 * @throws {RangeError} If `layers` is not a positive integer.
 */
export function reductionLayers(layers: number): [number, number] {
  checkPositiveInteger("layers", layers);
  const distance = Math.floor(layers / 3);
  return [distance, 2 * distance + 1];
}

/**
 * Lays out the searched graph. Its cells compute at stride 1; a reduction layer first halves the
 * previous output, and its calibration halves it a second time, with other weights, for input 0.
 *
 * @param options Depth, width and image size.
 * @returns Inputs, calibrations and sizes of each layer. They do not depend on an arc.
 * @throws {RangeError} If a number is not a positive integer.
 */
export function microSearchStructure(options: MicroSearchStructureOptions): MicroStructure {
  const reductionPrev = options.reductionPrev ?? "reduced";
  return layOut(options, (cell, filters, [a, b]) => {
    if (cell === "normal") {
      return { inputs: [a, b], stride: 1, output: filters, keep: b, front: null };
    }
    const reduced = { source: b.source, reduced: true, channels: filters, stage: b.stage + 1 };
    const keep = reductionPrev === "reduced" ? reduced : b;
    const front = { channels: b.channels };
    return { inputs: [b, reduced], stride: 1, output: filters, keep, front };
  });
}

/**
 * Lays out the released code's network for training a given arc, in which the operands that read
 * the inputs of a reduction cell have stride 2 (enas-spec.md section B.6).
 *
 * @param arc A valid arc; its loose ends decide the channels of the outputs.
 * @param options Depth, width and image size.
 * @returns Inputs, calibrations and sizes of each layer.
 * @throws {RangeError} If a number is not a positive integer.
 */
export function microOfficialStructure(
  arc: MicroArc,
  options: MicroStructureOptions,
): MicroStructure {
  return layOut(options, (cell, filters, [a, b]) => ({
    inputs: [a, b],
    stride: cell === "reduction" ? 2 : 1,
    output: microCellLooseEnds(arc[cell]).length * filters,
    keep: b,
    front: null,
  }));
}

/** A tensor while laying out: where it comes from, its channels, and how often it was halved. */
interface Carried {
  readonly source: number;
  readonly reduced: boolean;
  readonly channels: number;
  readonly stage: number;
}

/** What a kind of network does with the two carried tensors in one layer. */
type LayerRule = (cell: MicroCellName, filters: number, prev: readonly [Carried, Carried]) => {
  readonly inputs: readonly [Carried, Carried];
  readonly stride: 1 | 2;
  readonly output: number;
  /** Becomes input 0 of the next layer; its output becomes input 1. */
  readonly keep: Carried;
  readonly front: MicroLayerPlan["frontReduction"];
};

function layOut(options: MicroStructureOptions, rule: LayerRule): MicroStructure {
  const { layers, filters, imageHeight, imageWidth } = options;
  checkPositiveInteger("filters", filters);
  checkPositiveInteger("imageHeight", imageHeight);
  checkPositiveInteger("imageWidth", imageWidth);
  const reductions = reductionLayers(layers);
  const size = (stage: number) => ({
    height: Math.ceil(imageHeight / 2 ** stage),
    width: Math.ceil(imageWidth / 2 ** stage),
  });
  const stem: Carried = { source: 0, reduced: false, channels: 3 * filters, stage: 0 };
  let prev: readonly [Carried, Carried] = [stem, stem];
  const plans = Array.from({ length: layers + 2 }, (_, layer): MicroLayerPlan => {
    const cell = reductions.includes(layer) ? "reduction" : "normal";
    const stage = reductions.filter((reduction) => reduction <= layer).length;
    const f = filters * 2 ** stage;
    const { inputs: [a, b], stride, output, keep, front } = rule(cell, f, prev);
    const plan = (input: Carried): MicroInputPlan => ({
      source: input.source,
      reduced: input.reduced,
      channels: input.channels,
      ...size(input.stage),
      calibration: input.stage < b.stage ? "reduce" : input.channels === f ? "none" : "project",
    });
    prev = [keep, { source: layer + 1, reduced: false, channels: output, stage }];
    const { height: inputHeight, width: inputWidth } = size(b.stage);
    return {
      layer,
      cell,
      stage,
      filters: f,
      frontReduction: front,
      inputs: [plan(a), plan(b)],
      inputStride: stride,
      inputHeight,
      inputWidth,
      ...size(stage),
      outputChannels: output,
    };
  });
  return {
    stemChannels: stem.channels,
    layers: plans,
    auxLayer: reductions[1] + 1,
    head: { channels: prev[1].channels, ...size(prev[1].stage) },
  };
}
