/**
 * Networks of the micro space as plain data: what a configuration asks for, and what a child costs.
 *
 * @module
 */

import type { ImageKind, NetworkCost, NetworkSettings, SpaceSettings } from "../space.ts";
import type { MicroArc } from "./arc.ts";
import {
  microArcFlops,
  microArcParameters,
  microOfficialArcFlops,
  microOfficialArcParameters,
} from "./cost.ts";
import type { ReductionPrev } from "./structure.ts";

/** How a network has an auxiliary head. */
export interface AuxiliaryHeadOptions {
  /** Whether its weights train; the released code leaves them as they were drawn. */
  readonly trainable: boolean;
}

/** Depth, widths and switches that decide a micro network's weights. */
export interface MicroGraphOptions {
  /** L; there are L + 2 layers, two of them reduction layers. */
  readonly layers: number;
  /** Channels F before the first reduction layer; they double at each. */
  readonly filters: number;
  /** Computed nodes B of a cell. */
  readonly nodes: number;
  /** Channels of the images. */
  readonly inputChannels: number;
  readonly classes: number;
  /** Pixels of an image; with its width it decides a kernel of the auxiliary head. */
  readonly imageHeight: number;
  /** Pixels. */
  readonly imageWidth: number;
  /** What the layer behind a reduction layer reads as its input 0. Default `reduced`, as released. */
  readonly reductionPrev?: ReductionPrev | undefined;
  /** Default none. */
  readonly auxiliaryHead?: AuxiliaryHeadOptions | null | undefined;
}

/** What decides the shared graph, or one child of it. */
export interface MicroNetworkOptions extends MicroGraphOptions {
  /** Decay of the moving averages (0.9 in the original code). */
  readonly batchNormDecay: number;
}

/** What shapes the network in which the released code retrains an arc, beside the arc. */
export type MicroOfficialShape = Omit<MicroGraphOptions, "reductionPrev">;

/** What decides that network. */
export interface MicroOfficialOptions extends MicroOfficialShape {
  /** Decay of the moving averages (0.9 in the original code). */
  readonly batchNormDecay: number;
}

/** A network of the micro space. */
export type MicroSpec =
  | { readonly space: "micro"; readonly graph: "faithful"; readonly options: MicroNetworkOptions }
  | { readonly space: "micro"; readonly graph: "official"; readonly options: MicroOfficialOptions };

/** Settings of a network that may have an auxiliary head. */
interface HeadSettings extends NetworkSettings {
  readonly auxiliaryHead: boolean;
  readonly auxiliaryTrainable: boolean;
}

/** What the micro space reads of a configuration. */
export interface MicroSettings extends SpaceSettings {
  readonly child: HeadSettings & {
    readonly layers: number;
    readonly nodes: number;
    readonly reductionPrev: ReductionPrev;
  };
  readonly finalTraining: SpaceSettings["finalTraining"] & HeadSettings & {
    readonly layers: number;
  };
}

/** The shared graph of a search. */
export function microSharedSpec({ child }: MicroSettings, images: ImageKind): MicroSpec {
  const { layers, nodes, reductionPrev } = child;
  const options = {
    ...widths(child, images),
    layers,
    nodes,
    reductionPrev,
    ...head(child, images),
  };
  return { space: "micro", graph: "faithful", options };
}

/** The network in which `arc` is trained from scratch. */
export function microFinalSpec(
  { child: { reductionPrev }, finalTraining }: MicroSettings,
  arc: MicroArc,
  images: ImageKind,
): MicroSpec {
  const { graph, layers } = finalTraining;
  const options = {
    ...widths(finalTraining, images),
    layers,
    nodes: arc.normal.nodes.length,
    ...head(finalTraining, images),
  };
  return graph === "faithful"
    ? { space: "micro", graph, options: { ...options, reductionPrev } }
    : { space: "micro", graph, options };
}

function widths({ filters, batchNormDecay }: NetworkSettings, { shape, classes }: ImageKind) {
  return { filters, batchNormDecay, inputChannels: shape[2], classes };
}

function head(
  { auxiliaryHead, auxiliaryTrainable }: HeadSettings,
  { shape: [imageHeight, imageWidth] }: ImageKind,
) {
  return {
    imageHeight,
    imageWidth,
    auxiliaryHead: auxiliaryHead ? { trainable: auxiliaryTrainable } : null,
  };
}

/** Parameters and operations of the child of `arc`, without auxiliary head. */
export function microCost(
  spec: MicroSpec,
  arc: MicroArc,
  [imageHeight, imageWidth]: ImageKind["shape"],
): NetworkCost {
  const options = { ...spec.options, imageHeight, imageWidth };
  return spec.graph === "faithful"
    ? { parameters: microArcParameters(arc, options), flops: microArcFlops(arc, options) }
    : {
      parameters: microOfficialArcParameters(arc, options),
      flops: microOfficialArcFlops(arc, options),
    };
}
