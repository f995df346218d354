/**
 * Run folders: configuration, event log, checkpoints.
 *
 * @module
 */
export * from "./config_schema.ts";
export * from "./errors.ts";
export * from "./event_log.ts";
export * from "./event_schema.ts";
export * from "./events.ts";
export * from "./prediction_schema.ts";
export * from "./predictions.ts";
export * from "./profile.ts";
export * from "./profile_schema.ts";
export * from "./run_folder.ts";
export * from "./run_list.ts";
export * from "./run_lock.ts";
export * from "./safetensors.ts";
