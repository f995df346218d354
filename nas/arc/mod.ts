/**
 * Architectures as plain values: text, JSON, counting, and cost. Needs no engine and no device.
 *
 * @module
 */

export { ArcError, type TextPlace } from "./errors.ts";
export * from "./arc.ts";
export * from "./arc_file.ts";
export * from "./macro.ts";
export * from "./macro_cost.ts";
export * from "./macro_official_cost.ts";
export * from "./macro_space.ts";
export {
  liveReductions,
  type MacroLayerPlan,
  type MacroSkeleton,
  macroSkeleton,
  type MacroSkeletonOptions,
  poolingLayers,
  type SkipIndex,
  skipSource,
} from "./macro_structure.ts";
export * from "./macro_text.ts";
export * from "./micro.ts";
export * from "./micro_aux.ts";
export * from "./micro_cost.ts";
export * from "./micro_space.ts";
export * from "./micro_structure.ts";
export {
  formatMicroArc,
  type MicroArcFormat,
  parseMicroArc,
  type ParseMicroArcOptions,
} from "./micro_text.ts";
export * from "./weight_groups.ts";
