/**
 * The networks of a run, what their children cost, and the strategy that proposes them.
 *
 * @module
 */
import { Random } from "../../engine/random.ts";
import type { Arc } from "../space/arc.ts";
import {
  finalNetworkSpec,
  type ImageKind,
  type NetworkSpec,
  sharedNetworkSpec,
} from "../child/create_network.ts";
import { type SearchConfig, sharedWeightsOf } from "../config/mod.ts";
import { createStrategy } from "../strategy/registry.ts";
import { networkCost } from "../space/registry.ts";
import type { MeasuredNetwork } from "./bench.ts";
import {
  finalTrainerOptions,
  SCORE_BATCH,
  sharedTrainerOptions,
} from "../child/training_options.ts";

/** Of several children. */
export interface Range {
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

/** Costs of the children of one network. Those of an auxiliary head are not counted. */
export interface ChildCosts {
  readonly graph: NetworkSpec["graph"];
  readonly filters: number;
  /** How many architectures the ranges are of; 1 where it is known which will be trained. */
  readonly arcs: number;
  /** Trainable parameters that a child reads. */
  readonly parameters: Range;
  /** Operations of one image's forward pass, 2 for a multiply-add. */
  readonly flops: Range;
}

/** A network with the children that it will have. */
export type NetworkKind = Omit<MeasuredNetwork, "backend" | "seconds">;

/**
 * The shared graph of a search.
 *
 * @param config A valid configuration.
 * @param images What of the images decides about networks.
 * @param arcs Its children.
 */
export function sharedKind(
  config: SearchConfig,
  images: ImageKind,
  arcs: readonly Arc[],
): NetworkKind {
  const { rewardBatchNorm, rewardDropout, batchSize } = sharedWeightsOf(config);
  const { keepProbability } = config.child;
  return networkKind({
    images,
    arcs,
    alone: false,
    filters: config.child.filters,
    specOf: () => sharedNetworkSpec(config, images),
    training: sharedTrainerOptions(config),
    scoring: {
      batchSize,
      // Fresh averages of a child are counted as passes of their own.
      batchNorm: rewardBatchNorm === "recalibrated" ? "moving" : rewardBatchNorm,
      dropout: rewardDropout ? { keepProbability, seed: () => 1 } : null,
    },
  });
}

/**
 * The networks in which arcs are trained from scratch.
 *
 * @param config A valid configuration.
 * @param images What of the images decides about networks.
 * @param arcs The arcs.
 * @throws {ArcError} If an arc is of another space.
 */
export function finalKind(
  config: SearchConfig,
  images: ImageKind,
  arcs: readonly Arc[],
): NetworkKind {
  return networkKind({
    images,
    arcs,
    alone: true,
    filters: config.finalTraining.filters,
    specOf: (arc) => finalNetworkSpec(config, arc, images),
    training: finalTrainerOptions(config, 1000),
    scoring: { batchSize: SCORE_BATCH, batchNorm: "moving" },
  });
}

function networkKind(
  kind: Omit<NetworkKind, "flopsOf" | "specOf"> & { readonly specOf: (arc: Arc) => NetworkSpec },
): NetworkKind {
  const specOf = (arc: Arc, filters: number) => {
    const spec = kind.specOf(arc);
    return { ...spec, options: { ...spec.options, filters } } as NetworkSpec;
  };
  const flopsOf = (arc: Arc, filters: number) =>
    networkCost(specOf(arc, filters), arc, kind.images.shape).flops;
  const arcs = [...kind.arcs].sort((a, b) => flopsOf(a, kind.filters) - flopsOf(b, kind.filters));
  return { ...kind, specOf, flopsOf, arcs };
}

/**
 * Costs of a network's children.
 *
 * @param kind The network.
 */
export function childCosts(kind: NetworkKind): ChildCosts {
  const { arcs, filters, specOf, images } = kind;
  const costs = arcs.map((arc) => networkCost(specOf(arc, filters), arc, images.shape));
  return {
    graph: specOf(arcs[0], filters).graph,
    filters,
    arcs: arcs.length,
    parameters: rangeOf(costs.map(({ parameters }) => parameters)),
    flops: rangeOf(costs.map(({ flops }) => flops)),
  };
}

function rangeOf(values: readonly number[]): Range {
  return {
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    min: Math.min(...values),
    max: Math.max(...values),
  };
}

/** Architectures drawn to know the mean child. */
const DRAWN = 100;

/** Most architectures in one timed update of the strategy. */
const LEARNED = 8;

/** Architectures of a strategy that has learned nothing, and its times. */
export interface TimedStrategy {
  readonly arcs: readonly Arc[];
  /** Seconds to propose an architecture. */
  readonly draw: number;
  /** Seconds to learn from one. */
  readonly learn: number;
}

/**
 * Has a new strategy propose a hundred architectures, and times asking and telling.
 *
 * @param config A valid configuration.
 */
export function timedStrategy(config: SearchConfig): TimedStrategy {
  const strategy = createStrategy(config, new Random(config.seed));
  let started = performance.now();
  const lap = () => {
    const seconds = (performance.now() - started) / 1000;
    started = performance.now();
    return seconds;
  };
  const arcs: Arc[] = [];
  while (arcs.length < DRAWN) {
    arcs.push(...strategy.ask(DRAWN - arcs.length).map(({ arc }) => arc));
  }
  const draw = lap() / DRAWN;
  if (!strategy.learns) return { arcs, draw, learn: 0 };
  const count = Math.min(LEARNED, config.search.arcsPerUpdate);
  const update = () =>
    strategy.tell(
      strategy.ask(count).map((proposal) => ({ proposal, estimate: 0.5, failure: null })),
    );
  // The first time the program's own code is compiled.
  update();
  lap();
  update();
  return { arcs, draw, learn: Math.max(0, lap() / count - draw) };
}
