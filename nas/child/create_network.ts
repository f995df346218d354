/**
 * Which network a configuration asks for, as a plain value that a checkpoint can keep.
 *
 * @module
 */
import type { Backend } from "../../engine/backend.ts";
import type { Random } from "../../engine/random.ts";
import type { Arc } from "../space/arc.ts";
import { ArcError } from "../space/errors.ts";
import { executedArc } from "../space/macro/structure.ts";
import { ConfigError, type SearchConfig } from "../config/mod.ts";
import { MacroNetwork, type MacroNetworkOptions } from "./macro/network.ts";
import { MacroOfficialNetwork, type MacroOfficialOptions } from "./macro/official.ts";
import { checkOfficialArc, macroOfficialParameters } from "./macro/official_parameters.ts";
import { macroParameters } from "./macro/parameters.ts";
import { MicroNetwork, type MicroNetworkOptions } from "./micro/network.ts";
import { MicroOfficialNetwork, type MicroOfficialOptions } from "./micro/official.ts";
import { microOfficialParameters } from "./micro/official_parameters.ts";
import { microParameters } from "./micro/parameters.ts";
import type { ChildNetwork } from "./network.ts";
import type { ParameterList } from "./parameter_list.ts";

/** Everything but weights and arc that a network is made of; JSON. */
export type NetworkSpec =
  | { readonly space: "macro"; readonly graph: "faithful"; readonly options: MacroNetworkOptions }
  | { readonly space: "macro"; readonly graph: "official"; readonly options: MacroOfficialOptions }
  | { readonly space: "micro"; readonly graph: "faithful"; readonly options: MicroNetworkOptions }
  | { readonly space: "micro"; readonly graph: "official"; readonly options: MicroOfficialOptions };

/** What of the images decides about a network. */
export interface ImageKind {
  /** `[height, width, channels]`. */
  readonly shape: readonly [number, number, number];
  readonly classes: number;
}

/** The shared graph of a search. */
export function sharedNetworkSpec(config: SearchConfig, images: ImageKind): NetworkSpec {
  if (config.space === "macro") {
    const { layers, opMode, skipIndex } = config.child;
    const options = { ...commonOptions(config.child, images), layers, opMode, skipIndex };
    return { space: "macro", graph: "faithful", options };
  }
  const { layers, nodes, reductionPrev } = config.child;
  const options = {
    ...commonOptions(config.child, images),
    layers,
    nodes,
    reductionPrev,
    ...auxiliaryOptions(config.child, images),
  };
  return { space: "micro", graph: "faithful", options };
}

/**
 * The network in which `arc` is trained from scratch, by `config.finalTraining`.
 *
 * @throws {ArcError} If the arc is of another space, or has an op that the graph refuses.
 * @throws {ConfigError} If the arc is so deep that it pools, and the channels cannot be halved.
 */
export function finalNetworkSpec(config: SearchConfig, arc: Arc, images: ImageKind): NetworkSpec {
  requireSpace(arc, config.space);
  const common = commonOptions(config.finalTraining, images);
  if (config.space === "macro" && arc.space === "macro") {
    const { graph, separableOps, poolOps } = config.finalTraining;
    const { opMode, skipIndex } = config.child;
    const options = { ...common, layers: arc.layers.length, skipIndex };
    if (graph === "faithful") {
      requireEven(options);
      return { space: "macro", graph, options: { ...options, opMode } };
    }
    const official = { ...options, separableOps, poolOps };
    checkOfficialArc(official, arc);
    return { space: "macro", graph, options: official };
  }
  if (config.space !== "micro" || arc.space !== "micro") throw new TypeError("spaces differ");
  const { graph, layers } = config.finalTraining;
  const options = {
    ...common,
    layers,
    nodes: arc.normal.nodes.length,
    ...auxiliaryOptions(config.finalTraining, images),
  };
  return graph === "faithful"
    ? {
      space: "micro",
      graph,
      options: { ...options, reductionPrev: config.child.reductionPrev },
    }
    : { space: "micro", graph, options };
}

/** Numbers that the weights of `spec` have, moving averages left out; makes none of them. */
export function weightCount({ space, graph, options }: NetworkSpec, arc: Arc | null): number {
  const list = (): ParameterList => {
    if (space === "macro") {
      const own = arc?.space === "macro" ? arc : null;
      if (graph === "official") {
        return macroOfficialParameters(options as MacroOfficialOptions, own!);
      }
      const { opMode } = options as MacroNetworkOptions;
      return macroParameters(options, own && executedArc(own, opMode));
    }
    const own = arc?.space === "micro" ? arc : null;
    return graph === "official"
      ? microOfficialParameters(options as MicroOfficialOptions, own!)
      : microParameters(options as MicroNetworkOptions, own);
  };
  return list().parameters.reduce(
    (sum, { shape }) => sum + shape.reduce((count, extent) => count * extent, 1),
    0,
  );
}

/**
 * Makes the network of `spec` with new weights from the streams of `random`: for all arcs, or with
 * `arc` for this one alone, which official graphs need.
 */
export function createNetwork(
  backend: Backend,
  { space, graph, options }: NetworkSpec,
  random: Random,
  arc: Arc | null,
): ChildNetwork {
  if (arc !== null) requireSpace(arc, space);
  if (graph === "official" && arc === null) {
    throw new ArcError("Expected an architecture for the official graph but found none");
  }
  if (space === "macro") {
    const own = arc?.space === "macro" ? arc : null;
    return graph === "official"
      ? new MacroOfficialNetwork(backend, options as MacroOfficialOptions, random, own!)
      : new MacroNetwork(backend, options as MacroNetworkOptions, random, own);
  }
  const own = arc?.space === "micro" ? arc : null;
  return graph === "official"
    ? new MicroOfficialNetwork(backend, options as MicroOfficialOptions, random, own!)
    : new MicroNetwork(backend, options as MicroNetworkOptions, random, own);
}

function commonOptions(
  { filters, batchNormDecay }: { readonly filters: number; readonly batchNormDecay: number },
  { shape, classes }: ImageKind,
) {
  return { filters, batchNormDecay, inputChannels: shape[2], classes };
}

function auxiliaryOptions(
  { auxiliaryHead, auxiliaryTrainable }: {
    readonly auxiliaryHead: boolean;
    readonly auxiliaryTrainable: boolean;
  },
  { shape: [imageHeight, imageWidth] }: ImageKind,
) {
  return {
    imageHeight,
    imageWidth,
    auxiliaryHead: auxiliaryHead ? { trainable: auxiliaryTrainable } : null,
  };
}

/** The depth is the arc's own, so that the configuration's rules cannot know it. */
function requireEven({ layers, filters }: Pick<MacroNetworkOptions, "layers" | "filters">): void {
  if (filters % 2 === 0 || layers < 3) return;
  const path = "finalTraining.filters";
  const message =
    `Expected ${path} to be even, because an architecture of ${layers} layers pools ` +
    `and each reduction makes two halves of the channels, but found ${filters}`;
  throw new ConfigError([{ path, message }]);
}

function requireSpace(arc: Arc, space: "macro" | "micro"): void {
  if (arc.space === space) return;
  throw new ArcError(
    `Expected an architecture of the ${space} space but found one of the ${arc.space} space; ` +
      `set --space ${arc.space}`,
  );
}
