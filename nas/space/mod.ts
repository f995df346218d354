/**
 * Search spaces and architectures as plain values: text, JSON, decisions, neighbours, encodings,
 * cost. Needs no engine and no device.
 *
 * @module
 */

export { ArcError, type TextPlace } from "./errors.ts";
export * from "./arc.ts";
export * from "./arc_file.ts";
export { type ArcGraph, type Encoding, ENCODINGS, type GraphNode } from "./graph.ts";
export type { GraphReading } from "./reading.ts";
export {
  type AnySpace,
  DEFAULT_SPACE,
  isSpaceName,
  networkCost,
  type NetworkSpec,
  sharedParameters,
  SPACE_NAMES,
  type SpaceName,
  spaceOf,
  SPACES,
} from "./registry.ts";
export * from "./space.ts";
export * from "./macro/arc.ts";
export * from "./macro/cost.ts";
export type {
  MacroNetworkOptions,
  MacroOfficialOptions,
  MacroSettings,
  MacroSpec,
} from "./macro/network_spec.ts";
export * from "./macro/official_cost.ts";
export { MACRO } from "./macro/space.ts";
export {
  liveReductions,
  type MacroLayerPlan,
  type MacroSkeleton,
  macroSkeleton,
  type MacroSkeletonOptions,
  poolingLayers,
  type SkipIndex,
  skipSource,
} from "./macro/structure.ts";
export * from "./macro/text.ts";
export * from "./macro/weight_groups.ts";
export * from "./micro/arc.ts";
export * from "./micro/auxiliary_head.ts";
export * from "./micro/cost.ts";
export type {
  AuxiliaryHeadOptions,
  MicroNetworkOptions,
  MicroOfficialOptions,
  MicroSettings,
  MicroSpec,
} from "./micro/network_spec.ts";
export { MICRO } from "./micro/space.ts";
export * from "./micro/structure.ts";
export {
  formatMicroArc,
  type MicroArcFormat,
  parseMicroArc,
  type ParseMicroArcOptions,
} from "./micro/text.ts";
export * from "./micro/thesis_count.ts";
export * from "./micro/weight_groups.ts";
export {
  countSharedWeights,
  type SharedWeights,
  type WeightGroup,
  type WeightPart,
} from "./weight_groups.ts";
