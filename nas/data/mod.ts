/**
 * Data sets as plain bytes: readers, registry, resizing, splitting and minibatches.
 *
 * @module
 */
export * from "./dataset.ts";
export * from "./errors.ts";
export * from "./registry.ts";
export * from "./resize.ts";
export * from "./split.ts";
export * from "./synthetic.ts";
