/**
 * Architectures as plain values: text, JSON, counting, and cost. Needs no engine and no device.
 *
 * @module
 */

export { ArcError, type TextPlace } from "./errors.ts";
export * from "./arc.ts";
export * from "./arc_file.ts";
export * from "./macro/arc.ts";
export * from "./macro/cost.ts";
export * from "./macro/official_cost.ts";
export * from "./macro/set.ts";
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
export * from "./micro/arc.ts";
export * from "./micro/auxiliary_head.ts";
export * from "./micro/cost.ts";
export * from "./micro/set.ts";
export * from "./micro/structure.ts";
export {
  formatMicroArc,
  type MicroArcFormat,
  parseMicroArc,
  type ParseMicroArcOptions,
} from "./micro/text.ts";
export * from "./weight_groups.ts";
