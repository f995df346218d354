/**
 * Every hyper-parameter with its source, and the presets. Needs no engine and no device.
 *
 * @module
 */

export { type KnownImages, withDerived } from "./derived.ts";
export { ConfigError, type ConfigIssue } from "./errors.ts";
export * from "./methods.ts";
export { currentPath, migrateSettings } from "./migrate.ts";
export { valueAt, withValues } from "./paths.ts";
export * from "./presets.ts";
export { requireVisible, type SplitSizes, splitSizes } from "./rules.ts";
export {
  configSchemas,
  type MacroSearchConfig,
  MAX_LAYERS,
  MAX_NODES,
  type MicroSearchConfig,
  type SearchConfig,
} from "./schema.ts";
export { MAX_IMAGE_SIZE } from "./training_fields.ts";
export { SPACE_NAMES, type SpaceName } from "../space/registry.ts";
export * from "./search.ts";
export type { DeepReadonly } from "../text/readonly.ts";
