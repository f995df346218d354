/**
 * Networks of the macro space as plain data: what a configuration asks for, and what a child costs.
 *
 * @module
 */

import { ArcError } from "../errors.ts";
import type {
  ImageKind,
  NetworkCost,
  NetworkSettings,
  SettingIssue,
  SpaceSettings,
} from "../space.ts";
import { MACRO_OPS, type MacroArc } from "./arc.ts";
import {
  macroArcFlops,
  macroArcParameters,
  type MacroSupernetOptions,
  type MacroWidths,
} from "./cost.ts";
import { macroOfficialArcFlops, macroOfficialArcParameters } from "./official_cost.ts";
import { executedArc, type OpMode, type SkipIndex } from "./structure.ts";

/** What decides the shared graph, or one child of it. */
export interface MacroNetworkOptions extends MacroSupernetOptions {
  /** Decay of the moving averages (0.9 in the original code). */
  readonly batchNormDecay: number;
  /**
   * `correct` runs the sampled op; `released` max pooling in every layer, as the closure bug of the
   * released code does (spec A.6). Default `correct`.
   */
  readonly opMode?: OpMode | undefined;
  /** What bit i of a layer adds: the input of layer i, as released (default), or its output. */
  readonly skipIndex?: SkipIndex | undefined;
}

/** What shapes the network in which the released code retrains an arc, beside the arc. */
export interface MacroOfficialShape extends MacroWidths {
  /** Number of layers; that of the arc. */
  readonly layers: number;
  /**
   * What the ops `sep_conv3x3` and `sep_conv5x5` are: full convolutions of the same size, as released
   * (default), or separable ones, as in the searched graph.
   */
  readonly separableOps?: "full" | "separable" | undefined;
  /**
   * What the pooling ops are: `pre-activation` (default) ReLU, 1x1 convolution, batch norm, ReLU,
   * pool; or `refuse`: the released code leaves them undefined and crashes, so an arc that has one is
   * an {@link ArcError}.
   */
  readonly poolOps?: "pre-activation" | "refuse" | undefined;
  /** What bit i of a layer reads: the input of layer i, as released (default), or its output. */
  readonly skipIndex?: SkipIndex | undefined;
}

/** What decides that network. */
export interface MacroOfficialOptions extends MacroOfficialShape {
  /** Decay of the moving averages (0.9 in the original code). */
  readonly batchNormDecay: number;
}

/** A network of the macro space. */
export type MacroSpec =
  | { readonly space: "macro"; readonly graph: "faithful"; readonly options: MacroNetworkOptions }
  | { readonly space: "macro"; readonly graph: "official"; readonly options: MacroOfficialOptions };

/** What the macro space reads of a configuration. */
export interface MacroSettings extends SpaceSettings {
  readonly child: NetworkSettings & {
    readonly layers: number;
    readonly opMode: OpMode;
    readonly skipIndex: SkipIndex;
  };
  readonly finalTraining: SpaceSettings["finalTraining"] & {
    readonly separableOps: "full" | "separable";
    readonly poolOps: "pre-activation" | "refuse";
  };
}

/** The shared graph of a search. */
export function macroSharedSpec({ child }: MacroSettings, images: ImageKind): MacroSpec {
  const { layers, opMode, skipIndex } = child;
  const options = { ...widths(child, images), layers, opMode, skipIndex };
  return { space: "macro", graph: "faithful", options };
}

/**
 * The network in which `arc` is trained from scratch.
 *
 * @throws {ArcError} If the arc has an op that the graph refuses.
 */
export function macroFinalSpec(
  { child: { opMode, skipIndex }, finalTraining }: MacroSettings,
  arc: MacroArc,
  images: ImageKind,
): MacroSpec {
  const { graph, separableOps, poolOps } = finalTraining;
  const options = { ...widths(finalTraining, images), layers: arc.layers.length, skipIndex };
  if (graph === "faithful") return { space: "macro", graph, options: { ...options, opMode } };
  const official = { ...options, separableOps, poolOps };
  checkOfficialArc(official, arc);
  return { space: "macro", graph, options: official };
}

function widths({ filters, batchNormDecay }: NetworkSettings, { shape, classes }: ImageKind) {
  return { filters, batchNormDecay, inputChannels: shape[2], classes };
}

/**
 * Refuses an arc that the official network cannot be made for.
 *
 * @throws {ArcError} If it has another number of layers, or a pooling op that is refused.
 */
export function checkOfficialArc(
  { layers, poolOps }: Pick<MacroOfficialShape, "layers" | "poolOps">,
  arc: MacroArc,
): void {
  if (arc.layers.length !== layers) {
    throw new ArcError(
      `Expected an architecture of ${layers} layers but found one of ${arc.layers.length}`,
    );
  }
  if (poolOps !== "refuse") return;
  const layer = arc.layers.findIndex(({ op }) => MACRO_OPS[op].kind === "pool");
  if (layer < 0) return;
  throw new ArcError(
    `Expected convolutions alone, as the released retraining code knows no other op, but found ` +
      `${MACRO_OPS[arc.layers[layer].op].name} in row ${layer + 1}; take poolOps pre-activation ` +
      `or the graph mode faithful`,
  );
}

/** Ids of the ops that training from scratch refuses. */
export function macroRefusedOps({ finalTraining }: MacroSettings): number[] {
  if (finalTraining.graph !== "official" || finalTraining.poolOps !== "refuse") return [];
  return MACRO_OPS.filter(({ kind }) => kind === "pool").map(({ id }) => id);
}

/** Odd filters in nets that pool; the official graph doubles the channels where it reduces. */
export function macroIssues({ child, finalTraining }: MacroSettings): SettingIssue[] {
  if (child.layers < 3) return [];
  const groups = { child, ...(finalTraining.graph === "official" ? {} : { finalTraining }) };
  return Object.entries(groups).filter(([, { filters }]) => filters % 2 !== 0)
    .map(([group, { filters }]) => ({
      path: `${group}.filters`,
      message: `Expected ${group}.filters to be even, because nets of 3 or more layers pool and ` +
        `each reduction makes two halves of the channels, but found ${filters}`,
    }));
}

/** The same of an arc's own depth, which the settings cannot know. */
export function macroFinalIssues(
  { finalTraining: { graph, filters } }: MacroSettings,
  { layers: { length } }: MacroArc,
): SettingIssue[] {
  if (graph === "official" || filters % 2 === 0 || length < 3) return [];
  const path = "finalTraining.filters";
  const message =
    `Expected ${path} to be even, because an architecture of ${length} layers pools ` +
    `and each reduction makes two halves of the channels, but found ${filters}`;
  return [{ path, message }];
}

/**
 * Parameters and operations of the child of `arc`, counted with the reductions that it reads; a
 * released official network has parameters of the others too.
 */
export function macroCost(
  spec: MacroSpec,
  arc: MacroArc,
  [imageHeight, imageWidth]: ImageKind["shape"],
): NetworkCost {
  const size = { imageHeight, imageWidth };
  if (spec.graph === "faithful") {
    const options = { ...spec.options, ...size };
    const executed = executedArc(arc, spec.options.opMode);
    return {
      parameters: macroArcParameters(executed, options),
      flops: macroArcFlops(executed, options),
    };
  }
  const options = { ...spec.options, ...size };
  return {
    parameters: macroOfficialArcParameters(arc, options),
    flops: macroOfficialArcFlops(arc, options, "live"),
  };
}
