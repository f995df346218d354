/**
 * Networks by the name of their space: what a description asks for, and with which weights.
 *
 * @module
 */
import type { Backend } from "../../engine/backend.ts";
import type { Random } from "../../engine/random.ts";
import { z } from "zod";
import { ArcError } from "../space/errors.ts";
import { type Arc, type NetworkSpec, type SpaceName, spaceOf } from "../space/registry.ts";
import type { ImageKind } from "../space/space.ts";
import { ConfigError, type SearchConfig } from "../config/mod.ts";
import { MACRO_NETWORKS } from "./macro/networks.ts";
import { MICRO_NETWORKS } from "./micro/networks.ts";
import type { ChildNetwork, SpaceNetworks } from "./network.ts";

export type { NetworkSpec } from "../space/registry.ts";
export type { ImageKind } from "../space/space.ts";

/** Who makes the networks of each space. */
const NETWORKS: Readonly<Record<SpaceName, SpaceNetworks<Arc, NetworkSpec>>> = {
  macro: MACRO_NETWORKS,
  micro: MICRO_NETWORKS,
};

/** The form of the description of any network. */
export const networkSpecSchema: z.ZodType<NetworkSpec> = z.union(
  Object.values(NETWORKS).map(({ specSchema }) => specSchema),
);

/** The shared graph of a search. */
export function sharedNetworkSpec(config: SearchConfig, images: ImageKind): NetworkSpec {
  return spaceOf(config).sharedSpec(config, images);
}

/**
 * The network in which `arc` is trained from scratch, by `config.finalTraining`.
 *
 * @throws {ArcError} If the arc is of another space, or has an op that the graph refuses.
 * @throws {ConfigError} If the arc is so deep that it pools, and the channels cannot be halved.
 */
export function finalNetworkSpec(config: SearchConfig, arc: Arc, images: ImageKind): NetworkSpec {
  requireSpace(arc, config.space);
  const space = spaceOf(config);
  const issues = space.finalIssues(config, arc);
  if (issues.length > 0) throw new ConfigError(issues);
  return space.finalSpec(config, arc, images);
}

/** Numbers that the weights of `spec` have, moving averages left out; makes none of them. */
export function weightCount(spec: NetworkSpec, arc: Arc | null): number {
  return NETWORKS[spec.space].parameters(spec, arc).parameters.reduce(
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
  spec: NetworkSpec,
  random: Random,
  arc: Arc | null,
): ChildNetwork {
  if (arc !== null) requireSpace(arc, spec.space);
  return NETWORKS[spec.space].create(backend, spec, random, arc);
}

function requireSpace(arc: Arc, space: SpaceName): void {
  if (arc.space === space) return;
  throw new ArcError(
    `Expected an architecture of the ${space} space but found one of the ${arc.space} space; ` +
      `set --space ${arc.space}`,
  );
}
