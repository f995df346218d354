/**
 * The search spaces. A new one is a folder with its own {@link Space}, and one line here.
 *
 * @module
 */

import { MACRO } from "./macro/space.ts";
import { MICRO } from "./micro/space.ts";
import type { NetworkCost, Space } from "./space.ts";

const ENTRIES = { macro: MACRO, micro: MICRO };

type Entry = typeof ENTRIES[keyof typeof ENTRIES];
type ArcsOf<S> = S extends Space<infer A, infer _Spec, infer _Settings> ? A : never;
type SpecsOf<S> = S extends Space<infer _A, infer Spec, infer _Settings> ? Spec : never;
type SettingsOf<S> = S extends Space<infer _A, infer _Spec, infer Settings> ? Settings : never;

/** An architecture of any space; `space` tells which. */
export type Arc = ArcsOf<Entry>;

/** Name of a search space. */
export type SpaceName = keyof typeof ENTRIES;

/** Everything but weights and arc that a network of any space is made of; JSON. */
export type NetworkSpec = SpecsOf<Entry>;

/** A space, for code that does not know which. */
export type AnySpace = Space<Arc, NetworkSpec, SettingsOf<Entry>>;

/** The spaces by name. */
export const SPACES: Readonly<Record<SpaceName, AnySpace>> = ENTRIES;

/** Names of the spaces. */
export const SPACE_NAMES: readonly SpaceName[] = Object.values(ENTRIES).map(({ name }) => name);

/** The space that is meant where nothing names one; the only one of the first versions. */
export const DEFAULT_SPACE: SpaceName = "macro";

/** Whether a value of unknown origin names a space. */
export function isSpaceName(name: unknown): name is SpaceName {
  return SPACE_NAMES.some((known) => known === name);
}

/**
 * The space of an arc, of a network or of a configuration.
 *
 * @param value Whatever names its space.
 */
export function spaceOf({ space }: { readonly space: SpaceName }): AnySpace {
  return SPACES[space];
}

/**
 * Parameters and operations of the child of `arc`.
 *
 * @param spec The network.
 * @param arc An arc of its space.
 * @param shape `[height, width, channels]` of the images.
 * @throws {TypeError} If the arc is of another space.
 */
export function networkCost(
  spec: NetworkSpec,
  arc: Arc,
  shape: readonly [height: number, width: number, channels: number],
): NetworkCost {
  if (arc.space !== spec.space) {
    throw new TypeError(`networkCost() expects an arc of the ${spec.space} space`);
  }
  return spaceOf(spec).cost(spec, arc, shape);
}

/**
 * Trainable parameters of the shared graph of a search; those of an auxiliary head are not counted.
 *
 * @param spec A faithful network.
 */
export function sharedParameters(spec: NetworkSpec): number {
  if (spec.graph !== "faithful") {
    throw new TypeError("sharedParameters() expects the searched graph but found an official one");
  }
  return spaceOf(spec).sharedParameters(spec);
}
