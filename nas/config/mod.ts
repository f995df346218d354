/**
 * Every hyper-parameter with its source, and the presets. Needs no engine and no device.
 *
 * @module
 */

export { ConfigError, type ConfigIssue } from "./errors.ts";
export * from "./presets.ts";
export { requireVisible, type SplitSizes, splitSizes } from "./rules.ts";
export { configSchemas, MAX_LAYERS, MAX_NODES, SPACE_NAMES, type SpaceName } from "./schema.ts";
export * from "./search.ts";
